"""The second step of a sign-in: the page that leads to it, putting it off, and cities that require it."""

import datetime as dt

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members.models import City, Role
from members.sign_in import required_by_city, second_factor
from members.sign_in.asked_again import asks_again

PUT_OFF = dt.timedelta(days=30)


class SecondStepAsked(AuthenticateView):
    """allauth's page that asks for the second step. It offers passkeys only to people who have one: the code for
    passkeys takes megabytes in a web worker, and the button helps nobody else."""

    def get_context_data(self, **kwargs):
        owned = {"user": self.stage.login.user, "type": Authenticator.Type.WEBAUTHN}
        if Authenticator.objects.filter(**owned).exists():
            return super().get_context_data(**kwargs)
        self.webauthn_form = None
        context = super().get_context_data(**kwargs)
        return context | {"MFA_SUPPORTED_TYPES": [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]}


@require_safe
def second_step(request):
    """The page that explains why this account has, or should have, a second step, and the two kinds of it."""
    requiring = City.objects.filter(memberships__user=request.user, required_second_factor__isnull=False)
    context = {
        "is_staff": second_factor.is_staff(request.user),
        "requiring": requiring.order_by("name"),
        "has_one": second_factor.has_one(request.user),
    }
    return render(request, "members/second_step.html", context)


@require_POST
def second_step_later(request):
    """Stop suggesting a second step in the workspace for PUT_OFF."""
    request.user.second_factor_put_off_until = timezone.now() + PUT_OFF
    request.user.save(update_fields=["second_factor_put_off_until"])
    return redirect("my_city")


@require_POST
@asks_again
def city_second_step(request, slug: str):
    """Turn the requirement of a second step for everybody who acts for the city on or off, for a focal point."""
    acted_for = City.objects.filter(memberships__user=request.user, memberships__role=Role.FOCAL_POINT)
    city = get_object_or_404(acted_for, slug=slug)
    is_on = "on" in request.POST
    required_by_city.turn(city, on=is_on, by=request.user)
    on = _("From now on, everybody who acts for your city signs in with a second step.")
    off = _("From now on, a second step is up to each person.")
    messages.success(request, on if is_on else off)
    return redirect("my_city_people", slug=city.slug)
