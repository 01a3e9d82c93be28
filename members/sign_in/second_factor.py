"""The second step of a sign-in: who must have one, whether it was given in this session, and the pages that ask for it.

allauth asks the people who have a second step for it. This module adds the rule that some people must have one.
"""

from allauth.account.adapter import get_adapter
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from members.editing.given_back import page_for
from members.models import User

# In the session: the key of the user who has given the second step in it, and the page they wanted before they were
# redirected to set one up.
GIVEN, WANTED = "second_factor", "second_factor_wanted"
# The kinds that are a second step by themselves. Recovery codes come with them.
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# The pages where it is given, and those to sign out.
ASKED = {
    "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_logout", "logout",
}  # fmt: skip
# The pages of accounts, where it is set up: they are open to people who have none yet.
OPEN = ("account_", "mfa_", "usersessions_", "second_step")
HAS_PERMISSION = Q(user_permissions__isnull=False) | Q(groups__permissions__isnull=False)
IS_STAFF = Q(is_staff=True) | Q(is_superuser=True) | HAS_PERMISSION
MUST_HAVE = IS_STAFF | Q(memberships__city__required_second_factor__isnull=False)


def is_staff(user: User) -> bool:
    """Whether `user` may open the admin, is a superuser, or has any permission, even through a group."""
    return User.objects.filter(IS_STAFF, pk=user.pk).exists()


def must_have(user: User) -> bool:
    """Whether `user` needs a second step to open anything: the staff, and the people of a city that requires it."""
    return User.objects.filter(MUST_HAVE, pk=user.pk).exists()


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=KINDS).exists()


def may_go_without(authenticator: Authenticator) -> bool:
    """Whether the owner may remove this one, since they have another or need none."""
    others = Authenticator.objects.filter(user=authenticator.user, type__in=KINDS).exclude(pk=authenticator.pk)
    return others.exists() or not must_have(authenticator.user)


def is_given(request: HttpRequest) -> bool:
    """Whether the user has given or set up their second step in this session."""
    return request.session.get(GIVEN) == str(request.user.pk)


def is_suggested_to(request) -> bool:
    """Whether to suggest a second step to the user, who has none and has not put it off."""
    put_off = request.user.second_factor_put_off_until
    return not is_given(request) and not (put_off and put_off > timezone.now()) and not has_one(request.user)


def page_to_give_it(request) -> str:
    """The address where the user gives or sets up their second step, and then goes on to the page they wanted."""
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else request.session.get(WANTED, "/")
    if has_one(request.user):
        ways = get_adapter(request).get_reauthentication_methods(request.user)
        address = next(way["url"] for way in ways if way["id"].startswith("mfa"))
        return f"{address}?{urlencode({'next': wanted})}"
    request.session[WANTED] = wanted
    return reverse("second_step")


class SecondFactorMiddleware:
    """People who have a second step give it in every session, even in one that began before they had it. People who
    must have one but have none open only the pages where it is set up."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        name = (request.resolver_match.url_name or "") if request.resolver_match else ""
        if not getattr(view, "login_required", True) or name in ASKED:
            return None
        if not request.user.is_authenticated or is_given(request):
            return None
        has, must = _asked_of(request.user)
        if not has and (not must or name.startswith(OPEN)):
            return None
        where = page_to_give_it(request)
        given = page_for(request, second_step=where) if request.method == "POST" else None
        return given or redirect(where)


def _asked_of(user) -> tuple[bool, bool]:
    """Whether `user` has a second step, and whether they must have one. One query."""
    has = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=KINDS))
    must = Exists(User.objects.filter(MUST_HAVE, pk=OuterRef("pk")))
    return User.objects.filter(pk=user.pk).values_list(has, must).get()


# --- Signals of allauth ----------------------------------------------------------------------------------------------


def connect() -> None:
    """Connect the signals of allauth: a second step was given, set up or removed."""
    signals.authenticator_used.connect(_given, dispatch_uid="second_factor_given")
    signals.authenticator_added.connect(_given, dispatch_uid="second_factor_added")
    signals.authenticator_removed.connect(_taken_away, dispatch_uid="second_factor_removed")


def _given(request: HttpRequest, user: User, **kwargs) -> None:
    request.session[GIVEN] = str(user.pk)


def _taken_away(request: HttpRequest, user: User, **kwargs) -> None:
    if not has_one(user):
        request.session.pop(GIVEN, None)
        end_other_sessions(request, user)


def end_other_sessions(request: HttpRequest, user: User) -> None:
    """Sign `user` out everywhere except in this session."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()
