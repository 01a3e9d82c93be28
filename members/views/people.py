"""For the focal points of a city and the staff: the people who act for it, their roles, and the invitations.

Removing somebody concerns their drafts too, so its page is in `scn_portal.site.cities.people`.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from members import invitations, people, proposals
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.forms import InvitationForm, RoleForm
from members.models import City, Invitation, Membership, Role
from members.permissions import acts_for
from members.sign_in import required_by_city
from members.sign_in.asked_again import ask_again, asks_again
from scn_portal.base.http.confirmation import Question, ask
from scn_portal.base.limits import TooMany
from scn_portal.base.strangers import said


def my_city_people(request, slug: str):
    """The people who act for the city, those who are invited, and a form to invite one more."""
    city = get_object_or_404(City.objects.managed_by(request.user), slug=slug)
    editing = Editing(request, f"invitation-to:{city.slug}", InvitationForm)

    def invite(form: InvitationForm) -> Answer:
        ask_again(request)
        try:
            invitations.invite(**form.cleaned_data, city=city, by=request.user)
        except TooMany as refused:
            request.too_many = refused
            words = _("Your city has invited %(most)s people today, which is the most.") % {"most": refused.limit.most}
            raise ValidationError(f"{words} {said(refused)}") from refused
        return Answer(request.path, _("We are sending the invitation to %(email)s.") % form.cleaned_data)

    if invited := editing.save(invite):
        return invited
    context = {
        "city": city,
        "memberships": city.memberships.select_related("user").order_by("user__name"),
        "invitations": city.invitations.open(),
        "expired": city.invitations.expired(),
        "for_staff": not acts_for(request.user, city),
        "may_turn_sign_off": proposals.is_focal_point(request.user, city),
        "required_second_step": required_by_city.of(city),
    }
    return editing.page("members/people.html", context)


def person_role(request, pk: int):
    """Give somebody another role. The last focal point keeps their role, unless the reason is given."""
    membership = _managed(request.user, pk)
    form = RoleForm(request.POST if request.method == "POST" else None, membership=membership)
    if request.method == "POST" and form.is_valid():
        ask_again(request)
        try:
            changed = people.change_role(membership, by=request.user, **form.cleaned_data)
        except people.LastFocalPoint as error:
            form.ask_why(error)
        except ValidationError as error:
            membership = _managed(request.user, pk)
            form = RoleForm({**form.data.dict(), "before": membership.role}, membership=membership)
            form.add_error(None, error)
        else:
            words = {"name": changed.user, "role": changed.get_role_display()}
            messages.success(request, _("%(name)s now has the role: %(role)s.") % words)
            return _back_to_people(request, changed.city)
    for_staff = not acts_for(request.user, membership.city)
    context = {"city": membership.city, "membership": membership, "form": form, "for_staff": for_staff}
    return render(request, "members/role.html", context)


@require_POST
def people_confirm(request, slug: str):
    """Confirm that everybody listed still acts for the city."""
    city = get_object_or_404(City.objects.managed_by(request.user), slug=slug)
    count = people.confirm(city, by=request.user)
    messages.success(
        request, ngettext("%(count)s person is confirmed.", "%(count)s people are confirmed.", count) % {"count": count}
    )
    return redirect("my_city_people", slug=city.slug)


@require_POST
def sign_off(request, slug: str):
    """Turn the city's own sign-off on or off, for a focal point."""
    acted_for = City.objects.filter(memberships__user=request.user, memberships__role=Role.FOCAL_POINT)
    city = get_object_or_404(acted_for, slug=slug)
    city = proposals.turn(city, on="on" in request.POST, by=request.user)
    on = _("From now on, editors propose, and a focal point publishes and submits.")
    off = _("From now on, editors publish and submit by themselves. What was proposed still waits for a focal point.")
    messages.success(request, on if city.needs_sign_off else off)
    return redirect("my_city_people", slug=city.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_invitation(request, pk: int):
    """Ask for confirmation; a POST withdraws the invitation, and its link stops working."""
    invitation, city = _pending(request.user, pk)
    if request.method != "POST":
        return ask(request, _withdrawal_of(invitation, city), city=city, for_staff=not acts_for(request.user, city))
    invitations.withdraw(invitation)
    messages.success(request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect("my_city_people", slug=city.slug)


def _withdrawal_of(invitation: Invitation, city: City) -> Question:
    return Question(
        title=_("Withdraw the invitation to %(email)s?") % {"email": invitation.email},
        consequences=[
            _("The link that we sent stops working at once. We send no email about it."),
            _("You can invite this address again later."),
        ],
        button=_("Withdraw the invitation"),
        back=reverse("my_city_people", args=[city.slug]),
    )


@require_POST
@asks_again
def send_invitation_again(request, pk: int):
    """Send a new link to the same address; the earlier one stops working."""
    invitation, city = _pending(request.user, pk)
    try:
        invitations.send_again(invitation, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("We are sending the invitation to %(email)s.") % {"email": invitation.email})
    return redirect("my_city_people", slug=city.slug)


def _managed(user, pk: int) -> Membership:
    memberships = Membership.objects.select_related("city", "user")
    return get_object_or_404(memberships, pk=pk, city__in=City.objects.managed_by(user))


def _pending(user, pk: int) -> tuple[Invitation, City]:
    """The invitation and its city. Raises Http404 for an invitation to the staff, which has no city."""
    pending = Invitation.objects.pending().select_related("city")
    invitation = get_object_or_404(pending, pk=pk, city__in=City.objects.managed_by(user))
    assert invitation.city, "asked for by its city"
    return invitation, invitation.city


def _back_to_people(request, city: City):
    """Redirect to the page of people, or, if the user no longer manages the city, to the workspace."""
    still = City.objects.managed_by(request.user).filter(pk=city.pk).exists()
    return redirect("my_city_people" if still else "my_city_of", slug=city.slug)
