"""The weekly reminder of what needs doing: one row a person and week, which is the mail itself."""

from django.db import models
from django.utils import timezone

from members.models.user import User
from scn_portal.base.mail import QueuedMail, new_message_id


class Reminder(QueuedMail):
    """Somebody's mail of the week that begins on `week`, a Monday. Made and sent by `scn_portal.site.todo.weekly`.

    Kept without its text: what needs doing is asked when it leaves. Where that is nothing, no mail goes, and the row
    is stamped all the same.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="reminders")
    week = models.DateField()
    # A mail that goes twice, when a worker is killed at the wrong moment, goes under the same Message-ID.
    message_id = models.CharField(max_length=255, default=new_message_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "week"], name="reminder_once_a_week"),
            models.CheckConstraint(condition=models.Q(week__iso_week_day=1), name="reminder_week_begins_on_monday"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.week}"
