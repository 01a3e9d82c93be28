"""The list of cities."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from members.membership_counts import COLLECTED_ON
from practices.standings import with_standings
from scn_portal.site.cities.search import CitySearch

CITIES_PER_PAGE = 24


@require_safe
@login_not_required
def city_list(request):
    """The listed cities, filtered and ordered by the query string."""
    language = get_language()
    search = CitySearch(request.GET, language)
    page = Paginator(search.cities, CITIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "search": search,
        "faceted": search.faceted,
        "page": page,
        "cities": with_standings(page, language),
        "collected_on": COLLECTED_ON,
    }
    return render(request, "site/cities/city_list.html", context)
