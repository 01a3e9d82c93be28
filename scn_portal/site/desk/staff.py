"""The staff: who moderates, who is invited, and a form to invite one more. By staff, without a city."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members import invitations
from members import staff as members_staff
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.forms import StaffInvitationForm
from members.models import Invitation
from members.sign_in.asked_again import ask_again, asks_again
from practices.views.desk.access import moderators_only
from scn_portal.base.http.confirmation import Question, ask


@moderators_only
def staff(request):
    """Who belongs to the staff, and who is invited."""
    _require_staff(request.user)
    editing = Editing(request, "invitation-to-staff", StaffInvitationForm, among_staff=True)

    def invite(form: StaffInvitationForm) -> Answer:
        ask_again(request)
        invitations.invite_to_staff(**form.cleaned_data, by=request.user)
        return Answer(request.path, _("We are sending the invitation to %(email)s.") % form.cleaned_data)

    if invited := editing.save(invite):
        return invited
    pending = Invitation.objects.to_staff().order_by("-created_at")
    context = {"people": members_staff.people(), "invitations": pending.open(), "expired": pending.expired()}
    return editing.page("desk/staff.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@moderators_only
def withdraw(request, pk: int):
    """Withdraw an invitation to the staff, after asking for confirmation: its link stops working."""
    invitation = _pending(request.user, pk)
    if request.method != "POST":
        return ask(request, _withdrawal_of(invitation))
    invitations.withdraw(invitation)
    messages.success(request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect("desk_staff")


@require_POST
@moderators_only
@asks_again
def send_again(request, pk: int):
    """Send a new link to the same address; the earlier one stops working."""
    invitation = _pending(request.user, pk)
    try:
        invitations.send_again(invitation, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("We are sending the invitation to %(email)s.") % {"email": invitation.email})
    return redirect("desk_staff")


def _pending(user, pk: int) -> Invitation:
    _require_staff(user)
    return get_object_or_404(Invitation.objects.to_staff().pending(), pk=pk)


def _require_staff(user) -> None:
    """Raise Http404 for moderators who are not staff: they may not invite to it."""
    if not user.is_of_the_staff:
        raise Http404


def _withdrawal_of(invitation: Invitation) -> Question:
    return Question(
        title=_("Withdraw the invitation to %(email)s?") % {"email": invitation.email},
        consequences=[
            _("The link that we sent stops working at once. We send no email about it."),
            _("You can invite this address again later."),
        ],
        button=_("Withdraw the invitation"),
        back=reverse("desk_staff"),
    )
