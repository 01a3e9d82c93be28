"""Middleware for the login, the language and the time zone of the reader."""

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from members import staff_hint
from members.editing.given_back import page_for


class ClosedByDefaultMiddleware(LoginRequiredMiddleware):
    """Every page needs a login unless its view is `@login_not_required`.

    Django's middleware reads the user on public pages too, which would set Vary: Cookie on them.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request, view_func):
        """The redirect to the page to sign in; a form whose session has ended is given back with its words."""
        given = page_for(request) if request.method == "POST" else None
        response = given or super().handle_no_permission(request, view_func)
        if request.session_ended and response.has_header("Location"):
            response["Location"] += "&ended=1"
        return response

    def process_response(self, request, response):
        # Pages shown in a session must not stay in the cache of a browser that others may use.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            add_never_cache_headers(response)
        if request.method == "POST" and request.resolver_match and request.resolver_match.url_name == "account_logout":
            # This also clears the pages that a browser keeps for its Back button.
            response["Clear-Site-Data"] = '"cache"'
            staff_hint.take_away(response)
        return response


class ReaderLanguageMiddleware(LocaleMiddleware):
    """Activates the language of the URL, or else of the browser."""

    def process_response(self, request, response):
        # A view that sets Content-Language gives everybody the same answer, so Vary: Accept-Language is not needed.
        return response if response.has_header("Content-Language") else super().process_response(request, response)


class ReaderTimeZoneMiddleware:
    """Keeps the time zone of the reader within one request. It is set once a page reads the user; pages that are the
    same for everybody stay in UTC."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # `_user_of` in members/sign_in/session_ends.py sets it; here it is reset.
        with timezone.override(timezone.get_current_timezone()):
            return self.get_response(request)
