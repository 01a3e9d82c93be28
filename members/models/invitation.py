"""Invitations to act for a city, or to the staff of the network."""

import datetime as dt

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.city import City
from members.models.roles import Role
from members.models.user import User
from scn_portal.base import signed_links
from scn_portal.base.mail import QueuedMail
from scn_portal.base.one_line import EmailLine

INVITATION_LIFETIME = dt.timedelta(days=14)


def _two_weeks_from_now() -> dt.datetime:
    return timezone.now() + INVITATION_LIFETIME


class InvitationQuerySet(models.QuerySet):
    def open(self) -> "InvitationQuerySet":
        """The invitations that can still be accepted."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())

    def expired(self) -> "InvitationQuerySet":
        """The invitations that nobody accepted in time; they can be sent again."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__lte=timezone.now())

    def pending(self) -> "InvitationQuerySet":
        """The invitations that are open or expired: neither accepted nor withdrawn."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def to_staff(self) -> "InvitationQuerySet":
        """The invitations to the staff of the network, not to a city."""
        return self.filter(city=None)

    def from_token(self, token: str) -> "Invitation | None":
        """The invitation of `token`. None if the token is forged, if the invitation was used, was withdrawn or has
        expired, or if its inviter may no longer invite."""
        pk = signed_links.read(token, salt=Invitation.SALT)
        invitation = self.open().select_related("city", "invited_by").filter(pk=pk).first() if pk else None
        return invitation if invitation and invitation.is_backed else None


# History without the columns of the mail.
@pghistory.track(exclude=["mailed_at", "mail_attempts", "mail_after"])
class Invitation(QueuedMail):
    """An address is invited to act for a city; without a city, to the staff. The signed link works once and expires.

    Created, accepted and withdrawn only by `members.invitations`.
    """

    SALT = "members.invitation"

    email = EmailLine(_("email address"))
    city = models.ForeignKey(City, models.PROTECT, null=True, related_name="invitations", verbose_name=_("city"))
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.EDITOR, blank=True)
    language = models.CharField(_("language of the invitation"), max_length=2, choices=settings.LANGUAGES)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="invitations_made")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=_two_weeks_from_now)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="invitations_accepted"
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_someone",
                violation_error_message=_("An accepted invitation says by whom and when."),
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="invitation_accepted_or_withdrawn",
                violation_error_message=_("An invitation is accepted or withdrawn, not both."),
            ),
            models.CheckConstraint(
                condition=Q(city__isnull=False, role__in=Role.values) | Q(city__isnull=True, role=""),
                name="invitation_role_in_a_city",
                violation_error_message=_("An invitation to a city says the role; one to the staff has none."),
            ),
            models.UniqueConstraint(
                "city",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_pending_a_city",
                violation_error_message=_("This address already has an invitation to this city."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(city__isnull=True, accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_pending_to_the_staff",
                violation_error_message=_("This address already has an invitation to the staff."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.city or 'staff'}"

    @property
    def is_to_staff(self) -> bool:
        return self.city_id is None

    @property
    def is_backed(self) -> bool:
        """Whether the inviter may still invite to this city, or to the staff."""
        if self.is_to_staff:
            return self.invited_by.is_of_the_staff
        return City.objects.managed_by(self.invited_by).filter(pk=self.city_id).exists()

    @property
    def token(self) -> str:
        return signed_links.sign(self.pk, salt=self.SALT)

    def get_absolute_url(self) -> str:
        return reverse("invitation", args=[self.token])
