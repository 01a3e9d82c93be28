"""Texts that an editor asks a focal point to release."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.city import City
from members.models.user import User


class Proposal(models.Model):
    """Something of a city that waits until a focal point releases it.

    `about` names it: `pledge:5` and `practice:7`, which have their own texts, or `update:5`, an update of pledge 5 that
    does not exist yet: its texts, as they were typed, are in `fields`. The row is deleted once it is dealt with.
    """

    city = models.ForeignKey(City, models.PROTECT, related_name="proposals", verbose_name=_("city"))
    about = models.CharField(max_length=100)
    fields = models.JSONField(default=dict, blank=True, db_default={})
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["about"],
                condition=models.Q(fields={}),
                name="proposal_once",
                violation_error_message=_("This already waits for a focal point."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.city} · {self.about}"

    @property
    def kind(self) -> str:
        """The part of `about` before the number."""
        return self.about.partition(":")[0]

    @property
    def key(self) -> int:
        """The number in `about`."""
        return int(self.about.partition(":")[2])
