"""The statistics of the pledges under each commitment, from kept counts if there are many pledges.

Counting the pledges of a large network takes a second, so `scn_portal.base.kept_counts` keeps the numbers. In a small
network they are counted each time.
"""

from collections.abc import Mapping
from functools import cached_property

from django.db.models import CharField, Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from commitments import statistics
from commitments.models import Commitment, CommitmentQuerySet, ObstacleKind, Pledge, PledgeQuerySet, ProgressUpdate
from commitments.statistics import Progress
from members.models import Region
from scn_portal.base import kept_counts
from scn_portal.base.fragments import ReadWhenShown
from scn_portal.base.languages import alphabetical

LIST = "commitments"
# The numbers add up to some four for each pledge, since pledges are also counted by status and by region. So they are
# kept if there are more than some ten thousand pledges.
ABOVE = 40_000
PLEDGES, CITIES, STATUS, REGION, CITIES_OF_REGION, OBSTACLE = (
    "pledges", "cities", "status", "region", "cities-of-region", "obstacle",
)  # fmt: skip


class CommitmentStatistics(ReadWhenShown):
    """The numbers under the commitment `number`, for a reader of `language`: one query, or one for each number if
    nothing is kept."""

    def __init__(self, number: int, language: str):
        self.number, self.language = number, language

    @property
    def pledges(self) -> PledgeQuerySet:
        """The pledges that are counted."""
        return Pledge.objects.under(self.number).of_listed_cities().since_declaration()

    @cached_property
    def progress(self) -> Progress:
        """See `statistics.progress`."""
        if self._kept is None:
            return statistics.progress(self.pledges)
        by_status = {status: self._kept.get((STATUS, f"{self.number}:{status}"), 0) for status in Pledge.Status.values}
        cities, pledges = (self._kept.get((name, str(self.number)), 0) for name in (CITIES, PLEDGES))
        return Progress(cities, pledges, statistics.in_order_of_status(by_status))

    @cached_property
    def regions(self) -> list[Region]:
        """See `statistics.regions`."""
        if self._kept is None:
            return statistics.regions(self.pledges, self.language)
        counts = self._under(REGION)
        cities = self._under(CITIES_OF_REGION)
        rows = list(Region.objects.filter(slug__in=counts).order_by(alphabetical(f"name_{self.language}"), "pk"))
        for row in rows:
            row.pledge_count, row.city_count = counts[row.slug], cities.get(row.slug, 0)
        return rows

    @cached_property
    def obstacles(self) -> list[tuple[str, int]]:
        """See `statistics.obstacles`."""
        if self._kept is None:
            return statistics.obstacles(self.pledges)
        return statistics.named_obstacles(self._under(OBSTACLE).items())

    @cached_property
    def _kept(self) -> Mapping[tuple[str, str], int] | None:
        kept = kept_counts.read(LIST).get(LIST)
        return kept.counts if kept else None

    def _under(self, name: str) -> dict[str, int]:
        """The numbers kept as `name` for this commitment, by value."""
        start = f"{self.number}:"
        kept = self._kept or {}
        return {
            value.removeprefix(start): count
            for (each, value), count in kept.items()
            if each == name and value.startswith(start)
        }


def with_city_counts(commitments: CommitmentQuerySet) -> CommitmentQuerySet:
    """`commitments`, each with `city_count`, the number of cities with a pledge under it, without former members. The
    number is kept, or else counted in the same query."""
    kept = kept_counts.rows_of(LIST).filter(facet=CITIES, value=Cast(OuterRef("number"), CharField()))
    pledges = Pledge.objects.filter(commitment=OuterRef("pk")).of_listed_cities().since_declaration().order_by()
    counted = pledges.values("commitment").annotate(n=Count("city", distinct=True)).values("n")
    # COALESCE evaluates the second subquery only if nothing is kept.
    return commitments.annotate(city_count=Coalesce(Subquery(kept.values("count")), Subquery(counted), Value(0)))


def by_number_and_status() -> dict[tuple[int, str], int]:
    """The number of pledges by (number of the commitment, status). One query, and one more if nothing is kept."""
    if kept := kept_counts.read(LIST).get(LIST):
        pairs = ((value.partition(":"), number) for (name, value), number in kept.counts.items() if name == STATUS)
        return {(int(commitment), status): number for (commitment, _colon, status), number in pairs}
    rows = _counted().values_list("commitment__number", "status").annotate(n=Count("pk"))
    return {(commitment, status): number for commitment, status, number in rows}


def _counted() -> PledgeQuerySet:
    pledges = Pledge.objects.filter(commitment__in=Commitment.objects.of_melbourne().order_by())
    return pledges.of_listed_cities().since_declaration().order_by()


def count() -> dict[tuple[str, str], int]:
    """All numbers, counted, for `scn_portal.base.kept_counts`."""
    pledges = _counted()
    updates = ProgressUpdate.objects.public().filter(pledge__in=pledges).exclude(obstacle_kind="").order_by()
    number, cities, each = "commitment__number", Count("city", distinct=True), Count("pk")
    counted = [
        (PLEDGES, pledges.values_list(number).annotate(n=each)),
        (CITIES, pledges.values_list(number).annotate(n=cities)),
        (STATUS, pledges.values_list(number, "status").annotate(n=each)),
        (REGION, pledges.values_list(number, "city__region__slug").annotate(n=each)),
        (CITIES_OF_REGION, pledges.values_list(number, "city__region__slug").annotate(n=cities)),
        (OBSTACLE, _obstacles(updates)),
    ]
    return {(name, ":".join(map(str, values))): n for name, rows in counted for *values, n in rows}


def _obstacles(updates: QuerySet) -> QuerySet:
    by_kind = updates.filter(obstacle_kind__in=ObstacleKind.values).annotate(number=F("pledge__commitment__number"))
    return by_kind.values_list("number", "obstacle_kind").annotate(n=Count("pledge", distinct=True))
