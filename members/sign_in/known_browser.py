"""A browser in which somebody has signed in before: a signed cookie that names their account and a number of its own.

It grants no access. It only lets the owner of an account try passwords when strangers have used up their tries.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from members.models import User

COOKIE = f"{settings.COOKIE_PREFIX}known"
SALT = "members.sign_in.known_browser"
DAYS = 180
MOST_ACCOUNTS = 5


def leave(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Remember in this browser that `user` has signed in here."""
    known = _known(request)
    number = known.pop(str(user.pk), None) or secrets.token_urlsafe(12)
    kept = dict(list(known.items())[1 - MOST_ACCOUNTS :]) | {str(user.pk): number}
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def number(request: HttpRequest, user: User | None) -> str | None:
    """The number of this browser, if `user` has signed in here before; otherwise None."""
    return _known(request).get(str(user.pk)) if user else None


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=DAYS * 24 * 3600)
    except signing.BadSignature:
        return {}
