"""For people who were invited: the page behind the link of an invitation."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from members import invitations
from members.models import Invitation, User


@never_cache
@login_not_required
def invitation(request, token: str):
    """The page behind the link of an invitation. Opening it changes nothing, since mail scanners do; a POST accepts."""
    offer, is_signed_in = Invitation.objects.from_token(token), request.user.is_authenticated
    if offer is None and request.method == "POST" and (accepted := invitations.accepted_by(request.user, token)):
        return invitations.welcome(request, accepted)
    if offer is None:
        return render(request, "members/invitation_closed.html", status=410)
    wrong_account = is_signed_in and request.user.email.lower() != offer.email.lower()
    if request.method == "POST" and not wrong_account:
        try:
            return _take_up(request, offer)
        except ValidationError:  # used or withdrawn at this very moment
            return render(request, "members/invitation_closed.html", status=410)
    has_account = User.objects.filter(email__iexact=offer.email).exists()
    context = {"invitation": offer, "wrong_account": wrong_account, "has_account": has_account}
    return render(request, "members/invitation.html", context)


def _take_up(request, offer: Invitation):
    """Accept `offer` at once if the reader is logged in; otherwise, let them log in or sign up first."""
    if request.user.is_authenticated:
        invitations.accept(offer, by=request.user)
        return invitations.welcome(request, offer)
    if User.objects.filter(email__iexact=offer.email).exists():
        invitations.accept_after_sign_in(request, offer)
        return redirect(reverse("account_login", query={"next": request.path}))
    invitations.remember(request, offer)
    return redirect("account_signup")
