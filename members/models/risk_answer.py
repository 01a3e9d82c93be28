"""The reasons why words that could put somebody at risk were published all the same."""

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.city import City
from members.models.user import User


class RiskAnswer(models.Model):
    """A city's reason for words that could put somebody at risk, given before they became public without a moderator.

    `about` names the text with these words, such as `pledge:5`. Only the staff read the row, and it never changes.
    """

    city = models.ForeignKey(City, models.PROTECT, related_name="+", verbose_name=_("city"))
    about = models.CharField(max_length=100)
    found = models.TextField(_("words"))
    answer = models.TextField(_("why they can be public"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("answer about a risk")
        verbose_name_plural = _("answers about risks")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(answer=""),
                name="risk_answer_given",
                violation_error_message=_("Take it out, or say why it can be public."),
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="append_only"),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.city} · {self.about}"
