"""The current day. All code uses this module; a test forbids every other way.

Pages of a session are shown in the reader's time zone and use Django's `timezone.localdate()` for the reader's day. On
public pages, which are the same for everybody, that is the same day as here.
"""

import datetime as dt

from django.utils import timezone


def today(at: dt.datetime | None = None) -> dt.date:
    """The current day, or the day of `at`, for public pages, files and issues: in UTC, the same for every reader."""
    return (at or timezone.now()).astimezone(dt.UTC).date()


def latest_today() -> dt.date:
    """The current day in the easternmost time zone: for some people it is already tomorrow."""
    return today(timezone.now() + dt.timedelta(hours=14))
