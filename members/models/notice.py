"""Notices to a person about the people of a city or about their account: rows that wait to be mailed."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.models.city import City
from members.models.roles import Role
from members.models.user import User
from scn_portal.base.mail import QueuedMail


class NoticeKind(models.TextChoices):
    """The subject of a notice; its template is `mail/notice_<kind>.txt`."""

    ROLE_CHANGED = "role_changed"
    REMOVED = "removed"
    ACCEPTED = "accepted"
    DRAFTS = "drafts"
    CLOSING = "closing"
    CLOSED = "closed"
    CORRECTED = "corrected"
    NOT_CORRECTED = "not_corrected"
    FACTOR_ASKED = "factor_asked"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_KEPT = "factor_kept"


class Notice(QueuedMail):
    """A mail to `to`. Created by `members.people`, mostly for `.invitations`, `.idle_accounts` and `.corrections`.

    `about` is the person who accepted or left; `reason` is the text written to `to`. The mail is in the language and
    time zone that `to` has when it is sent.
    """

    Kind = NoticeKind

    to = models.ForeignKey(User, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    city = models.ForeignKey(City, models.CASCADE, null=True, related_name="+")
    about = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    by = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_known"),
            models.CheckConstraint(condition=Q(role__in=["", *Role.values]), name="notice_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.created_at:%Y-%m-%d %H:%M}"
