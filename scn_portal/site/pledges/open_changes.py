"""Changes of a pledge since it was published, read from history, no matter who made them and how."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db.models import CharField, F, QuerySet, Subquery, Value, Window
from django.db.models.functions import Cast, Coalesce, Concat, Lag
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Milestone, Pledge
from scn_portal.base.languages import CODES, Text
from scn_portal.base.partial_dates import Precision, as_partial, last_day, precision_of

MAX_CHANGES = 20
MAX_EVENTS = 200
TEXTS = {"title": _("Title"), "description": _("Description"), "target": _("Target")}
DATES = {"announced_on": _("Announced or adopted"), "starts_on": _("Start")}


@dataclass(frozen=True)
class DateChange:
    """A due date, which may be partial, was set, moved or removed, for `reason` if one was given.

    `before` or `after` is "" if there was, or is, no date. `milestone` is None if it is the due date of the pledge
    itself.
    """

    changed_at: dt.datetime
    before: str
    after: str
    milestone: Milestone | None = None
    reason: Text | None = None

    @property
    def is_extension(self) -> bool:
        return bool(self.before and self.after) and last_day(self.after) > last_day(self.before)


@dataclass(frozen=True)
class WordChange:
    """A text in one language, or another date, was changed. `before` or `after` is empty if there was, or is, none.
    `label` names what was changed."""

    changed_at: dt.datetime
    label: str | Promise
    before: Text
    after: Text
    is_date: bool = False


def open_changes(pledge: Pledge) -> tuple[list[DateChange], list[WordChange]]:
    """The newest MAX_CHANGES changes of due dates, and of words and other dates, newest first: two queries.

    Changes of the pledge count from its publication on, those of a milestone from its first event after that.
    """
    events = apps.get_model("commitments.PledgeEvent").objects.filter(pgh_obj=pledge.pk, published_at__isnull=False)
    newest = list(events.order_by("-pgh_id")[: MAX_EVENTS + 1])
    pairs = list(zip(newest[1:], newest, strict=False))
    dates = [_due_date(before, after) for before, after in pairs if _due(before) != _due(after)]
    dates += _of_milestones(pledge)
    dates.sort(key=lambda change: change.changed_at, reverse=True)
    words = [change for before, after in pairs for change in _words(before, after)]
    return dates[:MAX_CHANGES], words[:MAX_CHANGES]


def _due_date(before, after) -> DateChange:
    reason = _reason(after, noted_before=before.extension_noted_at)
    return DateChange(after.pgh_created_at, _due(before), _due(after), reason=reason)


def _due(event) -> str:
    return as_partial(event.due_on, event.due_precision)


def _reason(event, *, noted_before: dt.datetime | None) -> Text | None:
    """The reason that was given with this event; None if the event still has the reason of an earlier move."""
    is_given = event.extension_noted_at and event.extension_noted_at != noted_before
    return Text(event.extension_reason, event.extension_language) if is_given else None


def _words(before, after) -> Iterator[WordChange]:
    for name, label in TEXTS.items():
        for code in CODES:
            was, is_now = (getattr(event, f"{name}_{code}") or "" for event in (before, after))
            if was != is_now:
                yield WordChange(after.pgh_created_at, label, Text(was, code), Text(is_now, code))
    for name, label in DATES.items():
        was, is_now = (_date(event, name) for event in (before, after))
        if was != is_now:
            yield WordChange(after.pgh_created_at, label, Text(was, ""), Text(is_now, ""), is_date=True)


def _date(event, name: str) -> str:
    return as_partial(getattr(event, name), getattr(event, precision_of(name), Precision.DAY))


def _of_milestones(pledge: Pledge) -> Sequence[DateChange]:
    events = apps.get_model("commitments.MilestoneEvent").objects
    events = events.filter(pgh_obj__pledge=pledge.pk, pgh_obj__taken_down_at=None)
    published = apps.get_model("commitments.PledgeEvent").objects.filter(pgh_obj=pledge.pk, published_at__isnull=False)
    first = published.order_by("pgh_id").values("pgh_created_at")[:1]
    moved = _moved(events.select_related("pgh_obj")).filter(pgh_created_at__gte=Subquery(first))
    return [_change(event) for event in moved.order_by("-pgh_id")[:MAX_CHANGES]]


def _moved(events: QuerySet) -> QuerySet:
    # With the precision: the last day of a year is not the same as the year.
    due = Coalesce(Concat(Cast("due_on", CharField()), "due_precision", output_field=CharField()), Value(""))
    before = {
        f"{name}_before": Window(Lag(name), partition_by="pgh_obj", order_by="pgh_id")
        for name in ("due", "due_on", "due_precision", "extension_noted_at")
    }
    # Null only for the first event, since `due` is never null: a date that was there from the start has not moved.
    changed = events.annotate(due=due).annotate(**before).filter(due_before__isnull=False)
    return changed.exclude(due=F("due_before"))


def _change(event) -> DateChange:
    before = as_partial(event.due_on_before, event.due_precision_before)
    reason = _reason(event, noted_before=event.extension_noted_at_before)
    return DateChange(event.pgh_created_at, before, _due(event), event.pgh_obj, reason)
