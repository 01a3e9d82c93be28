"""What the portal remembers about forms while people write: unsaved words, open forms, and forms that were sent."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models.user import User

# The most characters of one scratch copy. The longest form has 26 texts, each perhaps with 25,000 pasted characters.
MAX_SCRATCH_CHARACTERS = 1_000_000


class Scratch(models.Model):
    """What a person has typed into a form and not saved: one row per person and form, without history.

    `fields` has what the form would send: `{name: [value, …]}`. `form` names the form, such as `practice:12`.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    form = models.CharField(max_length=100)
    fields = models.JSONField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "form"], name="scratch_once_a_person_and_form")]

    def __str__(self) -> str:
        return f"{self.user} · {self.form}"


class OpenForm(models.Model):
    """A person has had a form open since `since`; the last signal came at `seen_at`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    form = models.CharField(max_length=100)
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "form"], name="open_form_once_a_person"),
            models.CheckConstraint(
                condition=Q(seen_at__gte=F("since")),
                name="open_form_seen_after_it_was_opened",
                violation_error_message="A form is seen after it was opened, not before.",
            ),
        ]
        indexes = [models.Index(fields=["form", "seen_at"])]

    def __str__(self) -> str:
        return f"{self.user} · {self.form}"


class SentForm(models.Model):
    """A form that was saved, and the answer to it, so that the same form sent again gets the same answer.

    `opened` is the number that the form got when it was opened; `words` is a digest of what was sent.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    opened = models.UUIDField()
    words = models.CharField(max_length=64)
    address = models.CharField(max_length=500)
    message = models.TextField()
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "opened", "words"], name="sent_form_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.address}"
