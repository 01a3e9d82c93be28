"""One row a file that was asked for: how far its making is, and the file that is there."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class State(models.TextChoices):
    """How far the making of a file is."""

    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class MadeFileQuerySet(models.QuerySet):
    def in_line(self) -> "MadeFileQuerySet":
        """What a worker has to make, also what another one was making and let go of."""
        return self.filter(Q(state=State.WAITING) | Q(state=State.MAKING, claimed_until__lt=Now()))

    def in_line_or_hand(self) -> "MadeFileQuerySet":
        """What need not be asked for: it will be made."""
        return self.filter(state__in=(State.WAITING, State.MAKING))

    def in_hand(self) -> "MadeFileQuerySet":
        """What a worker is making now."""
        return self.filter(state=State.MAKING, claimed_until__gte=Now())


class MadeFile(models.Model):
    """A file by its key. While a newer one is made, the one before may still be there: `state` is of the making, the
    columns from `name` on are of the file.

    A file of no `generation` is of one version of a row, which is part of its key.
    """

    key = models.CharField(max_length=64, unique=True)
    what = models.CharField(max_length=20)
    parameters = models.JSONField()
    used_at = models.DateTimeField(db_index=True)  # to the hour: when somebody last asked for it
    state = models.CharField(max_length=10, choices=State)
    waiting_since = models.DateTimeField()
    claim = models.PositiveIntegerField(default=0)  # how often a worker has taken it in hand
    tries = models.PositiveSmallIntegerField(default=0)  # the same, since it was asked for
    claimed_until = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)  # in percent
    written = models.BigIntegerField(default=0)  # bytes so far

    name = models.CharField(max_length=100, blank=True)  # in the storage
    size = models.BigIntegerField(null=True)
    stored_size = models.BigIntegerField(null=True)  # less than `size` where it is stored compressed
    sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True)
    generation = models.BigIntegerField(null=True)
    taken_down = models.BigIntegerField(null=True)

    objects = MadeFileQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                "waiting_since", condition=Q(state__in=(State.WAITING, State.MAKING)), name="made_file_in_line"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values),
                name="made_file_state_known",
                violation_error_message="This is no state of a file that is made.",
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100),
                name="made_file_progress_in_percent",
                violation_error_message="Progress is in percent.",
            ),
            models.CheckConstraint(
                condition=Q(name="", size=None, stored_size=None, sha256="", made_at=None, generation=None)
                | (
                    ~Q(name="")
                    & ~Q(sha256="")
                    & Q(size__isnull=False, stored_size__isnull=False, made_at__isnull=False)
                ),
                name="made_file_whole_or_none",
                violation_error_message="A file has a name, a size, a hash and a moment, or there is none.",
            ),
            models.CheckConstraint(
                condition=Q(generation=None, taken_down=None) | Q(generation__isnull=False, taken_down__isnull=False),
                name="made_file_generation_whole",
                violation_error_message="A generation counts changes and what was taken down.",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.READY) | ~Q(name=""),
                name="made_file_ready_is_there",
                violation_error_message="A file that is ready is there.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.key[:8]}: {self.state}"


NO_FILE = {"name": "", "size": None, "stored_size": None, "sha256": "", "made_at": None, "generation": None,
           "taken_down": None}  # fmt: skip
NEXT_CLAIM = F("claim") + 1
