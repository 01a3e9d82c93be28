"""For the focal points of a city and the staff: who acts for it, who is invited."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import invitations
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.forms import InvitationForm
from members.models import City, Invitation, Membership


def my_city_people(request, slug: str):
    """Who acts for the city, who is invited, and a form to invite one more."""
    city = get_object_or_404(City.objects.managed_by(request.user), slug=slug)
    editing = Editing(request, f"invitation-to:{city.slug}", InvitationForm)

    def invite(form: InvitationForm) -> Answer:
        invitations.invite(**form.cleaned_data, city=city, by=request.user)
        return Answer(request.path, _("We are sending the invitation to %(email)s.") % form.cleaned_data)

    if invited := editing.save(invite):
        return invited
    context = {
        "city": city,
        "memberships": city.memberships.select_related("user").order_by("user__name"),
        "invitations": city.invitations.open(),
    }
    return editing.page("members/people.html", context)


@require_POST
def remove_person(request, pk: int):
    """Somebody no longer acts for the city."""
    membership = get_object_or_404(Membership, pk=pk, city__in=City.objects.managed_by(request.user))
    try:
        invitations.remove(membership, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("%(name)s no longer acts for the city.") % {"name": membership.user})
    return redirect("my_city_people", slug=membership.city.slug)


@require_POST
def withdraw_invitation(request, pk: int):
    """The link of an invitation stops working."""
    cities = City.objects.managed_by(request.user)
    invitation = get_object_or_404(Invitation.objects.open(), pk=pk, city__in=cities)
    invitations.withdraw(invitation)
    messages.success(request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect("my_city_people", slug=invitation.city.slug)
