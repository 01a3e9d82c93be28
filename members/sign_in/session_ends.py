"""The longest time that a session lasts, in all and without being used.

The user of a request is looked up only when code asks for them. So a public page, which never asks, needs no query for
this and does not depend on a cookie.
"""

import datetime as dt
import logging
import time
import zoneinfo
from functools import partial
from typing import NamedTuple

from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from members.models import User
from members.sign_in import second_factor

logger = logging.getLogger(__name__)
SIGNED_IN, SEEN = "signed_in_at", "seen_at"
# Seconds after which the time of last use is written to the session again.
SEEN_EVERY = 5 * 60


class Lasts(NamedTuple):
    """Seconds: a session ends after `unused` without use, and after `in_all` in any case."""

    unused: int
    in_all: int


HOUR = int(dt.timedelta(hours=1).total_seconds())
STAFF = Lasts(unused=8 * HOUR, in_all=8 * HOUR)
OFFICIALS = Lasts(unused=12 * HOUR, in_all=14 * 24 * HOUR)


class LastingAuthenticationMiddleware(AuthenticationMiddleware):
    """Django's middleware, except that sessions end. For a session that has ended, `request.session_ended` is True once
    the user was looked up."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session_ended = False
        request.user = SimpleLazyObject(partial(_user_of, request))  # type: ignore[assignment]  # as Django does


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    # As Django does, so that signing in and out within a request is seen.
    if not hasattr(request, "_cached_user"):
        request._cached_user = auth.get_user(request)
        if request._cached_user.is_authenticated and _is_over(request, request._cached_user):
            request.session.flush()
            request._cached_user, request.session_ended = AnonymousUser(), True
        if request._cached_user.is_authenticated:
            timezone.activate(zoneinfo.ZoneInfo(request._cached_user.time_zone))
    return request._cached_user


def _is_over(request: HttpRequest, user: User) -> bool:
    now, session = int(time.time()), request.session
    signed_in = session.setdefault(SIGNED_IN, now)
    unused = now - session.get(SEEN, signed_in)
    # Before the shortest of all limits, no query for the kind of user is needed.
    if max(unused, now - signed_in) >= min(STAFF.unused, STAFF.in_all):
        lasts = STAFF if second_factor.is_staff(user) else OFFICIALS
        if unused >= lasts.unused or now - signed_in >= lasts.in_all:
            return True
    if unused >= SEEN_EVERY:
        session[SEEN] = now
    return False


def connect() -> None:
    """Connect Django's signals for signing in and out."""
    user_logged_in.connect(_signed_in, dispatch_uid="session_begins")
    user_logged_out.connect(_signed_out, dispatch_uid="session_ends")


def _signed_in(request: HttpRequest, **kwargs) -> None:
    request.session[SIGNED_IN] = request.session[SEEN] = int(time.time())


def _signed_out(user: User | None, **kwargs) -> None:
    logger.info("Account %s: signed out", user.pk if user else "-")
