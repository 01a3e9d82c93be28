"""The mails of the desk to moderators: about each submission, about those of a day, and about one that nobody took.

Moderators who act for a city get no mail about it. `prepare_*` create the rows that are due, which are unique in the
database; the tasks send and stamp them.
"""

import datetime as dt
import zoneinfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import override

from members.models import User
from practices import queue
from practices.choices import Status
from practices.models import DeskSettings, MailChoice, ModeratorMail, Revision, SubmissionDigest, UnassignedReminder
from practices.permissions import deciders, moderators
from scn_portal.base import mail
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url

LEAVES_AT = dt.time(8)
# If no worker ran at 08:00, the mail is sent late, but not on the next day: the next mail says the same.
LATEST = dt.timedelta(hours=20)
MOST_SUBMISSIONS = 30
# In the mail of a day, in characters.
MOST_OF_A_SUMMARY = 300


def who_chose(users: QuerySet[User], choice: str) -> QuerySet[User]:
    """The `users` who want that mail. A user without a choice gets one for each submission."""
    if choice == MailChoice.EACH:
        return users.exclude(Exists(ModeratorMail.objects.filter(user=OuterRef("pk")).exclude(choice=choice)))
    return users.filter(Exists(ModeratorMail.objects.filter(user=OuterRef("pk"), choice=choice)))


# --- About each submission -------------------------------------------------------------------------------------------


def of_submission(revision: Revision) -> list[EmailMultiAlternatives]:
    """The mails that say that `revision` was submitted: one for each language, to blind copies."""
    return _to_each_language("practice_submitted", revision, who_chose(deciders(revision), MailChoice.EACH))


def _to_each_language(
    name: str, revision: Revision, readers: QuerySet[User], **context: object
) -> list[EmailMultiAlternatives]:
    mails = []
    for language in CODES:
        if addresses := sorted(readers.filter(language=language).values_list("email", flat=True)):
            about = _about(queue.described(Revision.objects.filter(pk=revision.pk)).get(), language)
            message = mail.compose(
                name, to=[], language=language, context=about | context, headers={"Reply-To": settings.CONTACT_EMAIL}
            )
            message.bcc = addresses
            mails.append(message)
    return mails


def _about(revision: Revision, language: str) -> dict:
    """The context of a mail about a submission; `revision` comes from `queue.described`."""
    summary = revision.text("summary", language)
    with override(language):
        link = absolute_url(reverse("desk_revision", args=[revision.pk]))
    return {
        "kind": revision.kind,
        "title": revision.text("title", language),
        "summary": summary,
        "summary_begins": Truncator(" ".join(summary.value.split())).chars(MOST_OF_A_SUMMARY),
        "city": revision.practice.city.text("name", language),
        "country": revision.practice.city.country.name,
        "written_in": revision.source_language,
        "translated": bool(revision.title_fr and revision.title_en),
        "days": queue.days_since(revision.first_submitted_at),
        "desk_link": link,
    }


# --- Once a day ------------------------------------------------------------------------------------------------------


def prepare_digests() -> int:
    """Create the rows of today's mail for moderators who want one a day, at 08:00 in their time zone; returns how many
    are new."""
    now, made = timezone.now(), 0
    readers = who_chose(moderators(), MailChoice.DAILY)
    for zone in readers.order_by().values_list("time_zone", flat=True).distinct():
        if day := _due_in(zone, now):
            missing = readers.filter(time_zone=zone).exclude(submission_digests__day=day)
            rows = [SubmissionDigest(user=reader, day=day) for reader in missing]
            made += len(rows)
            SubmissionDigest.objects.bulk_create(rows, ignore_conflicts=True)
    return made


def _due_in(zone: str, now: dt.datetime) -> dt.date | None:
    """Today in `zone`, if its 08:00 was less than LATEST ago."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    due_at = dt.datetime.combine(local.date(), LEAVES_AT, tzinfo=local.tzinfo)
    # Compared in UTC: Python subtracts two times of one zone by the wall clock, ignoring a change to or from summer
    # time.
    waited = now.astimezone(dt.UTC) - due_at.astimezone(dt.UTC)
    return local.date() if dt.timedelta(0) <= waited < LATEST else None


def render_digest(digest: SubmissionDigest) -> list[EmailMultiAlternatives]:
    """The mail about the submissions that came since the last mail and still wait; none if there are none, or if the
    reader no longer wants a daily mail."""
    reader = digest.user
    if not who_chose(moderators().filter(pk=reader.pk), MailChoice.DAILY).exists():
        return []
    with override(reader.language), timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        came = list(queue.waiting_for(reader).filter(submitted_at__gt=_since(digest))[: MOST_SUBMISSIONS + 1])
        if not came:
            return []
        context = {
            "count": len(came),
            "submissions": [_about(revision, reader.language) for revision in came[:MOST_SUBMISSIONS]],
            "more": len(came) > MOST_SUBMISSIONS,
            "queue_link": absolute_url(reverse("desk")),
            "choices_link": absolute_url(reverse("desk_mails")),
        }
        headers = {"Message-ID": digest.message_id, "Reply-To": settings.CONTACT_EMAIL}
        return [mail.compose("desk_day", to=[reader.email], language=reader.language, context=context, headers=headers)]


def _since(digest: SubmissionDigest) -> dt.datetime:
    """When the mail before this one was sent; if there was none, a day before this one."""
    before = SubmissionDigest.objects.filter(user=digest.user, day__lt=digest.day, mailed_at__isnull=False)
    left_at = before.order_by("-day").values_list("mailed_at", flat=True).first()
    return left_at or digest.created_at - dt.timedelta(days=1)


# --- About one that nobody took --------------------------------------------------------------------------------------


def prepare_reminders() -> int:
    """Create the rows for submissions that nobody looks after and that have waited for half of the agreed days; returns
    how many are new."""
    half = dt.timedelta(days=DeskSettings.load().answer_days) / 2
    late = Revision.objects.filter(status=Status.SUBMITTED, submitted_at__lte=timezone.now() - half)
    told = UnassignedReminder.objects.filter(revision=OuterRef("pk"), submitted_at=OuterRef("submitted_at"))
    rows = [
        UnassignedReminder(revision=revision, submitted_at=revision.submitted_at)
        for revision in late.filter(~queue.held()).exclude(Exists(told))
        if revision.submitted_at
    ]
    UnassignedReminder.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def render_reminder(reminder: UnassignedReminder) -> list[EmailMultiAlternatives]:
    """The mails to all moderators except those who want none; none if somebody has taken or decided the submission
    meanwhile."""
    revision = reminder.revision
    still = Revision.objects.filter(pk=revision.pk, status=Status.SUBMITTED, submitted_at=reminder.submitted_at)
    if not still.filter(~queue.held()).exists():
        return []
    unwilling = ModeratorMail.objects.filter(user=OuterRef("pk"), choice=MailChoice.NONE)
    return _to_each_language("desk_unassigned", revision, deciders(revision).exclude(Exists(unwilling)))
