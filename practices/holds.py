"""Who looks after a submission. Only these functions create and end a Hold.

A hold warns colleagues and locks nothing. It ends by itself after three working days, with the next submission of the
text, and when somebody else takes it.
"""

import datetime as dt
import zoneinfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.models import User
from practices.choices import Status
from practices.models import Hold, Practice, Revision
from practices.permissions import may_decide
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.links import absolute_url

WORKING_DAYS = 3
SATURDAY = 5
HELD_WHILE = (Status.SUBMITTED, Status.SCHEDULED)


def ends_at(start: dt.datetime, zone: str) -> dt.datetime:
    """The same time of day three working days later, in the time zone `zone`. Holidays are not known."""
    moment, left = start.astimezone(zoneinfo.ZoneInfo(zone)), WORKING_DAYS
    while left:
        moment += dt.timedelta(days=1)
        left -= moment.weekday() < SATURDAY
    return moment.astimezone(dt.UTC)


@transaction.atomic
def take(revision: Revision, *, by: User) -> Hold:
    """`by` looks after `revision` from now on, even if somebody else did before.

    Raises ValidationError if it no longer waits, PermissionDenied if `by` may not decide about it.
    """
    return _give(revision, to=by)


@transaction.atomic
def hand_over(revision: Revision, *, to: User, by: User, word: str = "") -> Hold:
    """`to` looks after `revision` from now on, and gets a mail with the `word` of `by`. Raises as `take` does; also
    ValidationError if `to` may not decide about it."""
    if not may_decide.test(by, revision):
        raise PermissionDenied
    if not to.is_active or not may_decide.test(to, revision):
        raise ValidationError(_("%(name)s may not decide about this submission.") % {"name": to})
    hold = _give(revision, to=to, given_by=by, word=word.strip())
    run_after_commit("practices.tasks.send_hold_notices")
    return hold


@transaction.atomic
def release(revision: Revision, *, by: User) -> bool:
    """End the hold on `revision`; returns whether there was one. Raises PermissionDenied as `take` does."""
    revision = _locked(revision)
    if not may_decide.test(by, revision):
        raise PermissionDenied
    return bool(_end(revision))


def _give(revision: Revision, *, to: User, given_by: User | None = None, word: str = "") -> Hold:
    revision = _locked(revision)
    if not may_decide.test(to, revision):
        raise PermissionDenied
    if revision.status not in HELD_WHILE:
        raise ValidationError(
            _("This no longer waits: the text is now “%(status)s”.") % {"status": revision.get_status_display()}
        )
    _end(revision)
    now = timezone.now()
    return Hold.objects.create(
        revision=revision, holder=to, taken_at=now, ends_at=ends_at(now, to.time_zone), given_by=given_by, word=word,
        mailed_at=None if given_by else now,
    )  # fmt: skip


def _locked(revision: Revision) -> Revision:
    """The revision as it is now; its practice is locked, as for every decision."""
    Practice.objects.select_for_update(of=("self",)).get(pk=revision.practice_id)
    return Revision.objects.select_related("practice__city").get(pk=revision.pk)


def _end(revision: Revision) -> int:
    return Hold.objects.filter(revision=revision, ended_at=None).update(ended_at=timezone.now())


def render(hold: Hold) -> list[EmailMultiAlternatives]:
    """The mail to the person who was handed a submission; none if they no longer look after it."""
    reader, revision = hold.holder, hold.revision
    still = Hold.objects.current().filter(pk=hold.pk).exists()
    if not still or not reader.is_active or not may_decide.test(reader, revision):
        return []
    with override(reader.language), timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        context = {
            "giver": hold.given_by,
            "word": hold.word,
            "ends_at": hold.ends_at,
            "title": revision.text("title", reader.language),
            "city": revision.practice.city.text("name", reader.language),
            "desk_link": absolute_url(reverse("desk_revision", args=[revision.pk])),
        }
        headers = {"Reply-To": hold.given_by.email} if hold.given_by else {}
        return [
            mail.compose(
                "practice_handed_over", to=[reader.email], language=reader.language, context=context, headers=headers
            )
        ]
