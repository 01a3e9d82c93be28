"""Pages of members: the cities, an official's workspace, invitations."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from members import confirming, invitations
from members.forms import InvitationForm
from members.listing import Asked
from members.models import City, Invitation, Membership, User

CITIES_A_PAGE = 24


@require_safe
@login_not_required
def city_list(request):
    """The cities of the network, narrowed by what the reader asks, in the order they ask for."""
    asked = Asked(request.GET, get_language())
    page = Paginator(asked.cities, CITIES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "members/city_list.html", {"asked": asked, "narrowing": asked.narrowing, "page": page})


@require_safe
def my_city(request, slug: str | None = None):
    """An official's workspace: their city, its pledges and practices. Whoever acts for several chooses first."""
    cities = City.objects.visible_in_workspace_to(request.user)
    if slug is None and cities.count() != 1:
        return render(request, "members/my_cities.html", {"cities": cities})
    city = get_object_or_404(cities, slug=slug) if slug else cities.get()
    membership = city.memberships.get(user=request.user)
    return render(request, "members/my_city.html", {"city": city, "membership": membership})


@require_POST
def city_confirm(request, slug: str):
    """What the portal says of the city is right, says somebody who writes for it."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    confirming.confirm(city, by=request.user)
    messages.success(request, _("Thank you. The page of your city says that it was confirmed today."))
    return redirect("my_city_of", slug=city.slug)


def my_city_people(request, slug: str):
    """Who acts for the city, who is invited, and a form to invite one more."""
    city = get_object_or_404(City.objects.managed_by(request.user), slug=slug)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.invite(**form.cleaned_data, city=city, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The invitation to %(email)s is on its way.") % form.cleaned_data)
            return redirect("my_city_people", slug=city.slug)
    context = {
        "city": city,
        "form": form,
        "memberships": city.memberships.select_related("user").order_by("user__name"),
        "invitations": city.invitations.open(),
    }
    return render(request, "members/people.html", context)


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


@never_cache
@login_not_required
def invitation(request, token: str):
    """Where the link of an invitation leads. Opening it changes nothing (mail scanners do); accepting is a POST."""
    offer = Invitation.objects.from_token(token)
    if offer is None:
        return render(request, "members/invitation_closed.html", status=410)
    wrong_account = request.user.is_authenticated and request.user.email.lower() != offer.email.lower()
    if request.method == "POST" and not wrong_account:
        return _take_up(request, offer)
    has_account = User.objects.filter(email__iexact=offer.email).exists()
    context = {"invitation": offer, "wrong_account": wrong_account, "has_account": has_account}
    return render(request, "members/invitation.html", context)


def _take_up(request, offer: Invitation):
    """Accept `offer` at once when logged in; log in or sign up first otherwise."""
    if request.user.is_authenticated:
        invitations.accept(offer, by=request.user)
        messages.success(request, _("You now act for %(city)s.") % {"city": offer.city})
        return redirect("my_city_of", slug=offer.city.slug)
    if User.objects.filter(email__iexact=offer.email).exists():
        return redirect(reverse("account_login", query={"next": request.path}))
    invitations.remember(request, offer)
    return redirect("account_signup")
