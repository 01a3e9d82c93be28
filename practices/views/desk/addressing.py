"""Giving up the address of a practice, if its words expose somebody."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from practices import addresses
from practices.choices import ONCE_PUBLIC
from practices.desk_forms import AddressForm
from practices.views.desk.access import moderators_only


@moderators_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_address(request, pk: int) -> HttpResponse:
    """Give the practice an address without words; the one that it has answers 410 for good."""
    practice = get_object_or_404(addresses.with_a_public_address(request.user), pk=pk)
    initial = {"slug": practice.slug}
    editing = Editing(request, f"address:{practice.pk}", AddressForm, among_staff=True, initial=initial)
    revision = practice.revisions.filter(status__in=ONCE_PUBLIC).latest("number")
    back = reverse("desk_revision", args=[revision.pk])

    def give_up(form: AddressForm) -> Answer:
        addresses.retire(practice, by=request.user, **form.cleaned_data)
        return Answer(back, _("The practice has a new address. The old one is given up for good."))

    context = {"practice": practice, "revision": revision, "back": back}
    if answer := editing.save(give_up):
        return answer
    return editing.page(
        "practices/desk/address.html", context | {"drafts": addresses.drafts(practice, by=request.user)}
    )
