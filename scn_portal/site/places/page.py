"""The page of a country or a region: its cities by status, their pledges by status, their practices."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_countries import countries

from commitments import statistics
from commitments.models import Pledge
from members.models import City, CityQuerySet, Region
from practices.models import Practice, Revision
from practices.search import with_practices
from scn_portal.base.facets import sort_key
from scn_portal.base.lists import named, page_or_404, query_of
from scn_portal.site.cities.records import with_standings

CITIES_PER_PAGE = 50
MAX_PRACTICES = 6


@require_safe
@login_not_required
def country(request, code: str):
    """The cities of a country, by its code; 404 where none is listed."""
    if code != code.lower():
        return redirect("country", code.lower(), permanent=True)
    cities = City.objects.listed().filter(country=code.upper())
    context = _of_cities(request, cities)
    if not context["city_count"]:
        raise Http404
    regions = Region.objects.filter(cities__in=cities).distinct().order_by("pk")
    place = {"name": countries.name(code.upper()), "facet": "country", "value": code.upper()}
    return _page(request, context | {"place": place, "regions": regions})


@require_safe
@login_not_required
def region(request, slug: str):
    """The cities of a region, and its countries; 404 where no city is listed."""
    row = get_object_or_404(Region, slug=slug)
    cities = City.objects.listed().filter(region=row)
    context = _of_cities(request, cities)
    if not context["city_count"]:
        raise Http404
    place = {"name": row.text("name", get_language()).value, "facet": "region", "value": row.slug}
    return _page(request, context | {"place": place, "countries": _countries(cities)})


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    page = context["page"]
    names = {"heading": named(context["place"]["name"], page), "query": query_of(page)}
    return render(request, "site/places/place.html", {"regions": [], "countries": []} | names | context)


def _of_cities(request: HttpRequest, cities: CityQuerySet) -> dict[str, Any]:
    """What a page says of `cities`, in ten queries, however many they are."""
    language = get_language()
    pledges = Pledge.objects.of_listed_cities().since_declaration().filter(city__in=cities)
    by_status = dict(cities.order_by().values_list("status").annotate(Count("pk")))
    page = page_or_404(cities.by_name(language), request, per_page=CITIES_PER_PAGE)
    live = Revision.objects.live().filter(practice__city__in=cities)
    newest = live.select_related("practice__city").with_served().order_by("-published_at", "-pk")
    return {
        "city_count": sum(by_status.values()),
        "statuses": [(status, status.label, by_status[status]) for status in City.Status if status in by_status],
        "page": page,
        "cities": with_standings(page, language),
        "progress": statistics.progress(pledges),
        "practice_count": Practice.objects.filter(revisions__in=live).count(),
        "practices": with_practices(newest[:MAX_PRACTICES]),
    }


def _countries(cities: CityQuerySet) -> list[tuple[str, str, int]]:
    """The countries of `cities`, by name: code for the address, name, number of cities."""
    counts = cities.order_by().values_list("country").annotate(Count("pk"))
    named = [(str(code).lower(), countries.name(str(code)), count) for code, count in counts]
    return sorted(named, key=lambda country: sort_key(country[1]))


urlpatterns = [
    path(_("countries/<slug:code>/"), country, name="country"),
    path(_("regions/<slug:slug>/"), region, name="region"),
]
