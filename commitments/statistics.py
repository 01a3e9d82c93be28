"""Statistics of the pledges under a commitment: by status and by region."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Q

from commitments.models import ObstacleKind, Pledge, PledgeQuerySet, ProgressUpdate
from members.models import Region
from scn_portal.base.languages import alphabetical


@dataclass(frozen=True)
class StatusCount:
    """The pledges with a status; `share` is the percentage of the most common status, for a bar."""

    status: str
    label: str
    pledges: int
    share: int


@dataclass(frozen=True)
class Progress:
    """The number of cities and pledges, and the pledges by status, in the order of Pledge.Status."""

    cities: int
    pledges: int
    by_status: list[StatusCount]


def progress(pledges: PledgeQuerySet) -> Progress:
    """The counts of `pledges`, without statuses that none has. One query."""
    per_status = {status: Count("pk", filter=Q(status=status)) for status in Pledge.Status.values}
    counts = pledges.order_by().aggregate(cities=Count("city", distinct=True), pledges=Count("pk"), **per_status)
    return Progress(counts.pop("cities"), counts.pop("pledges"), in_order_of_status(counts))


def in_order_of_status(counts: Mapping[str, int]) -> list[StatusCount]:
    """`counts` by status, without statuses that none has."""
    most = max(counts.values()) or 1
    return [
        StatusCount(status.value, str(status.label), counts[status], round(100 * counts[status] / most))
        for status in Pledge.Status
        if counts[status]
    ]


def obstacles(pledges: PledgeQuerySet) -> list[tuple[str, int]]:
    """The kinds of obstacles that standing updates of `pledges` name, each with its number of pledges, the largest
    first.

    One query.
    """
    named = ProgressUpdate.objects.public().filter(pledge__in=pledges.order_by()).exclude(obstacle_kind="")
    return named_obstacles(named.order_by().values_list("obstacle_kind").annotate(n=Count("pledge", distinct=True)))


def named_obstacles(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """`counts` with the labels of the kinds of obstacles, the largest number first."""
    return [(str(ObstacleKind(kind).label), n) for kind, n in sorted(counts, key=lambda row: (-row[1], row[0]))]


def regions(pledges: PledgeQuerySet, language: str) -> list[Region]:
    """The regions of `pledges`, by name, each with its `city_count` and `pledge_count`. One query."""
    has_pledge = Q(cities__pledges__in=pledges.order_by())
    counted = Region.objects.filter(has_pledge).annotate(
        city_count=Count("cities", distinct=True), pledge_count=Count("cities__pledges", distinct=True)
    )
    return list(counted.order_by(alphabetical(f"name_{language}"), "pk"))


def by_region(pledges: PledgeQuerySet, language: str) -> PledgeQuerySet:
    """`pledges` sorted by region and city, with both."""
    order = (alphabetical(f"city__region__name_{language}"), "city__region", alphabetical(f"city__name_{language}"))
    return (
        pledges.in_brief()
        .select_related("city__region", "commitment__declaration")
        .order_by(*order, "city", F("published_at").desc(), "pk")
    )


def chosen(regions: Iterable[Region], slug: str) -> Region | None:
    """The region with this slug among `regions`, if any."""
    return next((region for region in regions if region.slug == slug), None)
