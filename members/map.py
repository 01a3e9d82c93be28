"""Where the cities lie: who is near whom, and the points of the map of the world that is drawn here."""

import math

from members.models import City

EARTH_RADIUS_KM = 6371.0088
NEIGHBOURS = 6

Point = tuple[float, float]


def is_on_the_map(city: City) -> bool:
    """The coordinates are known (both or neither are), and the city has not left."""
    return city.latitude is not None and city.status != City.Status.FORMER


def place(city: City) -> Point:
    """Longitude and latitude of a city whose coordinates are known."""
    assert city.longitude is not None, "ask is_on_the_map() first"
    assert city.latitude is not None, "the database holds the two together"
    return city.longitude, city.latitude


def kilometres(one: Point, other: Point) -> float:
    """The distance between two places (longitude, latitude), along the globe."""
    (west, south), (east, north) = ((math.radians(degrees) for degrees in point) for point in (one, other))
    chord = math.sin((north - south) / 2) ** 2
    chord += math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def neighbours(city: City, most: int = NEIGHBOURS) -> list[City]:
    """The listed cities nearest to `city`, the nearest first, each with `city.distance` in kilometres.

    One query. A city that is not on the map has none.
    """
    if not is_on_the_map(city):
        return []
    others = list(City.objects.listed().exclude(pk=city.pk).filter(latitude__isnull=False).order_by("pk"))
    for other in others:
        other.distance = kilometres(place(city), place(other))
    return sorted(others, key=lambda other: other.distance)[:most]


def equal_earth(longitude: float, latitude: float) -> Point:
    """A point of a globe of radius 100 on the Equal Earth map: right and down from the middle.

    Šavrič, Patterson and Jenny, 2018. The land in `vendor/natural-earth/land.svg` is drawn the same.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    bottom = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(t) / (3 * bottom)
    return 100 * x, -100 * t * (a1 + a2 * t**2 + t**6 * (a3 + a4 * t**2))


def dots(places: list[Point]) -> str:
    """The path of a drawing with a dot at each of `places` (longitude, latitude): lines of no length."""
    drawn = {tuple(f"{value:.1f}" for value in equal_earth(*place)) for place in places}
    return "".join(f"M{x} {y}h0" for x, y in sorted(drawn))
