"""The changes without moderation that each moderator has looked at."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import User
from scn_portal.base.models import PublicKind


class PatrolSeat(models.Model):
    """The last public record (`PublicRecord`) up to which a moderator has looked at everything, and its time."""

    moderator = models.OneToOneField(User, models.CASCADE, related_name="patrol_seat")
    up_to = models.BigIntegerField()
    up_to_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.moderator} · {self.up_to}"


class PatrolTick(models.Model):
    """A later record that the moderator has ticked off individually. Only the latest record of each row is kept."""

    moderator = models.ForeignKey(User, models.CASCADE, related_name="patrol_ticks")
    kind = models.CharField(max_length=10, choices=PublicKind)
    key = models.BigIntegerField()
    record = models.BigIntegerField()
    record_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["moderator", "kind", "key"],
                name="patrol_tick_once_a_row",
                violation_error_message=_("This is ticked off already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
