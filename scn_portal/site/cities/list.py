"""The list of cities: those with a record one by one, the others only by name."""

from functools import partial
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.membership_counts import COLLECTED_ON
from members.models import City
from scn_portal.base.facet_options import sort_key
from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import ListPage, version_of_page
from scn_portal.base.strangers import count_search
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.cities.search import CitySearch
from scn_portal.site.city_records import with_standings

CITIES_PER_PAGE = 36
MAX_NAMES = 500  # more than a network of cities has; beyond it the page says so


@public_page("q", "sort", "page", *CITY_FACETS)
def city_list(request):
    """The listed cities, filtered and ordered by the query string."""
    count_search(request)
    context = {"page_version": version_of_page(request), "collected_on": COLLECTED_ON}
    context |= when_shown(partial(_listed, request), *LISTED)
    return render(request, "site/cities/city_list.html", context)


LISTED = ("listed", "search", "faceted", "page", "cities", "city_count", "unrecorded", "unrecorded_count", "is_cut")


def _listed(request: HttpRequest) -> dict[str, Any]:
    """What the list shows, by the names in LISTED. Raises Http404 if there is no such page."""
    language = get_language()
    search = CitySearch(request.GET, language)
    listed = ListPage(
        request,
        search,
        search.entries,
        per_page=CITIES_PER_PAGE,
        name=_("Cities"),
        heading=_("Cities of the network"),
        total=search.total,
    )
    unrecorded_count = search.unrecorded_count
    return {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "page": listed.page,
        "cities": with_standings(listed.page, language),
        "city_count": search.faceted.total.number,
        "unrecorded": SimpleLazyObject(partial(names_by_country, search.unrecorded, language)),
        "unrecorded_count": unrecorded_count,
        "is_cut": unrecorded_count > MAX_NAMES,
    }


def names_by_country(cities: QuerySet[City], language: str) -> list[tuple[str, list[City]]]:
    """At most MAX_NAMES of the cities, grouped by country; countries and cities are sorted by name."""
    first = cities.order_by("pk").only("slug", "name_en", "name_fr", "country", "status")[:MAX_NAMES]
    named = [(city.country.name, city) for city in first]
    named.sort(key=lambda pair: (sort_key(pair[0]), sort_key(pair[1].text("name", language).value)))
    return [(country, [city for _name, city in pairs]) for country, pairs in groupby(named, key=lambda pair: pair[0])]
