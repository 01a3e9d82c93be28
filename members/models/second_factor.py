"""The second step of a sign-in: cities that require it of their people, and requests of people who have lost theirs.

The steps themselves are rows of allauth (`allauth.mfa.models.Authenticator`).
"""

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.city import City
from members.models.user import User


@pghistory.track()
class RequiredSecondFactor(models.Model):
    """A focal point has made a second step a requirement for everybody who acts for `city`. The row is deleted once it
    is no longer required."""

    city = models.OneToOneField(City, models.CASCADE, related_name="required_second_factor", verbose_name=_("city"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("second step required by a city")
        verbose_name_plural = _("second steps required by cities")

    def __str__(self) -> str:
        return str(self.city)


class LostSecondFactorQuerySet(models.QuerySet):
    def waiting(self) -> "LostSecondFactorQuerySet":
        """The requests that nobody has decided."""
        return self.filter(decided_at=None)


@pghistory.track()
class LostSecondFactor(models.Model):
    """A member of the staff asks to remove the second step of `person`; another one decides. Rows are never deleted.

    Written only by `members.sign_in.lost_factors`.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="lost_second_factors", verbose_name=_("person"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    reason = models.TextField(_("how you know that it is they who ask"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    is_approved = models.BooleanField(_("approved"), null=True, editable=False)

    objects = LostSecondFactorQuerySet.as_manager()

    class Meta:
        verbose_name = _("lost second step")
        verbose_name_plural = _("lost second steps")
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(decided_at=None),
                name="lost_factor_asked_once",
                violation_error_message=_("This has been asked for already. Another of the staff decides."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="lost_factor_has_a_reason",
                violation_error_message=_("Write how you know that it is they who ask."),
            ),
            models.CheckConstraint(
                condition=~Q(asked_by=F("person")),
                name="lost_factor_asked_by_another",
                violation_error_message=_("You cannot ask for yourself. Ask another of the staff."),
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, is_approved=None)
                | (
                    Q(decided_by__isnull=False, decided_at__isnull=False, is_approved__isnull=False)
                    & ~Q(decided_by=F("asked_by"))
                    & ~Q(decided_by=F("person"))
                ),
                name="lost_factor_decided_by_a_second",
                violation_error_message=_("Somebody else of the staff decides: neither who asked, nor the person."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.asked_at:%Y-%m-%d}"
