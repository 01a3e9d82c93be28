"""The list of cities: those with a record one by one, the others by their names alone."""

from collections.abc import Iterable
from itertools import groupby

from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.membership_counts import COLLECTED_ON
from members.models import City
from practices.standings import with_standings
from scn_portal.base.facets import sort_key
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import ListPage
from scn_portal.base.strangers import count_search
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.cities.search import CitySearch

CITIES_PER_PAGE = 36
MAX_NAMES = 500  # more than a network of cities has; beyond it the page says so


@public_page("q", "sort", "page", *CITY_FACETS)
def city_list(request):
    """The listed cities, filtered and ordered by the query string."""
    count_search(request)
    language = get_language()
    search = CitySearch(request.GET, language)
    names = {"name": _("Cities"), "heading": _("Cities of the network")}
    listed = ListPage(request, search, search.entries, per_page=CITIES_PER_PAGE, **names)
    names_alone = list(search.unrecorded.only("slug", "name_en", "name_fr", "country", "status")[:MAX_NAMES])
    context = {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "page": listed.page,
        "cities": with_standings(listed.page, language),
        "city_count": listed.page.paginator.count + len(names_alone),
        "unrecorded": by_country(names_alone, language),
        "unrecorded_count": len(names_alone),
        "is_cut": len(names_alone) == MAX_NAMES,
        "collected_on": COLLECTED_ON,
    }
    return render(request, "site/cities/city_list.html", context)


def by_country(cities: Iterable[City], language: str) -> list[tuple[str, list[City]]]:
    """The cities by the names of their countries, each country with its cities by name."""
    named = [(city.country.name, city) for city in cities]
    named.sort(key=lambda pair: (sort_key(pair[0]), sort_key(pair[1].text("name", language).value)))
    return [(country, [city for _name, city in pairs]) for country, pairs in groupby(named, key=lambda pair: pair[0])]
