"""The mails of the desk to moderators: of each submission, of those of a day, of one that nobody took.

Who acts for a city has no mail about it. `prepare_*` make the rows that are due, which the database holds unique; the
tasks send and stamp them.
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
# Where no worker ran at 08:00, the mail leaves late, but not on the next day: the next one says the same.
LATEST = dt.timedelta(hours=20)
MOST_SUBMISSIONS = 30
# In the mail of a day, in characters.
MOST_OF_A_SUMMARY = 300


def who_chose(users: QuerySet[User], choice: str) -> QuerySet[User]:
    """Those of `users` who want that mail. Who has chosen nothing wants one for each submission."""
    if choice == MailChoice.EACH:
        return users.exclude(Exists(ModeratorMail.objects.filter(user=OuterRef("pk")).exclude(choice=choice)))
    return users.filter(Exists(ModeratorMail.objects.filter(user=OuterRef("pk"), choice=choice)))


# --- Of each submission ----------------------------------------------------------------------------------------------


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
    """What a mail says of a submission; `revision` is described."""
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
    """Make the rows of today's mail for those who want one a day, at 08:00 on their clock; returns how many are new."""
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
    # Compared in UTC: two times of one zone are subtracted by the clock on the wall, whatever the change of its hour.
    waited = now.astimezone(dt.UTC) - due_at.astimezone(dt.UTC)
    return local.date() if dt.timedelta(0) <= waited < LATEST else None


def render_digest(digest: SubmissionDigest) -> list[EmailMultiAlternatives]:
    """The mail of what came since the last one and still waits; none where nothing does, or the choice has changed."""
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
    """When the mail before this one left; a day before this one, where there was none."""
    before = SubmissionDigest.objects.filter(user=digest.user, day__lt=digest.day, mailed_at__isnull=False)
    left_at = before.order_by("-day").values_list("mailed_at", flat=True).first()
    return left_at or digest.created_at - dt.timedelta(days=1)


# --- Of one that nobody took -----------------------------------------------------------------------------------------


def prepare_reminders() -> int:
    """Make the rows of submissions that nobody looks after, half of the agreed days after they came; returns how many
    are new."""
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
    """The mails to all moderators but those who want none; none where somebody has taken or decided it meanwhile."""
    revision = reminder.revision
    still = Revision.objects.filter(pk=revision.pk, status=Status.SUBMITTED, submitted_at=reminder.submitted_at)
    if not still.filter(~queue.held()).exists():
        return []
    unwilling = ModeratorMail.objects.filter(user=OuterRef("pk"), choice=MailChoice.NONE)
    return _to_each_language("desk_unassigned", revision, deciders(revision).exclude(Exists(unwilling)))
