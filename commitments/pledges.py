"""Actions on pledges, their milestones and updates: draft, publish, report, take down, delete.

Nobody moderates a pledge. Callers fetch cities and pledges with `editable_by`. Functions that change public words ask
`members.proposals`: in a city with its own sign-off, only focal points may use them. Every editor may take something
down, since someone's safety may depend on it.
"""

import datetime as dt
from typing import TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.models import Milestone, Pledge, ProgressUpdate
from members import proposals
from members.models import City, Proposal, User
from scn_portal.base.days import latest_today

Row = TypeVar("Row", bound=Pledge | ProgressUpdate | Milestone)


def draft(pledge: Pledge, *, city: City, by: User) -> Pledge:
    """Save a new pledge of `city`, which only the city sees."""
    pledge.city, pledge.created_by = city, by
    pledge.full_clean()
    pledge.save()
    return pledge


@transaction.atomic
def publish(pledge: Pledge, *, by: User) -> Pledge:
    """Show a draft to the public, from now on.

    Raises ValidationError if it already was published, or if a focal point has to release it.
    """
    pledge = _locked(pledge)
    proposals.require_release(by, pledge.city)
    if not pledge.is_draft:
        raise ValidationError(_("This pledge has already been published."))
    pledge.published_at = timezone.now()
    pledge.full_clean()
    pledge.save(update_fields=["published_at", "updated_at"])
    proposals.settle(f"pledge:{pledge.pk}")
    return pledge


def propose(pledge: Pledge, *, by: User) -> Proposal:
    """Ask the focal points of its city to publish a draft. Raises ValidationError if it already was published."""
    if not pledge.is_draft:
        raise ValidationError(_("This pledge has already been published."))
    return proposals.propose(f"pledge:{pledge.pk}", city=pledge.city, by=by)


def require_release(pledge: Pledge, *, by: User) -> None:
    """Raise ValidationError if `by` may not change the pledge: it was published, its city has its own sign-off, and
    `by` is no focal point.

    Call this before saving a change of a pledge, its result or a milestone.
    """
    # This includes a pledge that was taken down: the staff may show it again, with the words that it has then.
    if not pledge.is_draft:
        proposals.require_release(by, pledge.city)


@transaction.atomic
def report(pledge: Pledge, update: ProgressUpdate, *, by: User, released: Proposal | None = None) -> ProgressUpdate:
    """Append `update` to the pledge, which gets its status unless a later update stands.

    `released` is the proposal that `by` publishes with it; the person who proposed it stays the author. Raises
    ValidationError if it is dated in the future, if the pledge is not public, or if a focal point has to release it.
    """
    pledge = _locked(pledge)
    proposals.require_release(by, pledge.city)
    if released:
        proposals.take(released, about=f"update:{pledge.pk}")
    if not pledge.is_public:
        raise ValidationError(_("Progress is reported on public pledges only."))
    if update.reported_on > latest_today():
        message = _("The date cannot be in the future: an update says what has already happened.")
        raise ValidationError({"reported_on": message})
    update.pledge, update.author = pledge, released.by if released else by
    update.full_clean()
    update.save()
    if sets_status(update):
        pledge.status = update.status
        pledge.save(update_fields=["status", "updated_at"])
    return update


def sets_status(update: ProgressUpdate) -> bool:
    """Whether no later update of its pledge stands."""
    return not update.pledge.updates.standing().filter(reported_on__gt=update.reported_on).exists()


@transaction.atomic
def take_down(row: Row, *, reason: str, by: User) -> Row:
    """Hide a published pledge, a milestone or a progress update from the public, for `reason`; its city can still read
    it.

    The status of the pledge does not change. Raises ValidationError if there is nothing public to take down.
    """
    row = _locked(row)
    if row.taken_down_at or (isinstance(row, Pledge) and row.is_draft):
        raise ValidationError(_("It is not public."))
    row.taken_down_at, row.taken_down_by, row.taken_down_reason = timezone.now(), by, reason
    row.save(update_fields=["taken_down_at", "taken_down_by", "taken_down_reason"])
    return row


@transaction.atomic
def delete(pledge: Pledge) -> None:
    """Delete a pledge that was never published, with its milestones. Raises ValidationError for any other."""
    pledge = _locked(pledge)
    if not pledge.is_draft:
        raise ValidationError(_("A published pledge can be taken down, not deleted."))
    pledge.milestones.all().delete()
    proposals.settle(f"pledge:{pledge.pk}")
    pledge.delete()


@transaction.atomic
def delete_milestone(milestone: Milestone, *, by: User) -> None:
    """Delete a milestone; history keeps it. Raises ValidationError as `require_release` does."""
    require_release(milestone.pledge, by=by)
    _locked(milestone).delete()


@transaction.atomic
def reach(milestone: Milestone, *, on: dt.date, by: User) -> Milestone:
    """Mark a milestone as reached `on` that day; if it is reached already, it does not change.

    Raises ValidationError for a day in the future, and as `require_release` does.
    """
    require_release(milestone.pledge, by=by)
    milestone = _locked(milestone)
    if milestone.done_on is None:
        milestone.done_on = on
        milestone.clean()
        milestone.save(update_fields=["done_on"])
    return milestone


def _locked(row: Row) -> Row:
    """The row as it is now, locked until the transaction ends. Raises ValidationError if it was deleted."""
    found = type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if found is None:
        raise ValidationError(_("It has been deleted meanwhile."))
    return cast(Row, found)
