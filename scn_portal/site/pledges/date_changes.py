"""How the due dates of a pledge and of its milestones have moved, read from history."""

import datetime as dt
from dataclasses import dataclass

from django.apps import apps
from django.db.models import CharField, F, QuerySet, Value, Window
from django.db.models.functions import Cast, Coalesce, Lag

from commitments.models import Milestone, Pledge

MAX_CHANGES = 20


@dataclass(frozen=True)
class DateChange:
    """A due date was set, moved or removed. `milestone` is None where it is the due date of the pledge itself."""

    changed_at: dt.datetime
    before: dt.date | None
    after: dt.date | None
    milestone: Milestone | None = None


def date_changes(pledge: Pledge) -> list[DateChange]:
    """The newest MAX_CHANGES changes of due dates after they were first recorded, newest first: two queries."""
    of_pledge = _moved(apps.get_model("commitments.PledgeEvent").objects.filter(pgh_obj=pledge.pk))
    steps = apps.get_model("commitments.MilestoneEvent").objects.filter(pgh_obj__pledge=pledge.pk)
    of_milestones = _moved(steps.select_related("pgh_obj"))
    changes = [_change(event) for event in of_pledge]
    changes += [_change(event, event.pgh_obj) for event in of_milestones]
    return sorted(changes, key=lambda change: change.changed_at, reverse=True)[:MAX_CHANGES]


def _moved(events: QuerySet) -> QuerySet:
    due = Coalesce(Cast("due_on", CharField()), Value(""))
    # Null for the first event alone, since `due` never is: what was there from the start has not moved.
    before = Window(Lag("due"), partition_by="pgh_obj", order_by="pgh_id")
    changed = events.annotate(due=due).annotate(due_before=before).filter(due_before__isnull=False)
    return changed.exclude(due=F("due_before")).order_by("-pgh_id")[:MAX_CHANGES]


def _change(event, milestone: Milestone | None = None) -> DateChange:
    before = dt.date.fromisoformat(event.due_before) if event.due_before else None
    return DateChange(event.pgh_created_at, before, event.due_on, milestone)
