"""Revisions that wait for a moderator or for their city, and since when, so that no list reads their transitions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import City
from practices.choices import Status
from practices.models.practice import Practice, Revision


class Kind(models.TextChoices):
    """What a submission is."""

    NEW = "new", pgettext_lazy("a submission", "New")
    VERSION = "version", _("New version")
    AGAIN = "again", _("Again, after sending back")


STATUSES = (Status.SUBMITTED, Status.SENT_BACK)


class WaitingQuerySet(models.QuerySet):
    def of_other_cities(self, user) -> "WaitingQuerySet":
        """Leave out revisions of cities that `user` acts for: nobody decides about their own city."""
        theirs = City.objects.keys_acted_for(user)
        return self.exclude(city__in=theirs) if theirs else self


class WaitingRevision(models.Model):
    """A revision that was submitted and not decided yet, or that was sent back.

    Written only by the database function `scn_keep_waiting`, which triggers call after each statement that changes what
    waits; `manage.py kept waiting` rebuilds all of them. `kind` and `first_submitted_at` count from the last step that
    closed the practice, see `CLOSING` in `practices.queue`.
    """

    revision = models.OneToOneField(
        Revision, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="waits", editable=False
    )
    practice = models.ForeignKey(Practice, models.DO_NOTHING, db_constraint=False, related_name="+", editable=False)
    city = models.ForeignKey(
        City, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", editable=False
    )
    status = models.TextField(choices=[(each.value, each.label) for each in STATUSES])
    kind = models.TextField(choices=Kind)
    first_submitted_at = models.DateTimeField()
    turn_since = models.DateTimeField()  # when it came to the desk, or back to its city

    objects = WaitingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["status", "first_submitted_at", "revision"], name="waiting_longest_first"),
            models.Index(fields=["status", "turn_since", "revision"], name="waiting_by_turn"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}"
