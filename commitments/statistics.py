"""How a commitment stands across the network: the pledges under it by status and by region."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q

from commitments.models import Pledge, PledgeQuerySet
from members.models import Region
from scn_portal.base.languages import alphabetical


@dataclass(frozen=True)
class StatusCount:
    """So many pledges stand so; `share` is of the commonest status, for a bar beside the number."""

    status: str
    label: str
    pledges: int
    share: int


@dataclass(frozen=True)
class Progress:
    """The cities that pledged under a commitment, and their pledges by status, in the order of the scale."""

    cities: int
    pledges: int
    by_status: list[StatusCount]


def progress(pledges: PledgeQuerySet) -> Progress:
    """`pledges` counted in one query; a status that none has is left out."""
    each = {status: Count("pk", filter=Q(status=status)) for status in Pledge.Status.values}
    found = pledges.order_by().aggregate(cities=Count("city", distinct=True), pledges=Count("pk"), **each)
    most = max(found[status] for status in each) or 1
    by_status = [
        StatusCount(status.value, str(status.label), found[status], round(100 * found[status] / most))
        for status in Pledge.Status
        if found[status]
    ]
    return Progress(found["cities"], found["pledges"], by_status)


def regions(pledges: PledgeQuerySet, language: str) -> list[Region]:
    """The regions of `pledges`, by name, each with its `city_count` and `pledge_count`: one query."""
    mine = Q(cities__pledges__in=pledges.order_by())
    counted = Region.objects.filter(mine).annotate(
        city_count=Count("cities", distinct=True), pledge_count=Count("cities__pledges", distinct=True)
    )
    return list(counted.order_by(alphabetical(f"name_{language}"), "pk"))


def by_region(pledges: PledgeQuerySet, language: str) -> PledgeQuerySet:
    """`pledges` as a page lists them: region by region, city by city, with both at hand."""
    order = (alphabetical(f"city__region__name_{language}"), "city__region", alphabetical(f"city__name_{language}"))
    return pledges.select_related("city__region", "commitment").order_by(*order, "city", F("created_at").desc(), "pk")


def chosen(regions: Iterable[Region], slug: str) -> Region | None:
    """The region that a reader asks for, if it is one of `regions`."""
    return next((region for region in regions if region.slug == slug), None)
