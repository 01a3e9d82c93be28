"""Removing the second step of a person who has lost it. This takes two members of the staff other than that person.

One of them asks, and says how they know that the request comes from the person. Another approves or refuses. The person
learns of both by mail. After an approval, their second steps are gone and they are signed out everywhere: they sign in
with their password, and set up a new second step.
"""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import people
from members.models import LostSecondFactor, Notice, User
from members.sign_in import second_factor


@transaction.atomic
def ask(*, email: str, reason: str, by: User) -> LostSecondFactor:
    """Ask to remove the second steps of the account `email`, for `reason`.

    Raises PermissionDenied unless `by` is of the staff. Raises ValidationError if there is no such account, if it has
    no second step, if it is that of `by`, or if somebody has asked already.
    """
    if not by.is_of_the_staff:
        raise PermissionDenied
    person = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None or not second_factor.has_one(person):
        raise ValidationError({"email": _("No open account with this address has a second step.")})
    lost = LostSecondFactor(person=person, asked_by=by, reason=reason)
    lost.full_clean(exclude=["decided_by", "is_approved"])
    lost.save()
    people.notify(Notice.Kind.FACTOR_ASKED, to=person, by=by)
    return lost


@transaction.atomic
def decide(lost: LostSecondFactor, *, approve: bool, by: User) -> LostSecondFactor:
    """Approve or refuse. Raises PermissionDenied unless `by` is of the staff. Raises ValidationError if `by` has asked
    for it or is the person, or if somebody else has decided meanwhile."""
    if not by.is_of_the_staff:
        raise PermissionDenied
    lost = LostSecondFactor.objects.select_for_update(of=("self",)).select_related("person", "asked_by").get(pk=lost.pk)
    if lost.decided_at:
        raise ValidationError(_("Somebody else has decided on this meanwhile."))
    lost.decided_by, lost.decided_at, lost.is_approved = by, timezone.now(), approve
    lost.full_clean()
    lost.save(update_fields=["decided_by", "decided_at", "is_approved"])
    if approve:
        take_away(lost.person)
    kind = Notice.Kind.FACTOR_REMOVED if approve else Notice.Kind.FACTOR_KEPT
    people.notify(kind, to=lost.person, by=by)
    return lost


def take_away(person: User) -> None:
    """Delete the second steps of `person`, recovery codes too, and sign them out everywhere."""
    Authenticator.objects.filter(user=person).delete()
    for session in UserSession.objects.filter(user=person):
        session.end()
