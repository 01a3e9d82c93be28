"""When the pledges and practices of a city last changed, and by whom: read from their history, in a few queries."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from commitments.models import Pledge
from members.editing.presence import names_seen_by
from members.models import User
from practices.models import Practice, Revision
from scn_portal.base.languages import CODES


@dataclass(frozen=True)
class Change:
    """The last change of a row; `by` is None if it did not come from a request of a person."""

    at: dt.datetime
    by: User | None


@dataclass(frozen=True)
class Row:
    """A pledge, or the newest revision of a practice, with its last change and the languages it is written in.

    `by` is the person who changed it, as the reader sees them: staff appear without their names.
    """

    of: Pledge | Practice
    changed: Change | None
    languages: list[str]
    by: str = ""


def named(rows: list[Row], reader: User) -> list[Row]:
    """`rows` with the person who changed each, as `reader` may see them."""
    people = [row.changed.by for row in rows if row.changed and row.changed.by]
    names = names_seen_by(reader, people) if people else {}
    return [replace(row, by=names[row.changed.by.pk]) if row.changed and row.changed.by else row for row in rows]


def of_pledges(pledges: Sequence[Pledge]) -> list[Row]:
    """A row for each of `pledges`, which come with their updates: an update counts as a change of its pledge."""
    events = _newest(Pledge.pgh_event_model.objects.filter(pgh_obj__in=pledges), "pgh_obj")
    return [Row(pledge, _later(events.get(pledge.pk), pledge), _languages(pledge)) for pledge in pledges]


def of_practices(practices: Sequence[Practice]) -> list[Row]:
    """A row for each of `practices`, which come with their newest revision."""
    events = _newest(Revision.pgh_event_model.objects.filter(practice__in=practices), "practice")
    return [Row(practice, events.get(practice.pk), _languages(practice.newest)) for practice in practices]


def _newest(events, key: str) -> dict[int, Change]:
    """The newest of `events` for each value of `key`."""
    key = f"{key}_id"  # the column: a relation would sort the rows by the default order of the related model
    newest = events.order_by(key, "-pgh_id").distinct(key)
    rows = list(newest.values_list(key, "pgh_created_at", "pgh_context__metadata__user"))
    people = User.objects.in_bulk({pk for _key, _at, pk in rows if pk})
    return {row: Change(at, people.get(pk)) for row, at, pk in rows}


def _later(change: Change | None, pledge: Pledge) -> Change | None:
    updates: Iterable = pledge.updates.all()
    reported = max(updates, key=lambda update: update.created_at, default=None)
    if reported and (change is None or reported.created_at > change.at):
        return Change(reported.created_at, reported.author)
    return change


def _languages(row: Pledge | Revision) -> list[str]:
    return [code for code in CODES if getattr(row, f"title_{code}")]
