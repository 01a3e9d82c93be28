"""Requests of cities to restore what they took down."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.models.pledges import Pledge
from commitments.models.progress import ProgressUpdate
from scn_portal.base.mail import QueuedMail


class RestoreRequestQuerySet(models.QuerySet):
    def waiting(self) -> "RestoreRequestQuerySet":
        """The requests that staff have not decided, the longest wait first."""
        related = self.select_related("pledge__city", "update_row__pledge__city", "by")
        return related.filter(decided_at=None).order_by("created_at")


class RestoreRequest(QueuedMail):
    """A city asks for a pledge or an update that it took down to be shown again.

    Created and decided only by `commitments.restoring`. It is also the mail to the staff.
    """

    pledge = models.ForeignKey(Pledge, models.PROTECT, null=True, blank=True, related_name="restore_requests")
    # Not “update”, which is a method of every queryset.
    update_row = models.ForeignKey(
        ProgressUpdate, models.PROTECT, null=True, blank=True, related_name="restore_requests"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="restore_requests")
    reason = models.TextField(_("reason"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="restore_requests_decided"
    )
    is_accepted = models.BooleanField(null=True, editable=False)
    decision_reason = models.TextField(_("reason"), blank=True, default="", db_default="", editable=False)

    objects = RestoreRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to restore")
        verbose_name_plural = _("requests to restore")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pledge__isnull=True, update_row__isnull=False)
                | Q(pledge__isnull=False, update_row__isnull=True),
                name="restore_request_of_one_thing",
                violation_error_message=_("A request is about a pledge or about an update."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="restore_request_says_why",
                violation_error_message=_("Say why it should be shown again."),
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, is_accepted__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_accepted__isnull=False),
                name="restore_request_decided_by_someone",
                violation_error_message=_("A decision says by whom and when."),
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=False) | Q(decision_reason=""),
                name="restore_request_reason_once_decided",
                violation_error_message=_("Only a decision has a reason."),
            ),
            models.UniqueConstraint(
                fields=["pledge"],
                condition=Q(decided_at__isnull=True),
                name="restore_request_once_a_pledge",
                violation_error_message=_("The staff have already been asked."),
            ),
            models.UniqueConstraint(
                fields=["update_row"],
                condition=Q(decided_at__isnull=True),
                name="restore_request_once_an_update",
                violation_error_message=_("The staff have already been asked."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.row)

    @property
    def row(self) -> Pledge | ProgressUpdate:
        """The pledge or the update that is to be restored."""
        row = self.pledge or self.update_row
        assert row, "a constraint holds it"
        return row

    @property
    def of_pledge(self) -> Pledge:
        """The pledge, or the pledge of the update."""
        row = self.row
        return row.pledge if isinstance(row, ProgressUpdate) else row


class RestoreDecision(QueuedMail):
    """The mail that tells `to` what the staff decided. Created by `commitments.restoring.decide`."""

    request = models.ForeignKey(RestoreRequest, models.CASCADE, related_name="decisions")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("decision about a request to restore")
        verbose_name_plural = _("decisions about requests to restore")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "to"],
                name="restore_decision_told_once",
                violation_error_message=_("They have already been told."),
            )
        ]

    def __str__(self) -> str:
        return str(self.request)
