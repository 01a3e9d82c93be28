"""The page of a pledge."""

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from commitments.models import Milestone, Pledge, ProgressUpdate
from practices.evidence import with_evidence
from scn_portal.base.http.public import public_page
from scn_portal.site.pledges.open_changes import open_changes
from scn_portal.site.sharing.calendars import with_deadlines

MAX_UPDATES = 100
MAX_MILESTONES = 100


@public_page()
def pledge_detail(request, pk: int):
    """A pledge, its milestones, the progress reported on it, and how its dates have moved: eight queries.

    The pledges of a city that has left keep their pages, as they do in the API.
    """
    pledge = get_object_or_404(read_for_page(Pledge.objects.public()), pk=pk)
    return render(request, "site/pledges/pledge_detail.html", page_context(pledge))


def read_for_page(pledges: QuerySet[Pledge]) -> QuerySet[Pledge]:
    """`pledges` with everything that `page_context` shows."""
    updates = with_evidence(ProgressUpdate.objects.standing()).order_by("-reported_on", "-pk")[:MAX_UPDATES]
    milestones = Milestone.objects.standing().order_by(F("due_on").asc(nulls_last=True), "pk")[:MAX_MILESTONES]
    of_its_city = with_deadlines(Pledge.objects.public().filter(city=OuterRef("city")))
    return (
        pledges.select_related("city__region", "commitment__declaration")
        .prefetch_related(
            Prefetch("updates", updates, to_attr="shown_updates"),
            Prefetch("milestones", milestones, to_attr="shown_milestones"),
        )
        .annotate(city_has_deadlines=Exists(of_its_city))
        .with_last_change()
    )


def page_context(pledge: Pledge) -> dict[str, Any]:
    """What the page of a pledge shows; `pledge` comes from `read_for_page`."""
    updates = pledge.shown_updates
    date_changes, word_changes = open_changes(pledge)
    return {
        "pledge": pledge,
        "updates": updates,
        "milestones": pledge.shown_milestones,
        "status_as_of": _status_as_of(pledge),
        "date_changes": date_changes,
        "word_changes": word_changes,
        "is_cut": len(updates) == MAX_UPDATES or len(pledge.shown_milestones) == MAX_MILESTONES,
    }


def _status_as_of(pledge: Pledge) -> dt.date:
    """The day of the latest update if it gives the status, else the day when the pledge was recorded."""
    latest = next(iter(pledge.shown_updates), None)
    if latest and latest.status == pledge.status:
        return latest.reported_on
    return timezone.localdate(pledge.published_at)
