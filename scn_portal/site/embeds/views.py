"""The pages that may be framed: small, the same for every reader, with links that open in a new tab."""

from collections.abc import Callable
from functools import partial, wraps

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt

from members.models import City
from members.world import drawn_world
from scn_portal.base.http.public import public_page
from scn_portal.site.charts.views import drawn
from scn_portal.site.city_records import network_version, standings_of


def embeddable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Decorates a public page that any site may frame. Such a page must have no buttons that change anything."""

    @public_page(own_policy=True)
    @xframe_options_exempt
    @csp_replace({"frame-ancestors": ["*"]})
    @wraps(view)
    def framed(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return view(request, *args, **kwargs)

    return framed


@embeddable
def embedded_map(request: HttpRequest) -> HttpResponse:
    """The map of the listed cities."""
    context = {"version": network_version(), "world": partial(drawn_world, City.objects.listed().placed())}
    return render(request, "site/embeds/map.html", context)


@embeddable
def embedded_chart(request: HttpRequest, key: str) -> HttpResponse:
    """A chart with its finding as title."""
    return render(request, "site/embeds/chart.html", {"shown": drawn(key)})


@embeddable
def embedded_city(request: HttpRequest, slug: str) -> HttpResponse:
    """A city with its seven stops, in two queries."""
    city = get_object_or_404(City.objects.shown().select_related("record"), slug=slug)
    standings = standings_of(city, get_language())
    pledges = sum(standing.pledges for standing in standings)
    context = {"city": city, "stops": standings, "pledges": pledges}
    return render(request, "site/embeds/city.html", context)
