"""Responses of the API: public, without cookies, with an ETag; and errors in one shape.

    {"error": {"code": "unknown_value", "message": "…", "field": "region"}}

`code` is for programs, `message` for developers, `field` is the invalid parameter, if there is one.
"""

import logging
from collections.abc import Callable
from functools import wraps

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer
from pydantic import BaseModel

from scn_portal.base import strangers
from scn_portal.base.http.error_pages import DATABASE_AWAY, RETRY_SECONDS
from scn_portal.base.http.public import public_page
from scn_portal.base.limits import TooMany

logger = logging.getLogger(__name__)

METHODS = "GET, HEAD, OPTIONS"
# The API only reads, and is the same for everybody: pages of any site may use it.
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
    """JSON without escapes for non-ASCII letters."""

    json_dumps_params = AS_WRITTEN


class ErrorDetail(BaseModel):
    """What is wrong with a request."""

    code: str
    message: str
    field: str | None = None


class ErrorResponse(BaseModel):
    """The answer to a request that cannot be met."""

    error: ErrorDetail


class ApiError(Exception):
    """An error to answer a request with."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field


# The error responses of every operation.
ERROR_RESPONSES = {frozenset({400, 404, 405, 410, 422, 429, 500, 503}): ErrorResponse}


def error_response(status: int, code: str, message: str, field: str | None = None) -> JsonResponse:
    error = {"code": code, "message": message, "field": field}
    return JsonResponse({"error": error}, status=status, json_dumps_params=AS_WRITTEN)


def public_read_only(view: Callable) -> Callable:
    """Make `view` public and read-only, for pages of any site. A parameter that it does not know is an error."""

    @csrf_exempt
    @public_page(all_parameters=True, forms=True, headers=PUBLIC_HEADERS)
    @wraps(view)
    def public_view(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = _respond(view, request, *args, **kwargs)
        for name, value in PUBLIC_HEADERS.items():
            response[name] = value
        # Set here so that it is the same for all readers: see members.middleware.ReaderLanguageMiddleware.
        response["Content-Language"] = "en" if response.status_code >= 400 else "en, fr"
        return response

    return public_view


def _respond(view: Callable, request: HttpRequest, *args, **kwargs) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=PREFLIGHT)
    if request.method not in ("GET", "HEAD"):
        not_allowed = error_response(405, "method_not_allowed", f"This interface only reads: {METHODS}.")
        not_allowed["Allow"] = METHODS
        return not_allowed
    try:
        if not hasattr(request, "is_ours"):
            strangers.count(strangers.API_REQUESTS, request)
    except TooMany as refused:
        return _too_many(refused)
    return _get(view, request, *args, **kwargs)


def _get(view: Callable, request: HttpRequest, *args, **kwargs) -> HttpResponse:
    """The response of `view` to GET, also for HEAD: the server leaves out the body."""
    method, request.method = request.method, "GET"
    try:
        return view(request, *args, **kwargs)
    finally:
        request.method = method


# --- Errors ----------------------------------------------------------------------------------------------------------


def register_error_handlers(api: NinjaAPI) -> None:
    """Answer every error in `api` in the same shape."""
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


def _too_many(refused: TooMany) -> HttpResponse:
    message = f"{refused.limit.most} requests a minute are enough; try again in {refused.retry_after} seconds."
    response = error_response(429, "too_many_requests", message)
    response["Retry-After"] = str(refused.retry_after)
    return response


def _handle_api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
    return error_response(error.status, error.code, error.message, error.field)


def _not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    return error_response(404, "not_found", "There is nothing at this address.")


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer with the first of the errors."""
    first = error.errors[0]
    field = next((str(part) for part in first["loc"][1:] if part != "params"), None)
    if field == "cursor":
        message = "This is no cursor of ours: take it from “next” as it stands."
        return error_response(400, "bad_cursor", message, field)
    return error_response(422, "invalid_value", f"{first['msg']}.", field)


def _bad_request(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer a request with too many parameters, or one that is malformed."""
    return error_response(
        400, "bad_request", "This request cannot be read: it holds too much, or what no request holds."
    )


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return error_response(error.status_code, "refused", str(error))


def _server_error(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.exception("The API failed at %s", request.get_full_path(), exc_info=error)
    if isinstance(error, DATABASE_AWAY):
        response = error_response(503, "away", "The database is away; try again in a few minutes.")
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    return error_response(500, "our_fault", "This is our fault, and it is in our log.")
