"""The cities around a city: the nearest on the globe, and those that have pledged under the same commitments."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, Expression, F, FloatField, Q, Value, When, Window
from django.db.models.functions import ASin, Cast, Cos, Least, Power, Radians, RowNumber, Sin, Sqrt

from commitments.models import Commitment
from members.map import EARTH_RADIUS_KM, NEIGHBOURS, is_on_the_map
from members.models import City

MOST_KINDRED = 4


@dataclass(frozen=True)
class Around:
    """`near`: each with its `distance` in kilometres. `kindred`: each with the numbers that both have, `shared`."""

    near: list[City] = field(default_factory=list)
    kindred: list[City] = field(default_factory=list)


def cities_around(city: City, commitments: Iterable[Commitment]) -> Around:
    """The listed cities nearest to `city`, and those with most of `commitments` in common with it: one query.

    A city whose place is not known, or that has left, is near none.
    """
    under = Q(pledges__commitment__in=list(commitments))
    others = City.objects.listed().exclude(pk=city.pk).select_related("region")
    others = others.annotate(
        distance=_kilometres_from(city),
        shared=ArrayAgg("pledges__commitment__number", filter=under, distinct=True, default=Value([])),
        in_common=Count("pledges__commitment", filter=under, distinct=True),
    )
    nearest = [F("distance").asc(nulls_last=True), F("pk").asc()]
    ranked = others.annotate(
        near_place=Window(RowNumber(), order_by=nearest),
        kindred_place=Window(RowNumber(), order_by=[F("in_common").desc(), *nearest]),
    )
    first = Q(near_place__lte=NEIGHBOURS) | Q(kindred_place__lte=MOST_KINDRED)
    found = list(ranked.filter(first).order_by("near_place"))
    near = [other for other in found if other.near_place <= NEIGHBOURS and other.distance is not None]
    kindred = [other for other in found if other.kindred_place <= MOST_KINDRED and other.in_common]
    return Around(near, sorted(kindred, key=lambda other: other.kindred_place))


def _kilometres_from(city: City) -> Expression:
    """The distance along the globe, computed by the database (the haversine formula)."""
    if not is_on_the_map(city):
        return Value(None, FloatField())
    half = Value(0.5)
    height = Power(Sin(half * Radians(F("latitude") - Value(city.latitude))), 2)
    width = Power(Sin(half * Radians(F("longitude") - Value(city.longitude))), 2)
    chord = height + Cos(Radians(F("latitude"))) * Cos(Radians(Value(city.latitude))) * width
    # Rounding may lift the chord of two antipodes above 1, where no angle has such a sine.
    angle = ASin(Sqrt(Least(Cast(chord, FloatField()), Value(1.0))))
    # Asked for only where the place is known: LEAST passes over what is not, and would make it the end of the world.
    return Case(When(latitude__isnull=False, then=Value(2 * EARTH_RADIUS_KM) * angle), output_field=FloatField())
