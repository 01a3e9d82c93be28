"""The reader's own clock."""

import zoneinfo

from django.conf import settings
from django.utils import timezone


class ReaderTimeZoneMiddleware:
    """Times are shown in the zone of the reader who is logged in, in UTC to everyone else.

    A request without a session cookie is left alone, so that public pages never depend on who reads them.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
                return self.get_response(request)
        return self.get_response(request)
