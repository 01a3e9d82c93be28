"""Practices that show what a progress update reports."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models import ProgressUpdate
from practices.models.practice import Practice
from scn_portal.base.triggers import RaisesGeneration


class PracticeAsEvidence(models.Model):
    """A progress update names a practice of its city as evidence. Like the update, it is never changed."""

    # Not “update”, which is a method of every queryset.
    update_row = models.ForeignKey(ProgressUpdate, models.PROTECT, related_name="practices_as_evidence")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="as_evidence")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["update_row", "practice"],
                name="practice_as_evidence_once",
                violation_error_message=_("This practice is already named."),
            )
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete),
            RaisesGeneration(taken_down_if="TG_OP = 'DELETE'"),
        ]

    def __str__(self) -> str:
        return f"{self.update_row_id} · {self.practice_id}"
