"""Who acts for which city."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.city import City
from members.models.roles import EDITING_ROLES, Role
from members.models.user import User


@pghistory.track()
class Membership(models.Model):
    """A person acts for a city, in one role. Kept in history: who could act, and when."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    city = models.ForeignKey(City, models.PROTECT, related_name="memberships", verbose_name=_("city"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

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

    def __str__(self) -> str:
        return f"{self.user} · {self.city} · {self.get_role_display()}"

    @property
    def may_edit(self) -> bool:
        return self.role in EDITING_ROLES

    @property
    def may_invite(self) -> bool:
        return self.role == Role.FOCAL_POINT
