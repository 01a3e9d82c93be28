"""Inviting people to a city, and the one way to an account: an invitation.

The only door: `invite`, `accept`, `withdraw`, and `remove` for who acted until now. Nothing else makes or changes an
Invitation.
"""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members import account_mails
from members.models import City, Invitation, Membership, User
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.links import absolute_url

SESSION_KEY = "invitation"


@transaction.atomic
def invite(*, email: str, city: City, role: str, language: str, by: User) -> Invitation:
    """Invite `email` to act for `city`; the mail leaves once this is committed.

    An earlier invitation of the same address to the same city is withdrawn: only the newest link works.
    ValidationError when the address already acts for the city.
    """
    email = User.objects.normalize_email(email)
    if city.memberships.filter(user__email__iexact=email).exists():
        raise ValidationError({"email": _("This person already acts for this city.")})
    pending = Q(accepted_at=None, withdrawn_at=None)
    city.invitations.filter(pending, email__iexact=email).update(withdrawn_at=timezone.now())
    invitation = Invitation(email=email, city=city, role=role, language=language, invited_by=by)
    invitation.full_clean()
    invitation.save()
    run_after_commit("members.tasks.send_invitations")
    return invitation


@transaction.atomic
def accept(invitation: Invitation, *, by: User) -> Membership:
    """`by` now acts for the city, in the role offered (or keeps a role they already hold there: one role a city).

    ValidationError when the invitation was used, withdrawn or has expired, or was sent to someone else.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.email.lower() != by.email.lower():
        raise ValidationError(_("This invitation was sent to another address."))
    if not invitation.is_backed or not Invitation.objects.open().filter(pk=invitation.pk).exists():
        raise ValidationError(_("This invitation can no longer be used."))
    invitation.accepted_at, invitation.accepted_by = timezone.now(), by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    membership, _created = Membership.objects.get_or_create(
        user=by, city=invitation.city, defaults={"role": invitation.role}
    )
    return membership


@transaction.atomic
def remove(membership: Membership, *, by: User) -> None:
    """The person no longer acts for the city. ValidationError for oneself: a city is not left without anybody so."""
    if membership.user == by:
        raise ValidationError(_("You cannot remove yourself. Ask a colleague, or the staff of the network."))
    membership.delete()


@transaction.atomic
def withdraw(invitation: Invitation) -> None:
    """The link of `invitation` stops working. An invitation that was accepted stays as it is."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())


def write_invitation(invitation: Invitation) -> list[EmailMultiAlternatives]:
    """The mail with the signed link, in the language of the invitation; none once its inviter may not invite."""
    if not invitation.is_backed:
        return []
    with override(invitation.language):
        link = absolute_url(invitation.get_absolute_url())
    city = invitation.city.text("name", invitation.language)
    context = {"invitation": invitation, "link": link, "city": city}
    return [mail.compose("invitation", to=[invitation.email], language=invitation.language, context=context)]


def remember(request, invitation: Invitation) -> None:
    """Let this browser sign up for `invitation`: the link reached the address, so the address is proved.

    Whoever may have typed that address into their own account without proving it loses it.
    """
    EmailAddress.objects.filter(email__iexact=invitation.email, verified=False).delete()
    request.session[SESSION_KEY] = invitation.token


def remembered(request) -> Invitation | None:
    """The open invitation this browser came with, if any."""
    token = request.session.get(SESSION_KEY) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    return Invitation.objects.from_token(token) if token else None


class AccountAdapter(DefaultAccountAdapter):
    """allauth, closed: an account is made only by someone who holds an invitation, and its mails leave as all
    others do."""

    def is_open_for_signup(self, request) -> bool:
        return remembered(request) is not None

    def is_email_verified(self, request, email: str) -> bool:
        invitation = remembered(request)
        return bool(invitation and invitation.email.lower() == email.lower()) or super().is_email_verified(
            request, email
        )

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        account_mails.owe(template_prefix, email, context, language=self.request.LANGUAGE_CODE)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        """Word of a change goes to the person in their language, at an address that was theirs too."""
        super().send_notification_mail(template_prefix, user, {"user": user} | (context or {}), email)
