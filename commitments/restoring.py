"""Requests to the staff to show again what a city took down, and the decisions, one for each request.

These functions check no permission: callers fetch with `editable_by`, and staff have `members.change_city`.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from commitments.models import Milestone, Pledge, ProgressUpdate, RestoreDecision, RestoreRequest
from members.corrections import deciders
from members.models import Role, User
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.forms import MAX_LENGTH_TEXT, AtMost
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url


@transaction.atomic
def ask(row: Pledge | ProgressUpdate, *, reason: str, by: User) -> RestoreRequest:
    """Ask the staff to restore `row`; they get a mail after the commit. Raises ValidationError if it is not taken down,
    or if the staff have been asked already."""
    row = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if row.taken_down_at is None:
        raise ValidationError(_("It is not taken down."))
    request = RestoreRequest(reason=reason, by=by)
    if isinstance(row, ProgressUpdate):
        request.update_row = row
    else:
        request.pledge = row
    request.full_clean()
    request.save()
    run_after_commit("commitments.tasks.send_restore_requests")
    return request


@transaction.atomic
def decide(request: RestoreRequest, *, accept: bool, by: User, reason: str = "") -> RestoreRequest:
    """Restore the row of the request, or leave it taken down, for `reason`.

    A mail goes to the focal points of the city and to the person who asked, after the commit. Raises ValidationError if
    somebody has decided already, or if `reason` is empty when the row stays taken down.
    """
    request = RestoreRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if request.decided_at:
        raise ValidationError(_("Somebody has already decided this."))
    if not accept and not reason.strip():
        raise ValidationError(_("Say why it stays taken down: the city reads it."))
    AtMost(MAX_LENGTH_TEXT)(reason)
    if accept and request.row.taken_down_at:  # a colleague may have restored it on the desk meanwhile
        restore(request.row)
    request.decided_at, request.decided_by, request.is_accepted = timezone.now(), by, accept
    request.decision_reason = reason.strip()
    request.save(update_fields=["decided_at", "decided_by", "is_accepted", "decision_reason"])
    for reader in _told(request):
        RestoreDecision.objects.create(request=request, to=reader)
    run_after_commit("commitments.tasks.send_restore_decisions")
    return request


def _told(request: RestoreRequest) -> Iterable[User]:
    """The focal points of the city, and the person who asked, if they still act for it."""
    acting = request.of_pledge.city.memberships.filter(user__is_active=True)
    return User.objects.filter(memberships__in=acting.filter(Q(role=Role.FOCAL_POINT) | Q(user=request.by))).distinct()


@transaction.atomic
def restore(row: Pledge | ProgressUpdate | Milestone) -> None:
    """Show `row` to the public again. Raises ValidationError if it is not taken down."""
    row = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if row.taken_down_at is None:
        raise ValidationError(_("It is not taken down."))
    row.taken_down_at, row.taken_down_by, row.taken_down_reason = None, None, ""
    row.save(update_fields=["taken_down_at", "taken_down_by", "taken_down_reason"])


def render_decision(decision: RestoreDecision) -> list[EmailMultiAlternatives]:
    """The mail to one reader, in their current language; none if their account is closed."""
    request, reader = decision.request, decision.to
    if not reader.is_active:
        return []
    pledge = request.of_pledge
    with override(reader.language):
        context = {"request": request, "link": absolute_url(reverse("pledge_workspace", args=[pledge.pk]))}
        context["pledge"] = pledge.text("title", reader.language).value
        context["city"] = pledge.city.text("name", reader.language).value
        return [mail.compose("restore_decision", to=[reader.email], language=reader.language, context=context)]


def render(request: RestoreRequest) -> list[EmailMultiAlternatives]:
    """The mails to the staff, one for each language, with blind copies; none if the request is decided."""
    if request.decided_at:
        return []
    mails = []
    for language in CODES:
        if addresses := list(deciders().filter(language=language).values_list("email", flat=True)):
            with override(language):
                context = {"request": request, "link": absolute_url(reverse("cities_desk"))}
            pledge = request.of_pledge
            context |= {name: str(row.text(field, language).value) for name, row, field in (
                ("city", pledge.city, "name"), ("pledge", pledge, "title"))}  # fmt: skip
            letter = mail.compose("restore_request", to=[], language=language, context=context)
            letter.bcc = addresses
            mails.append(letter)
    return mails
