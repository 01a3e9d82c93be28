"""How staff share the work of the moderation desk: who looks after what, what was agreed, and which mails each
moderator wants."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import User
from practices.models.practice import Revision
from scn_portal.base.mail import QueuedMail, new_message_id

MOST_DAYS = 365


class HoldQuerySet(models.QuerySet):
    def current(self) -> "HoldQuerySet":
        """The holds in force: not ended, not expired, and taken since the text was last submitted."""
        standing = self.filter(ended_at=None, ends_at__gt=timezone.now())
        return standing.filter(taken_at__gte=F("revision__submitted_at"))


class Hold(QueuedMail):
    """A moderator looks after a submission, so that colleagues leave it to them. It warns; it locks nothing.

    Created and ended only by `practices.holds`. It ends by itself at `ends_at`. If a colleague handed it over,
    `given_by` is that colleague, `word` is what they wrote, and the row is also the mail to the holder.
    """

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="holds")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="holds")
    taken_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    word = models.TextField(_("a word"), blank=True, max_length=2000)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["taken_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision"],
                condition=Q(ended_at=None),
                name="hold_one_a_revision",
                violation_error_message=_("Somebody already looks after this submission."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("taken_at")) & (Q(ended_at=None) | Q(ended_at__gte=F("taken_at"))),
                name="hold_ends_after_it_begins",
                violation_error_message=_("It ends after it begins."),
            ),
            models.CheckConstraint(
                condition=Q(word="") | Q(given_by__isnull=False),
                name="hold_word_is_of_somebody",
                violation_error_message=_("A word comes with who handed it over."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.holder} · {self.taken_at:%Y-%m-%d}"


class DeskSettings(models.Model):
    """What the staff agreed on for their desk, in one row. Read it with `load`."""

    answer_days = models.PositiveSmallIntegerField(
        _("days until something is overdue"),
        default=10,
        validators=[MinValueValidator(2), MaxValueValidator(MOST_DAYS)],
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="desk_settings_one_row"),
            models.CheckConstraint(
                condition=Q(answer_days__range=(2, MOST_DAYS)),
                name="desk_settings_answer_days",
                violation_error_message=_("Enter a number of days from 2 to 365."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer_days}"

    @classmethod
    def load(cls) -> "DeskSettings":
        """The row; if there is none yet, an unsaved one with the defaults."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class MailChoice(models.TextChoices):
    """When a moderator gets mails about submissions."""

    EACH = "each", _("An email for each submission")
    DAILY = "daily", _("One email a day, at 08:00 on your clock")
    NONE = "none", _("No email about submissions")


class ModeratorMail(models.Model):
    """The mails about submissions that a moderator wants. Without a row: a mail for each submission."""

    Choice = MailChoice

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="moderator_mail")
    choice = models.CharField(_("Emails about submissions"), max_length=10, choices=MailChoice, default=MailChoice.EACH)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(choice__in=MailChoice.values), name="moderator_mail_choice_known")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.choice}"


class SubmissionDigest(QueuedMail):
    """The mail of one day to a moderator who wants one a day. The text is not stored, as for a weekly reminder."""

    user = models.ForeignKey(User, models.CASCADE, related_name="submission_digests")
    day = models.DateField()
    message_id = models.CharField(max_length=255, default=new_message_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="submission_digest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.day}"


class UnassignedReminder(QueuedMail):
    """The reminder of a submission that nobody took: one for each time that it was submitted."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="unassigned_reminders")
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "submitted_at"], name="unassigned_reminder_once")]

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.submitted_at:%Y-%m-%d}"
