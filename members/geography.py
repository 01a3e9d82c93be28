"""Where the cities are: distances, neighbours, and points on maps."""

import json
import math
from functools import cache
from pathlib import Path

from django.db.models import Case, Expression, F, FloatField, Value, When
from django.db.models.functions import ASin, Cast, Cos, Least, Power, Radians, Sin, Sqrt
from django_countries import countries

from members.models import City, CityQuerySet

EARTH_RADIUS_KM = 6371.0088
NEIGHBOURS = 6
OTHER_ALPHA3 = {"XK": "XKX"}  # Kosovo has no code in ISO 3166

Point = tuple[float, float]


def is_on_the_map(city: City) -> bool:
    """Whether the coordinates are known and the city is not a former member."""
    return city.latitude is not None and city.status != City.Status.FORMER


def place(city: City) -> Point:
    """Longitude and latitude of a city for which `is_on_the_map` is true."""
    assert city.longitude is not None, "ask is_on_the_map() first"
    assert city.latitude is not None, "the database holds the two together"
    return city.longitude, city.latitude


def kilometres_from(city: City) -> Expression:
    """The great-circle distance in kilometres of each city of a query from `city` (haversine formula); null if it is
    unknown."""
    if not is_on_the_map(city):
        return Value(None, FloatField())
    half = Value(0.5)
    height = Power(Sin(half * Radians(F("latitude") - Value(city.latitude))), 2)
    width = Power(Sin(half * Radians(F("longitude") - Value(city.longitude))), 2)
    chord = height + Cos(Radians(F("latitude"))) * Cos(Radians(Value(city.latitude))) * width
    # Rounding may raise the value for two antipodes above 1, which is the sine of no angle.
    angle = ASin(Sqrt(Least(Cast(chord, FloatField()), Value(1.0))))
    # Only for known coordinates: LEAST ignores nulls, and would give half the circumference of the Earth.
    return Case(When(latitude__isnull=False, then=Value(2 * EARTH_RADIUS_KM) * angle), output_field=FloatField())


def neighbours(city: City, limit: int = NEIGHBOURS) -> CityQuerySet:
    """The listed cities nearest to `city`, each with its `distance` in kilometres; none if `city` is not on the map."""
    others = City.objects.listed().exclude(pk=city.pk).annotate(distance=kilometres_from(city))
    return others.filter(distance__isnull=False).order_by("distance", "pk")[:limit]


def equal_earth(longitude: float, latitude: float) -> Point:
    """The point on the Equal Earth map of a globe of radius 100: x to the right and y down from the centre.

    Šavrič, Patterson and Jenny, 2018. The land in `vendor/natural-earth/land.svg` is drawn the same way.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    bottom = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(t) / (3 * bottom)
    return 100 * x, -100 * t * (a1 + a2 * t**2 + t**6 * (a3 + a4 * t**2))


def country_point(code: str) -> tuple[float, float, float] | None:
    """The place for the name of a country on a map: longitude, latitude, and the distance from there to its nearest
    border or coast, in degrees of latitude. None if the outlines have no such country."""
    return _country_points().get(OTHER_ALPHA3.get(code) or countries.alpha3(code))


@cache
def _country_points() -> dict[str, tuple[float, float, float]]:
    points = json.loads((Path(__file__).parent / "data" / "country-points.json").read_text(encoding="utf-8"))
    return {code: tuple(point) for code, point in points.items()}
