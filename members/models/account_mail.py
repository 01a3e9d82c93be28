"""Mails about an account that wait to be sent."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.models.user import User
from scn_portal.base.languages import CODES
from scn_portal.base.mail import MAX_ATTEMPTS, QueuedMail
from scn_portal.base.one_line import EmailLine


class AccountMail(QueuedMail):
    """A mail about an account: a new password, an address to confirm, notice of a change.

    Created only by `members.account_mails`. It has no text; `values`, which may contain a secret link, are kept only
    until the mail is sent or given up.
    """

    email = EmailLine()
    # The account that the mail is about, if there is one.
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    template = models.CharField(max_length=100)
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(values={}) | Q(mailed_at=None, mail_attempts__lt=MAX_ATTEMPTS),
                name="account_mail_keeps_no_secret",
            ),
            models.CheckConstraint(condition=Q(language__in=CODES), name="account_mail_language_known"),
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.created_at:%Y-%m-%d %H:%M}"

    def clear_payload(self) -> list[str]:
        self.values = {}
        return ["values"]
