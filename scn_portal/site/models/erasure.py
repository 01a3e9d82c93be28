"""Requests of people to be erased, and the mails about them."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import User
from scn_portal.base.languages import CODES
from scn_portal.base.mail import MAX_ATTEMPTS, QueuedMail


class ErasureQuerySet(models.QuerySet):
    def waiting(self) -> "ErasureQuerySet":
        """The requests that staff have not decided on, the longest wait first."""
        return self.filter(decided_at=None).order_by("asked_at", "pk")


class Erasure(models.Model):
    """A person's request to be erased, who decided on it, and when it was done. Written only by
    `scn_portal.site.privacy.erasing`; `done_at` by the database function, which erases nobody without such a row.

    People who act for no city and are not staff decide for themselves.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="erasures")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="erasures_decided")
    is_approved = models.BooleanField(null=True, editable=False)
    # Why it was refused: the person reads it.
    reason = models.TextField(blank=True, default="")
    done_at = models.DateTimeField(null=True, editable=False)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, is_approved__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_approved__isnull=False),
                name="erasure_decided_by_someone",
                violation_error_message=_("A decision says by whom and when."),
            ),
            models.CheckConstraint(
                condition=Q(is_approved__isnull=True) | Q(is_approved=True) | Q(is_approved=False, reason__gt=""),
                name="erasure_refused_with_a_reason",
                violation_error_message=_("Write why: the person reads it."),
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(is_approved__isnull=False, is_approved=True),
                name="erasure_done_once_approved",
                violation_error_message=_("Only what was approved can be erased."),
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(is_approved__isnull=True) | Q(is_approved=True),
                name="erasure_once_a_person",
                violation_error_message=_("This is asked for already."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__decided_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.asked_at:%Y-%m-%d %H:%M}"


class ErasureMailKind(models.TextChoices):
    """What a mail about an erasure says; its template is `mail/erasure_<kind>.txt`."""

    ASKED = "asked"
    TO_DECIDE = "to_decide"
    DONE = "done"
    REFUSED = "refused"


class ErasureMail(QueuedMail):
    """A mail about an erasure. Its address is kept here, since the last mail is sent when the person's own address is
    already erased, and deleted once the mail has been sent or given up. Without an address it goes to the staff who
    decide."""

    Kind = ErasureMailKind

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=10, choices=ErasureMailKind)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(email="") | Q(mailed_at=None, mail_attempts__lt=MAX_ATTEMPTS),
                name="erasure_mail_keeps_no_address",
            ),
            models.CheckConstraint(condition=Q(language__in=CODES), name="erasure_mail_language_known"),
            models.CheckConstraint(condition=Q(kind__in=ErasureMailKind.values), name="erasure_mail_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.erasure_id}"

    def clear_payload(self) -> list[str]:
        self.email = ""
        return ["email"]
