"""What is remembered of forms while people write: the words not saved yet, who has a form open, what was sent."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.models.user import User

# The characters of one scratch copy: the longest form has 26 texts, each pasted at 25,000 characters.
MAX_SCRATCH_CHARACTERS = 1_000_000


class Scratch(models.Model):
    """What a person has typed into a form and not saved: one row a person and form. Kept out of history.

    `fields` holds what the form would send: `{name: [value, …]}`. `form` names it, such as `practice:12`.
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
    """A person has a form open, since `since`, and gave the last sign of it at `seen_at`."""

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
    """A form that was saved, and how it was answered, so that the same form sent again gets the same answer.

    `opened` is the number that the form was given when it was opened, `words` a digest of what was sent.
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
