"""Actions that ask again for the password or the second step, if it was given more than a quarter of an hour ago.

Meanwhile, allauth keeps what was sent; it goes on once the password was right.
"""

import time
from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse


def was_asked_lately(request: HttpRequest) -> bool:
    """Whether the user has given a password, a code or a key within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def asks_again(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view whose form does something important: it asks again before a POST, but not to show the page."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "POST":
            ask_again(request)
        return view(request, *args, **kwargs)

    return wrapped


def ask_again(request: HttpRequest) -> None:
    """If it was long ago, go to the page that asks and then repeat `request`: raises ReauthenticationRequired. A view
    calls this when it is about to act, before it has done anything that a transaction does not undo."""
    if request.user.is_authenticated and not was_asked_lately(request):
        raise ReauthenticationRequired
