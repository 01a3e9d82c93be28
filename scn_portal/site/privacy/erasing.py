"""Erasing a person: asking for it, deciding, doing. Only these functions write an Erasure.

A person who acts for a city, or belongs to the staff, is erased after another member of the staff has approved it;
anybody else at once. What a person did stays, under a pseudonym. What says who they were is deleted from all tables by
the database function `scn_erase_person`, which needs the approved row. docs/privacy.md says what goes and what stays.
"""

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members import people
from members.models import Membership, User
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url
from scn_portal.site.models import Erasure, ErasureMail

PERMISSION = "members.add_invitation"


def needs_approval(person: User) -> bool:
    """Whether another member of the staff decides: the person acts for a city, or has a part in running the portal."""
    return person.is_staff or person.is_of_the_staff or person.memberships.exists()


def waiting_of(person: User) -> Erasure | None:
    """The request of `person` that nobody has decided, or None."""
    return person.erasures.waiting().first()


def deciders() -> QuerySet[User]:
    """The active people who may decide about an erasure, by name."""
    _app, codename = PERMISSION.split(".")
    holds = Q(groups__permissions__codename=codename) | Q(user_permissions__codename=codename)
    found = User.objects.filter(holds | Q(is_superuser=True)).values("pk")
    return User.objects.filter(pk__in=found, is_active=True).order_by("name", "pk")


@transaction.atomic
def ask(person: User) -> Erasure:
    """Record that `person` asks to be erased. If nobody has to approve it, it is done at once.

    Raises ValidationError if they have asked already.
    """
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if waiting_of(person):
        raise ValidationError(_("You have asked for this already. The staff of the network have yet to decide."))
    erasure = Erasure.objects.create(person=person)
    if not needs_approval(person):
        _approve(erasure, by=person, reason="")
        return erasure
    _queue_mail(erasure, ErasureMail.Kind.ASKED, person.email, person.language)
    for language in CODES:
        _queue_mail(erasure, ErasureMail.Kind.TO_DECIDE, "", language)
    return erasure


@transaction.atomic
def withdraw(person: User) -> None:
    """Withdraw the request of `person`, if nobody has decided it."""
    person.erasures.waiting().delete()


@transaction.atomic
def approve(erasure: Erasure, *, by: User, reason: str = "") -> None:
    """Close the account, and replace the person by a pseudonym.

    Raises ValidationError if it was decided meanwhile, PermissionDenied unless `by` may decide, and
    `members.people.LastFocalPoint` if a city would be left without a focal point and no reason is given.
    """
    _approve(_locked(erasure, by=by), by=by, reason=reason)


@transaction.atomic
def refuse(erasure: Erasure, *, by: User, reason: str) -> None:
    """Refuse it, with a reason for the person. Raises the same errors as `approve`."""
    erasure = _locked(erasure, by=by)
    _decide(erasure, by=by, is_approved=False, reason=reason.strip())
    _queue_mail(erasure, ErasureMail.Kind.REFUSED, erasure.person.email, erasure.person.language)


def _locked(erasure: Erasure, *, by: User) -> Erasure:
    erasure = Erasure.objects.select_for_update(of=("self",)).select_related("person").get(pk=erasure.pk)
    if not by.is_active or not by.has_perm(PERMISSION) or by == erasure.person:
        raise PermissionDenied
    if erasure.decided_at:
        raise ValidationError(_("Somebody has decided this meanwhile."))
    return erasure


def _decide(erasure: Erasure, *, by: User, is_approved: bool, reason: str = "") -> None:
    erasure.decided_at, erasure.decided_by, erasure.is_approved = timezone.now(), by, is_approved
    erasure.reason = reason
    erasure.full_clean()
    erasure.save(update_fields=["decided_at", "decided_by", "is_approved", "reason"])


def _approve(erasure: Erasure, *, by: User, reason: str) -> None:
    person = erasure.person
    _decide(erasure, by=by, is_approved=True)
    people.close_account(person, by=by, reason=reason)
    # Queued before the address is deleted.
    _queue_mail(erasure, ErasureMail.Kind.DONE, person.email, person.language)
    end_sessions(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT scn_erase_person(%s)", [person.pk])


def end_sessions(person: User) -> None:
    """Sign `person` out everywhere."""
    key = str(person.pk)
    ended = [session.pk for session in Session.objects.iterator() if session.get_decoded().get("_auth_user_id") == key]
    Session.objects.filter(pk__in=ended).delete()


def _queue_mail(erasure: Erasure, kind: str, email: str, language: str) -> None:
    ErasureMail.objects.create(erasure=erasure, kind=kind, email=email, language=language)
    run_after_commit("scn_portal.site.tasks.send_erasure_mails")


def render(owed: ErasureMail) -> list[EmailMultiAlternatives]:
    """The mail. Staff get none if the request has been decided, or if none of them reads the language."""
    erasure, language = owed.erasure, owed.language
    to, blind = [owed.email], []
    if owed.kind == ErasureMail.Kind.TO_DECIDE:
        others = deciders().exclude(pk=erasure.person_id).filter(language=language)
        to, blind = [], list(others.values_list("email", flat=True))
        if erasure.decided_at or not blind:
            return []
    with override(language):
        links = {"desk_link": reverse("desk_erasure", args=[erasure.pk]), "data_link": reverse("my_data")}
        links = {name: absolute_url(path) for name, path in links.items()}
    context = {"erasure": erasure, "person": erasure.person, **links}
    letter = mail.compose(f"erasure_{owed.kind}", to=to, language=language, context=context)
    letter.bcc = blind
    return [letter]


def addresses_of(person: User) -> list[str]:
    """All addresses of `person`, in lower case."""
    others = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    return sorted({person.email.lower(), *(address.lower() for address in others)})


def cities_left_empty(person: User) -> list[Membership]:
    """The memberships with which a city would lose its last focal point."""
    held = person.memberships.select_related("city", "user").order_by("city_id")
    return [membership for membership in held if people.is_last_focal_point(membership)]
