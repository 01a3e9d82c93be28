"""Recording a pledge, reporting progress, taking a report down.

Nobody moderates a pledge. These functions check no permission: callers fetch cities and pledges with `editable_by`.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.models import Pledge, ProgressUpdate
from members.models import City, User


def record(pledge: Pledge, *, city: City, by: User) -> Pledge:
    """Save a new pledge of `city`, public at once."""
    pledge.city, pledge.created_by = city, by
    pledge.full_clean()
    pledge.save()
    return pledge


@transaction.atomic
def report(pledge: Pledge, update: ProgressUpdate, *, by: User) -> ProgressUpdate:
    """Append `update` to the pledge, which takes the status of its latest update.

    An update dated before another one, or before the pledge was recorded, leaves the status as it is. Raises
    ValidationError if it is dated in the future.
    """
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge.pk)
    if update.reported_on > latest_date_on_earth():
        message = _("The date cannot be in the future: an update says what has already happened.")
        raise ValidationError({"reported_on": message})
    update.pledge, update.author = pledge, by
    update.full_clean()
    update.save()
    latest = pledge.updates.standing().newest_first()[0]
    if latest.reported_on >= timezone.localdate(pledge.created_at):
        pledge.status = latest.status
        pledge.save(update_fields=["status", "updated_at"])
    return update


def latest_date_on_earth() -> dt.date:
    """The date in the easternmost time zone: the reporter's today may be the server's tomorrow."""
    return (timezone.now() + dt.timedelta(hours=14)).date()


@transaction.atomic
def take_down(update: ProgressUpdate, *, by: User) -> None:
    """Hide `update` from everybody; it is kept. The status of the pledge does not change."""
    ProgressUpdate.objects.standing().filter(pk=update.pk).update(taken_down_at=timezone.now(), taken_down_by=by)
