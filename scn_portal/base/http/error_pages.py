"""Error pages that need no database: bad requests, server errors, maintenance."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseServerError
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language_from_request, override

from scn_portal.base.limits import TooMany

RETRY_SECONDS = 300
DATABASE_AWAY = (OperationalError, InterfaceError)
# Monitoring must not restart the process during maintenance.
HEALTH_PATHS = ("/healthz", "/readyz")


class MaintenanceMiddleware:
    """With SCN_MAINTENANCE set, 503 for all but health checks. Behind WhiteNoise, so that the page has its CSS."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MAINTENANCE and request.path not in HEALTH_PATHS:
            return service_unavailable(request)
        return self.get_response(request)


def bad_request(request, exception) -> HttpResponseBadRequest:
    """The response to an unknown host, a form that is too large, and the like."""
    return HttpResponseBadRequest(_bare_page(request, "400.html"))


def too_many(request: HttpRequest, refused: TooMany) -> HttpResponse:
    """429 with Retry-After: a limit is reached."""
    response = HttpResponse(_bare_page(request, "429.html"), status=429, headers={"Retry-After": refused.retry_after})
    add_never_cache_headers(response)
    return response


class TooManyMiddleware:
    """A view that reaches a limit of `scn_portal.base.limits` answers 429, with its own page where it says so itself
    and leaves what was refused as `request.too_many`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if refused := getattr(request, "too_many", None):
            response.status_code, response["Retry-After"] = 429, str(refused.retry_after)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return too_many(request, exception) if isinstance(exception, TooMany) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database is down, which is usually over soon."""
    if isinstance(sys.exception(), DATABASE_AWAY):
        return service_unavailable(request)
    return HttpResponseServerError(_bare_page(request, "500.html"))


def service_unavailable(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After."""
    response = HttpResponse(_bare_page(request, "503.html"), status=503, headers={"Retry-After": RETRY_SECONDS})
    add_never_cache_headers(response)
    return response


def _bare_page(request: HttpRequest, template: str) -> str:
    # The language comes from the path, since the middleware may not have run. No request is passed to the template:
    # its context processors may read the database.
    with override(get_language_from_request(request, check_path=True)):
        return render_to_string(template)
