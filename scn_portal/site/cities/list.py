"""The list of cities."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from members.membership_counts import COLLECTED_ON
from practices.standings import with_standings
from scn_portal.base.lists import ListPage
from scn_portal.site.cities.search import CitySearch

CITIES_PER_PAGE = 24


@require_safe
@login_not_required
def city_list(request):
    """The listed cities, filtered and ordered by the query string."""
    language = get_language()
    search = CitySearch(request.GET, language)
    names = {"name": _("Cities"), "heading": _("Cities of the network")}
    listed = ListPage(request, search, search.cities, per_page=CITIES_PER_PAGE, **names)
    context = {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "page": listed.page,
        "cities": with_standings(listed.page, language),
        "collected_on": COLLECTED_ON,
    }
    return render(request, "site/cities/city_list.html", context)
