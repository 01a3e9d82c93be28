"""The page of a pledge."""

import datetime as dt

from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from commitments.models import Milestone, Pledge, ProgressUpdate
from scn_portal.site.pledges.date_changes import date_changes
from scn_portal.site.sharing.calendars import with_deadlines

MAX_UPDATES = 100
MAX_MILESTONES = 100


@require_safe
@login_not_required
def pledge_detail(request, pk: int):
    """A pledge, its milestones, the progress reported on it, and how its dates have moved: five queries.

    The pledges of a city that has left keep their pages, as they do in the API.
    """
    pledge = get_object_or_404(_public(), pk=pk)
    updates = pledge.shown_updates
    context = {
        "pledge": pledge,
        "updates": updates,
        "milestones": pledge.shown_milestones,
        "status_as_of": _status_as_of(pledge),
        "date_changes": date_changes(pledge),
        "is_cut": len(updates) == MAX_UPDATES or len(pledge.shown_milestones) == MAX_MILESTONES,
    }
    return render(request, "site/pledges/pledge_detail.html", context)


def _public() -> QuerySet[Pledge]:
    updates = ProgressUpdate.objects.standing().order_by("-reported_on", "-pk")[:MAX_UPDATES]
    milestones = Milestone.objects.order_by(F("due_on").asc(nulls_last=True), "pk")[:MAX_MILESTONES]
    pledges = Pledge.objects.select_related("city__region", "commitment__declaration").prefetch_related(
        Prefetch("updates", updates, to_attr="shown_updates"),
        Prefetch("milestones", milestones, to_attr="shown_milestones"),
    )
    of_its_city = with_deadlines(Pledge.objects.filter(city=OuterRef("city")))
    return pledges.with_last_change().annotate(city_has_deadlines=Exists(of_its_city))


def _status_as_of(pledge: Pledge) -> dt.date:
    """The day of the latest update where it gives the status, else the day the pledge was recorded."""
    latest = next(iter(pledge.shown_updates), None)
    if latest and latest.status == pledge.status:
        return latest.reported_on
    return timezone.localdate(pledge.created_at)
