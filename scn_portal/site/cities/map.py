"""The cities as GeoJSON, for the map: it tells of pledges and practices too, so it is put together here."""

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
    """The listed cities that answer to what the reader asks (as on the list), or, with `near`, a city and its
    neighbours. A GeoJSON FeatureCollection; `note` says what the map cannot show."""
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
    """A city with its stops, as a point. GeoJSON says longitude before latitude."""
    properties = {
        "slug": city.slug,
        "name": city.text("name", language).value,
        "country": city.country.name,
        "url": city.get_absolute_url(),
        "pledged": [stop.number for stop in city.standings if stop.pledged],
        "practised": [stop.number for stop in city.standings if stop.practised],
        "stops": stops_in_words(city.standings),
    }
    coordinates = [round(degrees, 4) for degrees in place(city)]
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": coordinates}, "properties": properties}


def without_coordinates(count: int) -> str:
    """What is said under the map of the cities that it cannot show."""
    if not count:
        return ""
    words = ngettext(
        "%(count)d city of this list has no coordinates: it is not on the map.",
        "%(count)d cities of this list have no coordinates: they are not on the map.",
        count,
    )
    return words % {"count": count}
