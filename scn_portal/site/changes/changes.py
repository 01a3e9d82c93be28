"""All public changes as one sequence, the newest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from scn_portal.base import kept_counts
from scn_portal.base.keysets import BadCursor, Cursor, Keyset
from scn_portal.base.totals import MAX_COUNTED
from scn_portal.site.changes.kinds import ALWAYS, KINDS, Change, rows_of

FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)
LIST = "changes"


@dataclass(frozen=True)
class Beyond:
    """The changes older, or newer, than one change, which is given by the fields that changes are sorted by."""

    recorded_at: dt.datetime
    kind: str
    row: int
    is_older: bool

    def of_kind(self, kind: str) -> Q:
        """The condition for a change of `kind`. Changes of the same moment are sorted by kind, then by row, the last
        row first."""
        less = "lt" if self.is_older else "gt"
        if kind == self.kind:
            same_moment = Q(recorded_at=self.recorded_at, **{f"row__{less}": self.row})
            return Q(**{f"recorded_at__{less}e": self.recorded_at}) & (
                Q(**{f"recorded_at__{less}": self.recorded_at}) | same_moment
            )
        at_once = (kind > self.kind) == self.is_older
        return Q(**{f"recorded_at__{less}{'e' if at_once else ''}": self.recorded_at})


class Changes(Sequence[Change]):
    """Public changes for a reader of `language`, the newest first: all of them, or only those of `kind`. With `beyond`,
    the changes on one side of a change, the nearest first.

    A slice takes one query that unites the kinds, and one more for each kind that is in it.
    """

    def __init__(self, language: str, kind: str = "", beyond: Beyond | None = None):
        self.language, self.beyond = language, beyond
        self.kind = kind if kind in KINDS else ""

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many changes of each kind there are: one query if there are many and their counts are kept, else two."""
        kept = kept_counts.read(LIST).get(LIST)
        counted = {name: number for (name, _value), number in (kept.counts if kept else count()).items()}
        return dict.fromkeys(KINDS, 0) | counted

    def __len__(self) -> int:
        return self.counts[self.kind] if self.kind else sum(self.counts.values())

    def __getitem__(self, part):
        if not part.stop:
            return []
        found = list(self._nearest(part.stop)[part])
        shown = {name: self._read(name, {key for kind, _row, key, _at in found if kind == name}) for name in KINDS}
        return [
            Change(kind, f"{kind}/{row}", recorded_at, **KINDS[kind].show(shown[kind][key], self.language))
            for kind, row, key, recorded_at in found
            if key in shown[kind]  # one may have been taken down meanwhile
        ]

    def beside(self, change: Beyond) -> Self:
        """The changes beyond `change`."""
        return type(self)(self.language, self.kind, change)

    def _nearest(self, stop: int) -> QuerySet:
        """The first `stop` changes. No more than that are read of any kind."""
        is_descending = self.beyond is None or self.beyond.is_older
        order = ("-recorded_at", "kind", "-row") if is_descending else ("recorded_at", "-kind", "row")
        parts = [
            part
            for name in ([self.kind] if self.kind else KINDS)
            for part in self._parts(name, stop, order, is_descending=is_descending)
        ]
        return parts[0].union(*parts[1:], all=True).order_by(*order) if len(parts) > 1 else parts[0]

    def _parts(self, name: str, stop: int, order: tuple[str, ...], *, is_descending: bool) -> list[QuerySet]:
        """The first `stop` changes of a kind, from each of its querysets."""
        first, *others = [rows.filter(self.beyond.of_kind(name)) if self.beyond else rows for rows in rows_of(name)]
        first = first.order_by(*order)
        # A change from the other querysets is only needed if it does not come after the last of these: the database
        # looks no further.
        last = Coalesce(
            Subquery(first.values("recorded_at")[stop - 1 : stop]), Value(ALWAYS if is_descending else FOR_EVER)
        )
        near = {"recorded_at__gte" if is_descending else "recorded_at__lte": last}
        return [first[:stop], *(rows.filter(**near).order_by(*order)[:stop] for rows in others)]

    def _read(self, name: str, keys: set[int]) -> dict:
        return {row.pk: row for row in KINDS[name].read(list(keys))} if keys else {}


class InOrder(Keyset):
    """The order of changes: later pages begin at a change."""

    def __init__(self) -> None:
        super().__init__("-recorded_at", "kind", "-row")

    def read(self, token: str, rows: Any) -> Cursor:
        """The cursor in `token`. Raises BadCursor if there is none."""
        number, (moment, kind, row) = self.told(token)
        try:
            recorded_at = dt.datetime.fromisoformat(moment)
        except (TypeError, ValueError) as error:
            raise BadCursor from error
        if recorded_at.tzinfo is None or kind not in KINDS or type(row) is not int or not 0 <= row < 2**63:
            raise BadCursor
        return Cursor(token, number, (recorded_at, kind, row))

    def after(self, rows: Any, cursor: Cursor) -> Any:
        """The older changes, the newest first."""
        moment, kind, row = cursor.values
        return rows.beside(Beyond(moment, kind, row, is_older=True))

    def before(self, rows: Any, cursor: Cursor) -> Any:
        """The newer changes, the oldest first."""
        moment, kind, row = cursor.values
        return rows.beside(Beyond(moment, kind, row, is_older=False))


def count() -> dict[tuple[str, str], int]:
    """How many changes of each kind there are, counted now: one query."""
    parts = [part.values("kind").annotate(count=Count("pk")) for name in KINDS for part in rows_of(name)]
    parts = [part.values_list("kind", "count") for part in parts]
    counts: dict[tuple[str, str], int] = {}
    for kind, number in parts[0].union(*parts[1:], all=True):
        counts[kind, ""] = counts.get((kind, ""), 0) + number
    return counts


def register() -> None:
    """Register the counts, so that a worker keeps them."""
    kept_counts.register(LIST, counts=count, above=MAX_COUNTED)
