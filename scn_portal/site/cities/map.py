"""The cities as GeoJSON, for the map."""

from collections.abc import Iterable, Sequence

from django.db.models import Count, Max, Min, Q, QuerySet
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django_countries import countries

from members.geography import country_point, is_on_the_map, neighbours, place
from members.models import City
from scn_portal.base.http.public import public_page
from scn_portal.base.links import with_query
from scn_portal.base.templatetags.portal import stops_in_words
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.cities.search import CitySearch
from scn_portal.site.cities.tiles import Cluster, Tile
from scn_portal.site.city_records import marks_of, pledges_and_practices

# The most cities in one answer, at half a kilobyte each; if there are more, the map asks for tiles.
ALL_AT_ONCE = 150
CONTENT_TYPE = "application/geo+json"


# “page” comes with the query string of the list, and is ignored.
@public_page("near", "q", "sort", "page", "x", "y", "z", *CITY_FACETS)
def city_map(request):
    """A FeatureCollection of the cities of a search, or, with `near`, of a city and its neighbours.

    `note` says how many of them have no coordinates. `countries` says where the names of their countries are written,
    the country with the most cities first. If there are more than ALL_AT_ONCE cities, there are no features: `bbox` is
    the area that they cover, and `tiles` is the address of a tile (`z`, `x` and `y`), a FeatureCollection of cities and
    clusters.
    """
    language = get_language()
    if slug := request.GET.get("near"):
        city = get_object_or_404(City.objects.listed().select_related("record"), slug=slug.replace("\0", ""))
        return _collection(_all_of([city, *neighbours(city).select_related("record")], language))
    search = CitySearch(request.GET, language)
    if tile := _tile_or_404(request.GET):
        return _collection(_of_tile(tile, search.faceted.rows, language))
    return _collection(_of_search(search, language))


def _tile_or_404(params) -> Tile | None:
    try:
        return Tile.asked(params)
    except ValueError as error:
        raise Http404 from error


def _collection(members: dict) -> JsonResponse:
    return JsonResponse({"type": "FeatureCollection"} | members, content_type=CONTENT_TYPE)


def _of_search(search: CitySearch, language: str) -> dict:
    """All cities of the search if they are few; else the area that they cover, and the address of its tiles."""
    rows = search.faceted.rows
    few = list(_for_features(rows).order_by(f"record__name_key_{language}", "pk")[: ALL_AT_ONCE + 1])
    if len(few) <= ALL_AT_ONCE:
        return _all_of(few, language)
    extent = list(_extent(rows))
    placed = [row for row in extent if row["placed"]]
    address = with_query(reverse("city_map"), search.faceted.query)
    return {
        "features": [],
        "bbox": [
            min((row["west"] for row in placed), default=-180), min((row["south"] for row in placed), default=-60),
            max((row["east"] for row in placed), default=180), max((row["north"] for row in placed), default=84),
        ],
        "tiles": f"{address}{'&' if '?' in address else '?'}z={{z}}&x={{x}}&y={{y}}",
        "countries": named_countries((row["country"], row["placed"]) for row in placed),
        "note": without_coordinates(sum(row["lost"] for row in extent)),
    }  # fmt: skip


def _extent(rows: QuerySet[City]) -> QuerySet:
    """By country: how many cities have coordinates and how many have none, and the box around them. One query."""
    return (
        rows.order_by()
        .values("country")
        .annotate(
            placed=Count("latitude"), lost=Count("pk", filter=Q(latitude__isnull=True)), west=Min("longitude"),
            south=Min("latitude"), east=Max("longitude"), north=Max("latitude"),
        )
    )  # fmt: skip


def _all_of(cities: Sequence[City], language: str) -> dict:
    placed = [city for city in cities if is_on_the_map(city)]
    counts: dict[str, int] = {}
    for city in placed:
        counts[city.country.code] = counts.get(city.country.code, 0) + 1
    return {
        "features": [feature(city, language) for city in placed],
        "countries": named_countries(counts.items()),
        "note": without_coordinates(len(cities) - len(placed)),
    }


def _of_tile(tile: Tile, rows: QuerySet[City], language: str) -> dict:
    alone, clusters = tile.of(rows)
    cities = _for_features(alone).order_by(f"record__name_key_{language}", "pk")
    return {"features": [*(_cluster(each) for each in clusters), *(feature(city, language) for city in cities)]}


def _for_features(rows: QuerySet[City]) -> QuerySet[City]:
    city = ("slug", "name_en", "name_fr", "country", "status", "latitude", "longitude")
    record = ("pledge_count", "practice_count", "standings")
    return rows.select_related("record").only(*city, *(f"record__{name}" for name in record))


def _cluster(cluster: Cluster) -> dict:
    """Several cities as a point, with their number and the number of those with a pledge or a practice."""
    middle = [round(degrees, 4) for degrees in (cluster.longitude, cluster.latitude)]
    return {
        "type": "Feature",
        "bbox": [round(degrees, 4) for degrees in cluster.box],
        "geometry": {"type": "Point", "coordinates": middle},
        "properties": {"cities": cluster.cities, "active": cluster.active},
    }


def feature(city: City, language: str) -> dict:
    """A city, with its `record`, as a point, longitude first, with its marks and the numbers of its pledges and
    practices."""
    marks = marks_of(city)
    pledges, practices = pledges_and_practices(city)
    properties = {
        "slug": city.slug,
        "name": city.text("name", language).value,
        "country": city.country.name,
        "status": city.status,
        "membership": city.get_status_display(),
        "url": city.get_absolute_url(),
        "pledged": [mark.number for mark in marks if mark.pledged],
        "practised": [mark.number for mark in marks if mark.practised],
        "stops": stops_in_words(marks),
        "pledges": pledges,
        "practices": practices,
        "recorded": in_words(pledges, practices),
    }
    coordinates = [round(degrees, 4) for degrees in place(city)]
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": coordinates}, "properties": properties}


def in_words(pledges: int, practices: int) -> str:
    """“2 pledges · 1 practice”, without a part that would be zero."""
    parts = [
        (pledges, ngettext("%(pledges)s pledge", "%(pledges)s pledges", pledges) % {"pledges": pledges}),
        (
            practices,
            ngettext("%(practices)s practice", "%(practices)s practices", practices) % {"practices": practices},
        ),
    ]
    return " · ".join(words for count, words in parts if count) or gettext("No pledge and no practice yet")


def named_countries(counts: Iterable[tuple[str, int]]) -> list[dict]:
    """The countries of `counts`, which has (code, number of cities) for each, the one with the most cities first: the
    name, where it is written, and how much room it has there."""
    by_count = sorted(counts, key=lambda country: -country[1])
    named = [(countries.name(code), country_point(code)) for code, _count in by_count]
    return [{"name": name, "at": point[:2], "room": point[2]} for name, point in named if point]


def without_coordinates(count: int) -> str:
    """A sentence about the cities that the map cannot show; empty if there are none."""
    if not count:
        return ""
    words = ngettext(
        "%(count)d city is not shown because we do not know its coordinates.",
        "%(count)d cities are not shown because we do not know their coordinates.",
        count,
    )
    return words % {"count": count}
