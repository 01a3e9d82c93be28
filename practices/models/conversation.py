"""Messages between a city and the staff about a text, and remarks among the staff."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practices.models.practice import Revision
from scn_portal.base.languages import Text
from scn_portal.base.mail import QueuedMail


def _never_changed(*fields: str) -> list:
    return [
        pgtrigger.ReadOnly(name="append_only", fields=list(fields)),
        pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
    ]


class Message(QueuedMail):
    """A question of the staff to a city about a text, or the city's answer. Written by `practices.conversation`.

    It is also the queued mail: a question goes to the author and the focal points, an answer to the staff.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        ANSWER = "answer", _("Answer of the city")

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=10, choices=Kind)
    words = models.TextField(_("words"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["question", "answer"]), name="message_kind_known"),
            models.CheckConstraint(condition=Q(language__in=["en", "fr"]), name="message_language_known"),
            models.CheckConstraint(
                condition=~Q(words=""),
                name="message_has_words",
                violation_error_message=_("Write your words first."),
            ),
        ]
        triggers = _never_changed("revision", "kind", "words", "language", "by", "at")

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.kind} · {self.at:%Y-%m-%d}"

    @property
    def text(self) -> Text:
        return Text(self.words, self.language)


class Remark(models.Model):
    """A remark of a staff member about a text for the others. No official ever reads it."""

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="remarks")
    words = models.TextField(_("remark"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(words=""),
                name="remark_has_words",
                violation_error_message=_("Write your words first."),
            )
        ]
        triggers = _never_changed("revision", "words", "by", "at")

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.at:%Y-%m-%d}"
