"""The seven stops of a city: under which commitments it has pledged, and under which it has done something."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import RevisionCommitment, Status
from scn_portal.languages import Text


@dataclass(frozen=True)
class Stop:
    """A city on one of the seven lines."""

    number: int
    short: Text
    pledged: bool
    practised: bool


def with_stops(cities: Iterable[City]) -> list[City]:
    """`cities`, each with `stops`, its seven Stops in order. Three queries, however many cities."""
    cities = list(cities)
    lines = list(Commitment.objects.of_melbourne())
    pledged = set(Pledge.objects.filter(city__in=cities).values_list("city", "commitment"))
    live = RevisionCommitment.objects.filter(
        revision__status=Status.PUBLISHED, revision__practice__city__in=cities
    ).order_by()
    practised = set(live.values_list("revision__practice__city", "commitment"))
    for city in cities:
        city.stops = [
            Stop(
                line.number,
                line.text("short", get_language()),
                pledged=(city.pk, line.pk) in pledged,
                practised=(city.pk, line.pk) in practised,
            )
            for line in lines
        ]
    return cities
