"""What is known of a reader before a view runs: whether they must log in, their language, and their own clock."""

import zoneinfo

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone
from django.utils.cache import add_never_cache_headers


class ClosedByDefaultMiddleware(LoginRequiredMiddleware):
    """Every page asks for a login unless its view is `@login_not_required`.

    Django's own asks who the reader is even where it does not matter, which would set Vary: Cookie on public pages.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def process_response(self, request, response):
        """Nothing that was shown to somebody with a session stays in the cache of a browser that others may use."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            add_never_cache_headers(response)
        return response


class ReaderLanguageMiddleware(LocaleMiddleware):
    """The language of the address, or, where it names none, the one that the reader's browser asks for.

    An answer whose view says what languages it is in (Content-Language) is the same for every reader. Django's own
    would tell shared caches to keep it once for each language that browsers ask for.
    """

    def process_response(self, request, response):
        return response if response.has_header("Content-Language") else super().process_response(request, response)


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
