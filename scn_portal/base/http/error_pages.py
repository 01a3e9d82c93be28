"""The page for when the portal is away: on purpose, or because its database does not answer."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseServerError
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language_from_request, override

RETRY_SECONDS = 300
# What is raised when the database does not answer.
DATABASE_AWAY = (OperationalError, InterfaceError)
# Whoever watches the process must not restart it because we are at work on it.
STILL_ANSWERED = ("/healthz", "/readyz")


class MaintenanceMiddleware:
    """With SCN_MAINTENANCE set, 503 to everything but health. It stands behind WhiteNoise: the page has its look."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MAINTENANCE and request.path not in STILL_ANSWERED:
            return service_unavailable(request)
        return self.get_response(request)


def bad_request(request, exception) -> HttpResponseBadRequest:
    """What an unknown host, a form too large or the like is answered, in the language of the address.

    The page is rendered without the request, and in a language found here: the middleware may not have come to it.
    """
    return HttpResponseBadRequest(_bare_page(request, "400.html"))


def server_error(request: HttpRequest) -> HttpResponse:
    """What a fault of ours is answered; 503 where the database is away, which is soon over."""
    if isinstance(sys.exception(), DATABASE_AWAY):
        return service_unavailable(request)
    return HttpResponseServerError(_bare_page(request, "500.html"))


def service_unavailable(request: HttpRequest) -> HttpResponse:
    """503, and when to try again."""
    response = HttpResponse(_bare_page(request, "503.html"), status=503, headers={"Retry-After": RETRY_SECONDS})
    add_never_cache_headers(response)
    return response


def _bare_page(request: HttpRequest, template: str) -> str:
    """In the language of the address, found here: the middleware may not have come to it. Without the request, whose
    context processors may ask the database."""
    with override(get_language_from_request(request, check_path=True)):
        return render_to_string(template)
