"""Which day it is: the one door. A test forbids every other way.

The day of a reader, in whose time zone the pages of a session are shown, is `timezone.localdate()` of Django; on pages
that are the same for everybody that is the same day as here.
"""

import datetime as dt

from django.utils import timezone


def today(at: dt.datetime | None = None) -> dt.date:
    """The day that public pages, files and issues go by, now or `at` a moment: in UTC, the same for every reader."""
    return (at or timezone.now()).astimezone(dt.UTC).date()


def latest_today() -> dt.date:
    """The day in the easternmost time zone: a reporter's today may be the server's tomorrow."""
    return today(timezone.now() + dt.timedelta(hours=14))
