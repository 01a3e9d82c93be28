"""Addresses of practices that were given up because their words expose somebody."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practices.models.practice import Practice
from scn_portal.base.mail import QueuedMail
from scn_portal.base.triggers import RaisesGeneration


class RetiredAddress(QueuedMail):
    """The record that a practice has given up its address: who decided it, when and why. Written by
    `practices.addresses`.

    The words of the address must be forgotten, so only a digest is stored. A trigger stops any practice from taking the
    address again. The row is also the mail to the people of the city.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="retired_addresses")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"),
                name="retired_address_is_a_digest",
                violation_error_message=_("Of an address that was given up, only a digest is kept."),
            ),
            models.CheckConstraint(
                condition=Q(reason__gt=""),
                name="retired_address_says_why",
                violation_error_message=_("Give a reason: the city reads it."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="append_only", fields=["digest", "practice", "at", "by", "reason"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            # The other columns belong to the mail about it.
            RaisesGeneration(only_if="TG_OP <> 'UPDATE'", taken_down_if="TRUE"),
        ]

    def __str__(self) -> str:
        return f"{self.practice_id} · {self.at:%Y-%m-%d}"
