"""The cities around a city: the nearest on the globe, and those that have pledged under the same commitments."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Q, Value, Window
from django.db.models.functions import RowNumber

from commitments.models import Commitment
from members.geography import NEIGHBOURS, kilometres_from
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
        distance=kilometres_from(city),
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
