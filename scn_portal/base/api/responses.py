"""How the API answers: to anybody and from anywhere, without cookies, with an ETag; and what is wrong in one shape.

    {"error": {"code": "unknown_value", "message": "…", "field": "region"}}

`code` is for programs, `message` for whoever writes them, `field` names the parameter at fault where there is one.
"""

import logging
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer

from scn_portal.base.http.caching import DATA_CACHE_SECONDS
from scn_portal.base.http.error_pages import DATABASE_AWAY, RETRY_SECONDS

logger = logging.getLogger(__name__)

METHODS = "GET, HEAD, OPTIONS"
# Reading is all there is, and it depends on nobody: any page anywhere may ask.
PUBLIC_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Allow",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = {
    "Allow": METHODS,
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


AS_WRITTEN = {"ensure_ascii": False}  # é, not \u00e9: smaller, and readable in a browser


class Renderer(JSONRenderer):
    """JSON with its letters as they are."""

    json_dumps_params = AS_WRITTEN


class ErrorDetail(Schema):
    """What is wrong with a request."""

    code: str
    message: str
    field: str | None = None


class ErrorResponse(Schema):
    """The answer to a request that cannot be met."""

    error: ErrorDetail


class ApiError(Exception):
    """A request that cannot be met, with what it is told."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field


# What any operation may answer besides what it is there for.
ERROR_RESPONSES = {frozenset({400, 404, 405, 422, 500, 503}): ErrorResponse}


def error_response(status: int, code: str, message: str, field: str | None = None) -> JsonResponse:
    """An answer in the shape that says what is wrong."""
    fault = {"code": code, "message": message, "field": field}
    return JsonResponse({"error": fault}, status=status, json_dumps_params=AS_WRITTEN)


def public_read_only(view: Callable) -> Callable:
    """`view` for anybody and any page of the web: read only, with an ETag, and 304 to whoever has it already."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = _respond(view, request, *args, **kwargs)
        for name, value in PUBLIC_HEADERS.items():
            response[name] = value
        # Said here, it depends on no reader: see members.middleware.ReaderLanguageMiddleware.
        response["Content-Language"] = "en" if response.status_code >= 400 else "en, fr"
        return response

    return csrf_exempt(login_not_required(answer))


def _respond(view: Callable, request: HttpRequest, *args, **kwargs) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=PREFLIGHT)
    if request.method not in ("GET", "HEAD"):
        refused = error_response(405, "method_not_allowed", f"This interface only reads: {METHODS}.")
        refused["Allow"] = METHODS
        return refused
    response = _get(view, request, *args, **kwargs)
    if response.status_code != 200:
        return response
    response["Cache-Control"] = f"public, max-age={DATA_CACHE_SECONDS}"
    set_response_etag(response)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _get(view: Callable, request: HttpRequest, *args, **kwargs) -> HttpResponse:
    """What `view` answers to GET; the server leaves out the body of what was asked for with HEAD."""
    asked, request.method = request.method, "GET"
    try:
        return view(request, *args, **kwargs)
    finally:
        request.method = asked


# --- What is wrong ---------------------------------------------------------------------------------------------------


def register_error_handlers(api: NinjaAPI) -> None:
    """Every fault of a request to `api`, and of `api` itself, is told in the one shape."""
    handlers: dict[type[Exception], Callable] = {
        ApiError: _handle_api_error,
        Http404: _not_found,
        ValidationError: _invalid,
        HttpError: _http_error,
        SuspiciousOperation: _bad_request,
        Exception: _server_error,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _handle_api_error(request: HttpRequest, fault: ApiError) -> HttpResponse:
    return error_response(fault.status, fault.code, fault.message, fault.field)


def _not_found(request: HttpRequest, fault: Exception) -> HttpResponse:
    return error_response(404, "not_found", "There is nothing at this address.")


def _invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """The first of the faults: one is enough to correct."""
    error = fault.errors[0]
    field = next((str(part) for part in error["loc"][1:] if part != "params"), None)
    if field == "cursor":
        message = "This is no cursor of ours: take it from “next” as it stands."
        return error_response(400, "bad_cursor", message, field)
    return error_response(422, "invalid_value", f"{error['msg']}.", field)


def _bad_request(request: HttpRequest, fault: Exception) -> HttpResponse:
    """More parameters than anybody needs, or the like."""
    return error_response(
        400, "bad_request", "This request cannot be read: it holds too much, or what no request holds."
    )


def _http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    return error_response(fault.status_code, "refused", str(fault))


def _server_error(request: HttpRequest, fault: Exception) -> HttpResponse:
    logger.exception("The API failed at %s", request.get_full_path(), exc_info=fault)
    if isinstance(fault, DATABASE_AWAY):
        response = error_response(503, "away", "The database is away; try again in a few minutes.")
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    return error_response(500, "our_fault", "This is our fault, and it is in our log.")
