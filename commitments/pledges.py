"""Recording a pledge, reporting progress, taking a report down: the one door for each.

Officials answer for their city, so nobody moderates a pledge. Who may call these is decided by the querysets that
fetched the city or the pledge (`City.objects.editable_by`, `Pledge.objects.editable_by`).
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
    """Append `update` to the pledge, whose status becomes that of its latest update.

    An update dated before the latest one, or before the day the pledge was recorded with its status, fills in the
    past and leaves the status as it is.
    ValidationError when it is dated in the future.
    """
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=pledge.pk)
    if update.reported_on > tomorrow_somewhere():
        message = _("An update tells what has happened: it cannot be dated in the future.")
        raise ValidationError({"reported_on": message})
    update.pledge, update.author = pledge, by
    update.full_clean()
    update.save()
    latest = pledge.updates.standing().newest_first()[0]
    if latest.reported_on >= timezone.localdate(pledge.created_at):
        pledge.status = latest.status
        pledge.save(update_fields=["status", "updated_at"])
    return update


def tomorrow_somewhere() -> dt.date:
    """The latest date that it is anywhere on Earth now: a reporter's today may be the server's tomorrow."""
    return (timezone.now() + dt.timedelta(hours=14)).date()


@transaction.atomic
def take_down(update: ProgressUpdate, *, by: User) -> None:
    """Show `update` to nobody any more; it is kept. The pledge keeps the status it was given."""
    ProgressUpdate.objects.standing().filter(pk=update.pk).update(taken_down_at=timezone.now(), taken_down_by=by)
