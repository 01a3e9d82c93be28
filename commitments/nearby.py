"""The cities nearest to a city, and those with pledges under the same commitments."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Q, Value, Window
from django.db.models.functions import RowNumber

from commitments.models import Commitment, Pledge
from members.geography import NEIGHBOURS, kilometres_from
from members.models import City

MAX_KINDRED = 4


@dataclass(frozen=True)
class Around:
    """`near` cities have a `distance` in kilometres, `kindred` ones the numbers of the `shared` commitments."""

    near: list[City] = field(default_factory=list)
    kindred: list[City] = field(default_factory=list)


def cities_around(city: City, commitments: Iterable[Commitment]) -> Around:
    """The listed cities nearest to `city`, and those that share most of `commitments`. One query.

    `near` is empty if the coordinates of `city` are unknown or it is a former member.
    """
    under = Q(pledges__in=Pledge.objects.public().since_declaration().filter(commitment__in=list(commitments)))
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
    first = Q(near_place__lte=NEIGHBOURS) | Q(kindred_place__lte=MAX_KINDRED)
    cities = list(ranked.filter(first).order_by("near_place"))
    near = [other for other in cities if other.near_place <= NEIGHBOURS and other.distance is not None]
    kindred = [other for other in cities if other.kindred_place <= MAX_KINDRED and other.in_common]
    return Around(near, sorted(kindred, key=lambda other: other.kindred_place))
