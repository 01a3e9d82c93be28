"""The people who act for cities, and the reasons why a city was left without a focal point."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.city import City
from members.models.roles import EDITING_ROLES, Role
from members.models.user import User
from members.triggers import FOCAL_POINT_IS_A_FACT, KEEP_A_FOCAL_POINT
from scn_portal.base.triggers import RaisesGeneration


@pghistory.track()
class Membership(models.Model):
    """A person acts for a city, in one role. The history tells who could act, and when."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    city = models.ForeignKey(City, models.PROTECT, related_name="memberships", verbose_name=_("city"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "city"],
                name="membership_once_a_city",
                violation_error_message=_("This person already acts for this city."),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keeps_a_focal_point",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=KEEP_A_FOCAL_POINT,
            ),
            pgtrigger.Trigger(
                name="focal_point_is_a_fact",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=FOCAL_POINT_IS_A_FACT,
            ),
            # The page of a city shows the role of the person who confirmed it.
            RaisesGeneration(
                only_if="(OLD.user_id, OLD.city_id, OLD.role) IS DISTINCT FROM (NEW.user_id, NEW.city_id, NEW.role)"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.city} · {self.get_role_display()}"

    @property
    def may_edit(self) -> bool:
        return self.role in EDITING_ROLES

    @property
    def may_invite(self) -> bool:
        return self.role == Role.FOCAL_POINT


class Vacancy(models.Model):
    """The reason why a city was left without a focal point. Written only by `members.people`, and never deleted.

    A trigger refuses the departure unless the same transaction writes such a row.
    """

    city = models.ForeignKey(City, models.PROTECT, related_name="vacancies", verbose_name=_("city"))
    left_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    # Null if the portal closed an account by itself.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    reason = models.TextField(_("reason"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=TransactionNow(), editable=False)

    class Meta:
        verbose_name = _("city left without a focal point")
        verbose_name_plural = _("cities left without a focal point")
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="vacancy_has_a_reason",
                violation_error_message=_("Write why the city is left without a focal point."),
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="append_only"),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.city} · {self.left_by}"
