"""The weekly reminder of open tasks: one row per person and week, which is the mail itself."""

from django.db import models
from django.utils import timezone

from members.models.user import User
from scn_portal.base.mail import QueuedMail, new_message_id


class Reminder(QueuedMail):
    """The mail to `user` for the week that begins on `week`, a Monday. Created and sent by
    `scn_portal.site.todo.weekly`.

    It has no text: the tasks are looked up when it is sent. If there are none, no mail is sent, and the row is stamped
    all the same.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="reminders")
    week = models.DateField()
    # If a worker is killed at the wrong moment, the mail is sent twice, with the same Message-ID.
    message_id = models.CharField(max_length=255, default=new_message_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "week"], name="reminder_once_a_week"),
            models.CheckConstraint(condition=models.Q(week__iso_week_day=1), name="reminder_week_begins_on_monday"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.week}"
