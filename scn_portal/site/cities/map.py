"""The cities as GeoJSON, for the map."""

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, ngettext

from members.geography import is_on_the_map, neighbours, place
from members.models import City
from practices.standings import with_standings
from scn_portal.base.http.caching import SHORT_CACHE_SECONDS, public_file
from scn_portal.base.templatetags.portal import stops_in_words
from scn_portal.site.cities.search import CitySearch


@public_file(max_age=SHORT_CACHE_SECONDS)
def city_map(request):
    """A FeatureCollection of the cities of a search, or, with `near`, of a city and its neighbours.

    `note` tells how many of them have no coordinates.
    """
    language = get_language()
    if slug := request.GET.get("near"):
        city = get_object_or_404(City.objects.listed(), slug=slug.replace("\0", ""))
        cities = [city, *neighbours(city)]
    else:
        cities = CitySearch(request.GET, language).faceted.rows.by_name(language)
    cities = with_standings(cities, language)
    placed = [city for city in cities if is_on_the_map(city)]
    collection = {
        "type": "FeatureCollection",
        "features": [feature(city, language) for city in placed],
        "note": without_coordinates(len(cities) - len(placed)),
    }
    return JsonResponse(collection, content_type="application/geo+json")


def feature(city: City, language: str) -> dict:
    """A city with its marks as a point, longitude first."""
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
    }
    coordinates = [round(degrees, 4) for degrees in place(city)]
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": coordinates}, "properties": properties}


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
