"""The cities as GeoJSON, for the map."""

from collections import Counter
from collections.abc import Sequence

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, gettext, ngettext

from members.geography import country_point, is_on_the_map, neighbours, place
from members.models import City
from practices.standings import practice_counts, with_standings
from scn_portal.base.http.public import public_page
from scn_portal.base.templatetags.portal import stops_in_words
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.cities.search import CitySearch


# “page” comes with the query string of the list, and counts for nothing.
@public_page("near", "q", "sort", "page", *CITY_FACETS)
def city_map(request):
    """A FeatureCollection of the cities of a search, or, with `near`, of a city and its neighbours.

    `note` tells how many of them have no coordinates; `countries` where the names of their countries stand, that with
    the most cities first.
    """
    language = get_language()
    if slug := request.GET.get("near"):
        city = get_object_or_404(City.objects.listed(), slug=slug.replace("\0", ""))
        cities = [city, *neighbours(city)]
    else:
        cities = CitySearch(request.GET, language).faceted.rows.by_name(language)
    cities = with_standings(cities, language)
    practices = practice_counts(cities)
    placed = [city for city in cities if is_on_the_map(city)]
    collection = {
        "type": "FeatureCollection",
        "features": [feature(city, practices[city.pk], language) for city in placed],
        "countries": named_countries(placed),
        "note": without_coordinates(len(cities) - len(placed)),
    }
    return JsonResponse(collection, content_type="application/geo+json")


def feature(city: City, practices: int, language: str) -> dict:
    """A city as a point, longitude first, with its marks and the numbers of its pledges and practices."""
    pledges = len([status for standing in city.standings for status in standing.statuses])
    properties = {
        "slug": city.slug,
        "name": city.text("name", language).value,
        "country": city.country.name,
        "status": city.status,
        "membership": city.get_status_display(),
        "url": city.get_absolute_url(),
        "pledged": [standing.number for standing in city.standings if standing.pledged],
        "practised": [standing.number for standing in city.standings if standing.practised],
        "stops": stops_in_words(city.standings),
        "pledges": pledges,
        "practices": practices,
        "recorded": in_words(pledges, practices),
    }
    coordinates = [round(degrees, 4) for degrees in place(city)]
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": coordinates}, "properties": properties}


def in_words(pledges: int, practices: int) -> str:
    """“2 pledges · 1 practice”, without what there is none of."""
    parts = [
        (pledges, ngettext("%(pledges)s pledge", "%(pledges)s pledges", pledges) % {"pledges": pledges}),
        (
            practices,
            ngettext("%(practices)s practice", "%(practices)s practices", practices) % {"practices": practices},
        ),
    ]
    return " · ".join(words for count, words in parts if count) or gettext("No pledge and no practice yet")


def named_countries(cities: Sequence[City]) -> list[dict]:
    """The countries of `cities`, the one with the most first: name, where it stands, and how much room it has there."""
    counts = Counter(city.country for city in cities)
    named = [(country.name, country_point(country.code)) for country, _count in counts.most_common()]
    return [{"name": name, "at": point[:2], "room": point[2]} for name, point in named if point]


def without_coordinates(count: int) -> str:
    """A sentence on the cities that the map cannot show; empty where there are none."""
    if not count:
        return ""
    words = ngettext(
        "%(count)d city is not shown because we do not know its coordinates.",
        "%(count)d cities are not shown because we do not know their coordinates.",
        count,
    )
    return words % {"count": count}
