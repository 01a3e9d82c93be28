"""Counts that are kept, because counting a large table for each page would take seconds.

The app that owns a list registers it once, in its `ready`, where this module is imported too:

    kept_counts.register("practices", rows=Revision.objects.live, facets=PRACTICE_FACETS)
    kept_counts.register("pledges-by-status", counts=pledges_by_status, above=1_000)

Pass either the `rows` of a list with its facets, or `counts`: a function that returns {(name, value): number}, with any
words as name and value. The counts of a list are not kept while it has at most `above` rows (with `counts`: while the
numbers sum to at most `above`). Pages count such a list each time, and are exact at once. For other lists, a worker
updates the kept counts once a minute, if anything public has changed since; `manage.py kept counts` does it by hand,
and compares. For a list with facets, pairs of values of two facets are kept too, if more than `above` rows have both,
so that no page reads rows that it does not count.

A page calls `read(…)`, which is one query, and counts for itself if nothing is kept. A list with facets passes its name
to `FacetedSearch(kept="practices")` and does not call `read`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from scn_portal.base import generation
from scn_portal.base.facet_counts import PAIRED, Measure, Numbers, Statement
from scn_portal.base.models import KeptCount
from scn_portal.base.totals import MAX_COUNTED

Counts = Mapping[tuple[str, str], int]
# Any number that no other advisory lock of the portal uses.
LOCK = 5_200_613


class Measured(Protocol):
    """Anything with a measure, such as a facet."""

    @property
    def measure(self) -> Measure: ...


@dataclass(frozen=True)
class Kept:
    """The kept counts of a list: `total`, and `counts` by (facet or name, value)."""

    total: int
    counts: dict[tuple[str, str], int]
    generation: int
    counted_at: dt.datetime


@dataclass(frozen=True)
class _List:
    name: str
    above: int
    rows: Callable[[], QuerySet] | None = None
    facets: tuple[Measured, ...] = ()
    counts: Callable[[], Counts] | None = None

    def count(self, before: Counts | None = None) -> dict[tuple[str, str], int]:
        """Count the list; the total is under ("", "").

        If a list with facets has more than `above` rows, the pairs of values of two facets that more than `above` rows
        have are included. If no other number differs from `before`, the pairs are taken from there.
        """
        if self.counts:
            counted = dict(self.counts())
            return {("", ""): sum(counted.values())} | counted
        assert self.rows, "a list has rows or counts"
        measures, statement = [facet.measure for facet in self.facets], Statement(DEFAULT_DB_ALIAS)
        statement.count("everything", self.rows(), measures, most=None)
        numbers = statement.run()
        counted = {("", ""): numbers.totals["everything"]} | _by_name_and_value(numbers)
        if counted["", ""] <= self.above:
            return counted
        pairs = {key: number for key, number in (before or {}).items() if PAIRED in key[0]}
        if before is None or before != counted | pairs:
            statement = Statement(DEFAULT_DB_ALIAS)
            statement.count_pairs(self.rows(), measures, self.above)
            pairs = _by_name_and_value(statement.run())
        return counted | pairs


@dataclass
class _Registry:
    lists: dict[str, _List] = field(default_factory=dict)


_registered = _Registry()


def register(
    name: str,
    *,
    rows: Callable[[], QuerySet] | None = None,
    facets: Iterable[Measured] = (),
    counts: Callable[[], Counts] | None = None,
    above: int = MAX_COUNTED,
) -> None:
    """Keep the counts of a list while it has more than `above` rows: see the top of this module."""
    _registered.lists[name] = _List(name, above, rows, tuple(facets), counts)


def threshold(name: str) -> int:
    """The number of rows above which the counts of the list are kept; MAX_COUNTED if it is not registered."""
    return _registered.lists[name].above if name in _registered.lists else MAX_COUNTED


def rows_of(name: str) -> QuerySet:
    """The kept counts of the list as rows, the total under "", for a statement that also reads other things."""
    return KeptCount.objects.filter(list=name)


def read(*names: str, with_pairs: bool = False) -> dict[str, Kept]:
    """The kept counts of these lists by name, in one query. Lists that are small, or not counted yet, are left out."""
    found: dict[str, Kept] = {}
    rows = KeptCount.objects.filter(list__in=names)
    if not with_pairs:
        rows = rows.exclude(facet__contains=PAIRED)
    for row in rows.order_by("list", "facet", "value"):  # the total of each is first
        if (row.facet, row.value) == ("", ""):
            found[row.list] = Kept(row.count, {}, row.generation, row.counted_at)
        else:
            found[row.list].counts[row.facet, row.value] = row.count
    return {name: kept for name, kept in found.items() if kept.total > threshold(name)}


def rebuild(*, only_if_changed: bool = False) -> list[str]:
    """Count the registered lists again. Returns the names of those counted.

    With `only_if_changed`, lists without a public change since are skipped. If two run at the same time, the second
    does nothing.
    """
    return [name for name in _registered.lists if _rebuild(_registered.lists[name], only_if_changed)]


def differences() -> dict[str, dict[tuple[str, str], tuple[int, int]]]:
    """By list: the counts that differ from the rows, as (kept, counted). Lists that are not kept are left out."""
    found = {}
    for name, kept in read(*_registered.lists, with_pairs=True).items():
        counted = _registered.lists[name].count()
        held = {("", ""): kept.total} | kept.counts
        apart = {key: (held.get(key, 0), counted.get(key, 0)) for key in held.keys() | counted.keys()}
        if differing := {key: pair for key, pair in sorted(apart.items()) if pair[0] != pair[1]}:
            found[name] = differing
    return found


class AllCounts:
    """All kept counts, for `scn_portal.base.kept`."""

    name = "counts"

    def keep_all(self) -> int:
        rebuild()
        return KeptCount.objects.count()

    def wrong(self) -> list[str]:
        return [
            f"{name} {facet or 'total'} {value}: kept {held}, counted {counted}"
            for name, values in differences().items()
            for (facet, value), (held, counted) in values.items()
        ]


# --- Internals -------------------------------------------------------------------------------------------------------


@transaction.atomic
def _rebuild(counted: _List, only_if_changed: bool) -> bool:
    if not _lock():
        return False
    now = generation.current().number  # before counting: what is committed meanwhile is counted again next time
    rows = KeptCount.objects.filter(list=counted.name)
    if only_if_changed and rows.filter(facet="", value="", generation=now).exists():
        return False
    before = {(row.facet, row.value): row.count for row in rows}
    numbers = counted.count(before if only_if_changed else None)
    if numbers["", ""] <= counted.above:
        numbers = {("", ""): numbers["", ""]}  # small: record only that it was counted
    moment = timezone.now()
    if numbers == before:
        rows.update(generation=now, counted_at=moment)
        return True
    # New numbers change pages: a trigger raises the generation, and the next minute finds the numbers unchanged.
    rows.delete()
    KeptCount.objects.bulk_create(
        KeptCount(list=counted.name, facet=name, value=value, count=number, generation=now, counted_at=moment)
        for (name, value), number in numbers.items()
    )
    return True


def _by_name_and_value(numbers: Numbers) -> dict[tuple[str, str], int]:
    return {(name, value): number for name, of in numbers.counts.items() for value, number in of.items()}


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return cursor.fetchone()[0]
