"""What has changed in a pledge since it was published, read from history, whoever changed it and by whatever way."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db.models import CharField, F, QuerySet, Subquery, Value, Window
from django.db.models.functions import Cast, Coalesce, Lag
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Milestone, Pledge
from scn_portal.base.languages import CODES, Text

MAX_CHANGES = 20
MAX_EVENTS = 200
TEXTS = {"title": _("Title"), "description": _("Description"), "target": _("Target")}
DATES = {"announced_on": _("Announced or adopted"), "starts_on": _("Starts on")}


@dataclass(frozen=True)
class DateChange:
    """A due date was set, moved or removed, for `reason` where one was given.

    `milestone` is None where it is the due date of the pledge itself.
    """

    changed_at: dt.datetime
    before: dt.date | None
    after: dt.date | None
    milestone: Milestone | None = None
    reason: Text | None = None

    @property
    def is_extension(self) -> bool:
        return bool(self.before and self.after and self.after > self.before)


@dataclass(frozen=True)
class WordChange:
    """A text of one language, or another date, was changed; empty where there was, or is, none. `label` names it."""

    changed_at: dt.datetime
    label: str | Promise
    before: Text
    after: Text
    is_date: bool = False


def open_changes(pledge: Pledge) -> tuple[list[DateChange], list[WordChange]]:
    """The newest MAX_CHANGES changes of due dates, and of words and other dates, newest first: two queries.

    Changes of the pledge count from its publication on, those of a milestone from when it was first recorded since.
    """
    events = apps.get_model("commitments.PledgeEvent").objects.filter(pgh_obj=pledge.pk, published_at__isnull=False)
    newest = list(events.order_by("-pgh_id")[: MAX_EVENTS + 1])
    pairs = list(zip(newest[1:], newest, strict=False))
    dates = [_due_date(before, after) for before, after in pairs if before.due_on != after.due_on]
    dates += _of_milestones(pledge)
    dates.sort(key=lambda change: change.changed_at, reverse=True)
    words = [change for before, after in pairs for change in _words(before, after)]
    return dates[:MAX_CHANGES], words[:MAX_CHANGES]


def _due_date(before, after) -> DateChange:
    is_given = after.extension_noted_at and after.extension_noted_at != before.extension_noted_at
    reason = Text(after.extension_reason, after.extension_language) if is_given else None
    return DateChange(after.pgh_created_at, before.due_on, after.due_on, reason=reason)


def _words(before, after) -> Iterator[WordChange]:
    for name, label in TEXTS.items():
        for code in CODES:
            was, is_now = (getattr(event, f"{name}_{code}") or "" for event in (before, after))
            if was != is_now:
                yield WordChange(after.pgh_created_at, label, Text(was, code), Text(is_now, code))
    for name, label in DATES.items():
        was, is_now = (str(getattr(event, name) or "") for event in (before, after))
        if was != is_now:
            yield WordChange(after.pgh_created_at, label, Text(was, ""), Text(is_now, ""), is_date=True)


def _of_milestones(pledge: Pledge) -> Sequence[DateChange]:
    events = apps.get_model("commitments.MilestoneEvent").objects
    events = events.filter(pgh_obj__pledge=pledge.pk, pgh_obj__taken_down_at=None)
    published = apps.get_model("commitments.PledgeEvent").objects.filter(pgh_obj=pledge.pk, published_at__isnull=False)
    first = published.order_by("pgh_id").values("pgh_created_at")[:1]
    moved = _moved(events.select_related("pgh_obj")).filter(pgh_created_at__gte=Subquery(first))
    return [_change(event) for event in moved.order_by("-pgh_id")[:MAX_CHANGES]]


def _moved(events: QuerySet) -> QuerySet:
    due = Coalesce(Cast("due_on", CharField()), Value(""))
    # Null for the first event alone, since `due` never is: what was there from the start has not moved.
    before = Window(Lag("due"), partition_by="pgh_obj", order_by="pgh_id")
    changed = events.annotate(due=due).annotate(due_before=before).filter(due_before__isnull=False)
    return changed.exclude(due=F("due_before"))


def _change(event) -> DateChange:
    before = dt.date.fromisoformat(event.due_before) if event.due_before else None
    return DateChange(event.pgh_created_at, before, event.due_on, event.pgh_obj)
