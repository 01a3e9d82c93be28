"""Inviting people to a city or to the staff. An invitation is the only way to an account.

Only `invite`, `invite_to_staff`, `send_again`, `accept`, `withdraw` and `forget_closed` make, change or delete an
Invitation.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members import people, staff
from members.models import City, Invitation, Membership, Notice, User
from scn_portal.base import limits, mail, signed_links
from scn_portal.base.background import run_after_commit
from scn_portal.base.links import absolute_url
from scn_portal.base.strangers import INVITATIONS

SESSION_KEY = "invitation"
# The invitation that somebody with an account has accepted before signing in.
ACCEPTED_KEY = "invitation-accepted"
# Whether there is a workspace for this person, kept in the session because every page needs it for its links.
ACTS_FOR_A_CITY = "acts_for_a_city"
# Closed invitations are deleted after this time. The history of memberships says who acts for a city, and since when.
KEEP_CLOSED = dt.timedelta(days=90)


@transaction.atomic
def invite(*, email: str, city: City, role: str, language: str, by: User) -> Invitation:
    """Invite `email` to act for `city`; the mail is sent after the commit.

    Withdraws an earlier invitation of this address to this city. Raises ValidationError if the address already acts
    for the city, TooMany if the city has sent too many invitations lately.
    """
    City.objects.select_for_update(of=("self",)).get(pk=city.pk)  # two people may invite the same address at once
    email = User.objects.normalize_email(email)
    if city.memberships.filter(user__email__iexact=email).exists():
        raise ValidationError({"email": _("This person already acts for this city.")})
    limits.use((INVITATIONS, str(city.pk)))
    pending = Q(accepted_at=None, withdrawn_at=None)
    city.invitations.filter(pending, email__iexact=email).update(withdrawn_at=timezone.now())
    invitation = Invitation(email=email, city=city, role=role, language=language, invited_by=by)
    invitation.full_clean()
    invitation.save()
    run_after_commit("members.tasks.send_invitations")
    return invitation


@transaction.atomic
def invite_to_staff(*, email: str, language: str, by: User) -> Invitation:
    """Invite `email` to the staff of the network; the mail is sent after the commit.

    Withdraws an earlier invitation of this address to the staff. Raises PermissionDenied unless `by` is of the staff,
    ValidationError if the address already is.
    """
    if not by.is_of_the_staff:
        raise PermissionDenied
    Group.objects.select_for_update().get(pk=staff.group().pk)
    email = User.objects.normalize_email(email)
    if staff.people().filter(email__iexact=email).exists():
        raise ValidationError({"email": _("This person already belongs to the staff.")})
    Invitation.objects.to_staff().pending().filter(email__iexact=email).update(withdrawn_at=timezone.now())
    invitation = Invitation(email=email, city=None, role="", language=language, invited_by=by)
    invitation.full_clean(exclude=["city"])
    invitation.save()
    run_after_commit("members.tasks.send_invitations")
    return invitation


@transaction.atomic
def send_again(invitation: Invitation, *, by: User) -> Invitation:
    """Invite the same address to the same role again, in the name of `by`; the earlier link stops working.

    Raises ValidationError if the invitation no longer waits, such as after a double click.
    """
    hold(invitation)
    if not Invitation.objects.pending().filter(pk=invitation.pk).exists():
        raise ValidationError(_("This invitation no longer waits: look at the list."))
    if invitation.city is None:
        return invite_to_staff(email=invitation.email, language=invitation.language, by=by)
    return invite(
        email=invitation.email, city=invitation.city, role=invitation.role, language=invitation.language, by=by
    )


def hold(invitation: Invitation) -> Invitation:
    """The invitation as it is now, locked until the transaction ends."""
    return Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)


@transaction.atomic
def accept(invitation: Invitation, *, by: User) -> Membership | None:
    """Give `by` the offered role in the city; somebody who already has a role there keeps it. An invitation to the
    staff puts `by` into its group, and None is returned. If `by` has already accepted it, nothing happens.

    Raises ValidationError if the invitation was used or withdrawn, has expired, or was sent to someone else.
    """
    invitation = hold(invitation)
    if invitation.accepted_by == by:
        return Membership.objects.filter(user=by, city=invitation.city).first()
    if invitation.email.lower() != by.email.lower():
        raise ValidationError(_("This invitation was sent to another address."))
    if not invitation.is_backed or not Invitation.objects.open().filter(pk=invitation.pk).exists():
        raise ValidationError(_("This invitation can no longer be used."))
    invitation.accepted_at, invitation.accepted_by = timezone.now(), by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if invitation.city is None:
        by.groups.add(staff.group())
        people.notify(Notice.Kind.ACCEPTED, to=invitation.invited_by, about=by)
        return None
    membership, _created = Membership.objects.get_or_create(
        user=by, city=invitation.city, defaults={"role": invitation.role}
    )
    people.notify(Notice.Kind.ACCEPTED, to=invitation.invited_by, city=invitation.city, about=by, role=membership.role)
    return membership


@transaction.atomic
def withdraw(invitation: Invitation) -> None:
    """Withdraw `invitation`, unless it was accepted."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())


@transaction.atomic
def forget_closed() -> int:
    """Delete the invitations that were accepted, were withdrawn or expired KEEP_CLOSED ago, and their addresses from
    the history. Returns how many."""
    limit = timezone.now() - KEEP_CLOSED
    ran_out = Q(accepted_at=None, withdrawn_at=None, expires_at__lte=limit)
    closed = Invitation.objects.filter(Q(accepted_at__lte=limit) | Q(withdrawn_at__lte=limit) | ran_out)
    deleted, _by_model = closed.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT scn_forget_invitations()")
    return deleted


def render_invitation(invitation: Invitation) -> list[EmailMultiAlternatives]:
    """The mail with the signed link; none if its inviter may no longer invite."""
    if not invitation.is_backed:
        return []
    with override(invitation.language):
        link = absolute_url(invitation.get_absolute_url())
    city = invitation.city.text("name", invitation.language) if invitation.city else ""
    context = {"invitation": invitation, "link": link, "city": city}
    return [mail.compose("invitation", to=[invitation.email], language=invitation.language, context=context)]


def accepted_by(user: User, token: str) -> Invitation | None:
    """The invitation of `token`, if `user` has accepted it and still belongs to the city or the staff, as after a
    second click on the same button. Otherwise None."""
    pk = signed_links.read(token, salt=Invitation.SALT)
    if pk is None or not user.is_authenticated:
        return None
    accepted = Invitation.objects.filter(pk=pk, accepted_by=user).select_related("city").first()
    if accepted is None or accepted.city is None:
        return accepted if user.is_of_the_staff else None
    return accepted if accepted.city.memberships.filter(user=user).exists() else None


def remember(request, invitation: Invitation) -> None:
    """Let this browser sign up for `invitation`."""
    # The link has reached the address, which proves it. Accounts that claim the address without proof lose it.
    EmailAddress.objects.filter(email__iexact=invitation.email, verified=False).delete()
    request.session[SESSION_KEY] = invitation.token


def remembered(request) -> Invitation | None:
    """The open invitation of this browser, if any."""
    token = request.session.get(SESSION_KEY) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    return Invitation.objects.from_token(token) if token else None


def accept_after_sign_in(request, invitation: Invitation) -> None:
    """Let this browser's next sign-in accept `invitation`, so that somebody with an account has to accept only once."""
    request.session[ACCEPTED_KEY] = invitation.token


def accepted_before_sign_in(request, user: User) -> Invitation | None:
    """Accept the invitation that this browser said yes to before `user` signed in, and return it. None if there is none
    or if it cannot be accepted, such as one that was sent to somebody else."""
    token = request.session.pop(ACCEPTED_KEY, None)
    invitation = Invitation.objects.from_token(token) if token else None
    if invitation is None:
        return None
    try:
        accept(invitation, by=user)
    except ValidationError:
        return None
    return invitation


def welcome(request, invitation: Invitation) -> HttpResponse:
    """Tell the person who has just accepted `invitation`, and redirect them to the desk or to the workspace."""
    if invitation.city is None:
        messages.success(request, _("You now belong to the staff of the network."))
        return redirect("desk")
    request.session[ACTS_FOR_A_CITY] = True
    messages.success(request, _("You now act for %(city)s.") % {"city": invitation.city})
    return redirect("my_city_of", slug=invitation.city.slug)
