"""A cookie that tells the script of public pages that staff have signed in here, so that it may ask for “On the desk”.

It is only a hint and grants no access: the script asks, and the answer depends on the session. The pages themselves
never read it, and no other reader has it.
"""

from django.conf import settings
from django.http import HttpResponse

NAME = f"{settings.COOKIE_PREFIX}desk"


def leave(response: HttpResponse) -> None:
    """Leave the hint in this browser, for as long as a session lasts. A script reads it, so it is not HttpOnly."""
    response.set_cookie(
        NAME, "1", max_age=settings.SESSION_COOKIE_AGE, secure=settings.SESSION_COOKIE_SECURE, samesite="Strict"
    )


def take_away(response: HttpResponse) -> None:
    """Remove the hint at sign-out."""
    response.delete_cookie(NAME, samesite="Strict")
