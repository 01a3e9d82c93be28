"""Error pages that need no database: bad requests, server errors, maintenance."""

import sys
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseServerError,
    UnreadablePostError,
)
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language_from_request, override
from psycopg.errors import ReadOnlySqlTransaction

from scn_portal.base.documents.storage import StoreAway
from scn_portal.base.http.same_site import is_from_our_page
from scn_portal.base.limits import TooMany

RETRY_SECONDS = 300
DATABASE_AWAY = (OperationalError, InterfaceError)
AWAY = (*DATABASE_AWAY, StoreAway)
# Monitoring must not restart the process during maintenance.
HEALTH_PATHS = ("/healthz", "/readyz")
# The field that a form has whose words are kept (`members.editing`).
OPENED = "opened"


class MaintenanceMiddleware:
    """With SCN_MAINTENANCE set, 503 for all but health checks and views that say `works_in_maintenance`. Behind
    WhiteNoise, so that the page has its CSS."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MAINTENANCE and request.path not in HEALTH_PATHS and not _works_in_maintenance(request):
            return service_unavailable(request)
        return self.get_response(request)


def works_in_maintenance(view: Callable) -> Callable:
    """Decorate a view that answers during maintenance too, as far as the database is there. Outermost."""
    view.works_in_maintenance = True
    return view


def _works_in_maintenance(request: HttpRequest) -> bool:
    try:
        with override(get_language_from_request(request, check_path=True)):
            return getattr(resolve(request.path_info).func, "works_in_maintenance", False)
    except Resolver404:
        return False


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
    """500, or 503 where the database or the store of files is down, which is usually over soon."""
    exception = sys.exception()
    if isinstance(exception, AWAY):
        return service_unavailable(request)
    if exception and isinstance(exception.__cause__, ReadOnlySqlTransaction):
        connection.close()  # a standby, or about to be one: the next connection finds who takes writes
        return service_unavailable(request)
    return HttpResponseServerError(_bare_page(request, "500.html"))


def service_unavailable(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After. A form whose words are kept comes back with all that it held, to be sent again."""
    page = _bare_page(request, "503.html", given=_words_of(request), address=request.get_full_path())
    response = HttpResponse(page, status=503, headers={"Retry-After": RETRY_SECONDS})
    add_never_cache_headers(response)
    return response


def _words_of(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form of ours sent, where it is one whose words are kept: those say when they were opened.

    Nothing is asked of the database, and no other site can show its words under our name.
    """
    if request.method != "POST" or not is_from_our_page(request):
        return []
    try:
        sent = request.POST
    except (UnreadablePostError, SuspiciousOperation):
        return []
    return [(name, value) for name, values in sent.lists() for value in values] if OPENED in sent else []


def _bare_page(request: HttpRequest, template: str, **context) -> str:
    # The language comes from the path, since the middleware may not have run. No request is passed to the template:
    # its context processors may read the database.
    with override(get_language_from_request(request, check_path=True)):
        return render_to_string(template, context)
