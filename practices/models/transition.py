"""The record of what was decided about each revision."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from practices.choices import Status
from practices.models.practice import Revision
from practices.triggers import step_keeps_waiting, step_led_to_the_status
from scn_portal.base.choice_labels import label_of
from scn_portal.base.languages import Text
from scn_portal.base.mail import QueuedMail
from scn_portal.base.search.plain import part_of_words

# The statuses that decisions of the desk lead to. An index has these steps in the order of time, for lists of any of
# them.
OUTCOMES = (Status.PUBLISHED, Status.SCHEDULED, Status.SENT_BACK, Status.REJECTED, Status.ARCHIVED)


class Transition(QueuedMail):
    """A step in the history of a revision: which verb, who, when, why. Written only by `practices.moderation`.

    It is also the queued mail: to the author about a decision, to the moderators about a submission.
    """

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="transitions")
    verb = models.CharField(max_length=20)
    from_status = models.CharField(max_length=20, choices=Status)
    to_status = models.CharField(max_length=20, choices=Status)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="transitions")
    at = models.DateTimeField(default=timezone.now)
    # The words that were written with it, and their language; empty if nobody gave it.
    reason = models.TextField(blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, blank=True, default="", db_default="")
    # Whether `by` acted for the network rather than for the city.
    by_staff = models.BooleanField(default=False, db_default=False)
    # What the city tells the moderator about a submission.
    note = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["to_status", "-at"], name="transition_by_outcome"),
            part_of_words("reason", name="transition_reason_parts"),
            models.Index(fields=["-at", "-id"], name="transition_decided", condition=Q(to_status__in=list(OUTCOMES))),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="append_only",
                fields=[
                    "revision",
                    "verb",
                    "from_status",
                    "to_status",
                    "by",
                    "at",
                    "reason",
                    "note",
                    "language",
                    "by_staff",
                ],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            step_led_to_the_status(),
            step_keeps_waiting(),
        ]

    @property
    def words(self) -> Text:
        """The words that were written with it, with their language; if nobody gave it, a language that needs no
        note."""
        return Text(self.reason, self.language or get_language())

    def get_to_status_display(self) -> str:  # type: ignore[no-redef]  # instead of Django’s own
        return label_of(Status, self.to_status)

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.verb} · {self.at:%Y-%m-%d}"
