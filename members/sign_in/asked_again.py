"""Acts that ask for the password, or the second step, where it was given more than a quarter of an hour ago.

allauth keeps what was sent meanwhile and does it once the password was right.
"""

import time
from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse


def was_asked_lately(request: HttpRequest) -> bool:
    """Whether whoever is signed in has given a password, a code or a key within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def asks_again(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose form does something of weight: before it is done, and not before its page is shown."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "POST":
            ask_again(request)
        return view(request, *args, **kwargs)

    return wrapped


def ask_again(request: HttpRequest) -> None:
    """Where it was long ago, go to the page that asks, and do `request` after that. To be called by a view that is
    about to act, with nothing done that a transaction does not take back."""
    if request.user.is_authenticated and not was_asked_lately(request):
        raise ReauthenticationRequired
