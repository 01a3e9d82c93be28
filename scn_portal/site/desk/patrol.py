"""The patrol: what became public, or changed, without a moderator, since a moderator last looked.

Records come in commit order (`PublicRecord`), so that nothing committed late is missed. Each moderator has a seat of
their own; rows of a city that they act for are left to their colleagues.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_countries.fields import Country

from commitments.models import Milestone, Pledge, ProgressUpdate
from members.models import FACTS, City, User
from scn_portal.base.languages import CODES, Text
from scn_portal.base.models import EPOCH, PublicKind, PublicRecord
from scn_portal.base.partial_dates import as_partial, precision_of, written_out
from scn_portal.site.desk import takedown
from scn_portal.site.models import PatrolSeat, PatrolTick

# How far back the patrol begins for a moderator who has never looked.
FIRST_LOOK = dt.timedelta(days=30)
# History has the time when a transaction began, a record has the time when it ended.
LONGEST_TRANSACTION = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Watched:
    """How one kind is read: its rows for a page of keys, its history, and the fields whose change is shown."""

    rows: Callable[[], models.QuerySet]
    history: str
    fields: Sequence[str]


def _both(*names: str) -> list[str]:
    return [f"{name}_{code}" for name in names for code in CODES]


WATCHED: dict[str, Watched] = {
    PublicKind.PLEDGE: Watched(
        lambda: Pledge.objects.public().select_related("city", "commitment"),
        "commitments.PledgeEvent",
        (
            *_both("title", "description", "baseline", "target", "partners", "indicator_name", "result", "lessons"),
            "lead_department", "indicator_unit", "status", "announced_on", "starts_on", "due_on", "extension_reason",
            "degree_of_change",
            "indicator_baseline", "indicator_target", "indicator_latest", "sources", "closing_evidence",
        ),
    ),
    PublicKind.MILESTONE: Watched(
        lambda: Milestone.objects.public().select_related("pledge__city"),
        "commitments.MilestoneEvent",
        (*_both("title"), "due_on", "done_on", "evidence"),
    ),
    # Updates never change: they are shown whole.
    PublicKind.UPDATE: Watched(
        lambda: ProgressUpdate.objects.public().select_related("pledge__city", "author"),
        "",
        ("status", *_both("what_changed", "reason", "obstacles"), "obstacle_kind", "evidence"),
    ),
    PublicKind.CITY: Watched(lambda: City.objects.shown().select_related("region"), "members.CityEvent", FACTS),
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A field in words, as it was when the moderator last looked (None: they have not seen it) and as it is."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Entry:
    """A public row to look at: its record, the row, its title, and what is new."""

    record: PublicRecord
    row: Any
    city: City
    title: Text
    is_new: bool
    differences: list[Difference]

    @property
    def takedown_kind(self) -> str:
        return self.record.kind

    @property
    def desk(self) -> str:
        """The path of its page on the desk."""
        return takedown.KINDS[self.record.kind].desk(self.row)


def seat_of(user: User) -> PatrolSeat:
    """How far `user` has got; not saved before they first tick something off."""
    seat = PatrolSeat.objects.filter(moderator=user).first()
    if seat:
        return seat
    since = timezone.now() - FIRST_LOOK
    record = PublicRecord.objects.filter(changed_at__lt=since).order_by("-pk").first()
    return PatrolSeat(moderator=user, up_to=record.pk if record else 0, up_to_at=record.changed_at if record else EPOCH)


def waiting(user: User, seat: PatrolSeat) -> models.QuerySet[PublicRecord]:
    """The records that `user` has not ticked off, in commit order."""
    ticked = PatrolTick.objects.filter(moderator=user, record=OuterRef("pk"))
    own = list(user.memberships.values_list("city_id", flat=True))
    # A pledge gets a new record with each milestone and update of it too; these have records of their own.
    changed = apps.get_model("commitments.PledgeEvent").objects.filter(
        pgh_obj=OuterRef("key"), pgh_created_at__gte=seat.up_to_at - LONGEST_TRANSACTION
    )
    rows = PublicRecord.objects.filter(pk__gt=seat.up_to, kind__in=list(WATCHED), removed_at=None)
    rows = rows.filter(~Q(kind=PublicKind.PLEDGE) | Exists(changed))
    return rows.exclude(city_key__in=own).filter(~Exists(ticked)).order_by("pk")


def entries(records: Iterable[PublicRecord], user: User, seat: PatrolSeat, language: str) -> list[Entry]:
    """The entries for a page of `records`: two queries per kind, and one for the ticks."""
    by_kind: dict[str, list[PublicRecord]] = defaultdict(list)
    for record in records:
        by_kind[record.kind].append(record)
    keys = [record.key for of_kind in by_kind.values() for record in of_kind]
    ticks = PatrolTick.objects.filter(moderator=user, key__in=keys).values_list("kind", "key", "record_at")
    seen_at = {(kind, key): at for kind, key, at in ticks}
    found = [
        entry for kind, of_kind in by_kind.items() for entry in _entries(kind, of_kind, seen_at, seat, language)
    ]  # fmt: skip
    return sorted(found, key=lambda entry: entry.record.pk)


def _entries(kind: str, records: list[PublicRecord], seen_at: dict, seat: PatrolSeat, language: str) -> list[Entry]:
    watched, of = WATCHED[kind], takedown.KINDS[kind]
    rows = watched.rows().in_bulk([record.key for record in records])
    histories = _histories(watched, list(rows))
    made = []
    for record in records:
        row = rows.get(record.key)
        if row is None:  # of a city that has left, or taken down a moment ago
            continue
        seen = max(seat.up_to_at, seen_at.get((kind, record.key), EPOCH))
        before = next((event for event in histories[record.key] if event.pgh_created_at <= seen), None)
        made.append(
            Entry(
                record, row, of.city(row), of.title(row, language), before is None, _differences(watched, before, row)
            )
        )
    return made


def _histories(watched: Watched, keys: list[int]) -> dict[int, list]:
    """The events of each key, the newest first."""
    found: dict[int, list] = defaultdict(list)
    if watched.history:
        events = apps.get_model(watched.history).objects.filter(pgh_obj__in=keys).order_by("-pgh_id")
        if watched.history == "members.CityEvent":
            events = events.select_related("region")
        for event in events:
            found[event.pgh_obj_id].append(event)
    return found


def _differences(watched: Watched, before: Any, row: Any) -> list[Difference]:
    """What is new since `before`; all fields that are filled in, if it is None."""
    compared = []
    for name in watched.fields:
        old = _in_words(before, name) if before else None
        new = _in_words(row, name)
        if (old is None and new) or (old is not None and old != new):
            compared.append(Difference(_label(row, name), old, new))
    return compared


def _in_words(row: Any, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, list):
        return "\n".join(value)
    if isinstance(value, Country):
        return str(value.name)
    if isinstance(value, dt.date):
        precision = getattr(row, precision_of(name), "")
        return written_out(as_partial(value, precision)) if precision else date_format(value)
    field = type(row)._meta.get_field(name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value or ""))
    return "" if value is None else str(value)


def _label(row: Any, name: str) -> str:
    """“Title (French)”."""
    label = capfirst(str(type(row)._meta.get_field(name).verbose_name))
    base, _underscore, code = name.rpartition("_")
    if base and code in CODES:
        label = capfirst(str(type(row)._meta.get_field(base).verbose_name))
        return _("%(field)s (%(language)s)") % {
            "field": label,
            "language": _("French") if code == "fr" else _("English"),
        }
    return label


@transaction.atomic
def tick(record: PublicRecord, *, by: User) -> None:
    """Tick one record off. Safe to repeat."""
    PatrolTick.objects.update_or_create(
        moderator=by, kind=record.kind, key=record.key, defaults={"record": record.pk, "record_at": record.changed_at}
    )


@transaction.atomic
def tick_up_to(record: PublicRecord, *, by: User) -> None:
    """Tick off everything up to and including `record`. Never goes back."""
    seat = PatrolSeat.objects.select_for_update().filter(moderator=by).first() or seat_of(by)
    if record.pk > seat.up_to:
        seat.up_to, seat.up_to_at = record.pk, record.changed_at
        seat.save()
        PatrolTick.objects.filter(moderator=by, record__lte=record.pk).delete()
