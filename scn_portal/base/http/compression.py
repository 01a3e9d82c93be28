"""Compression of responses."""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/geo+json",
    "application/ld+json",
    "application/javascript",
    "application/xml",
    "application/atom+xml",
    "application/manifest+json",
    "image/svg+xml",
)


class CompressionMiddleware(GZipMiddleware):
    """Compresses texts; pictures, spreadsheets and partial responses pass unchanged.

    The BREACH attack guesses a secret from the size of pages that also repeat the attacker's words. Public pages hold
    no secret; in others the CSRF token is masked anew each time, and Django adds up to 100 random bytes to a response.

    In production, static files pass unchanged too: WhiteNoise has compressed them.
    """

    def process_request(self, request: HttpRequest) -> None:
        # Django and WhiteNoise only look for the names of codings, and would take “gzip;q=0” as acceptance.
        if header := request.headers.get("Accept-Encoding"):
            request.META["HTTP_ACCEPT_ENCODING"] = ", ".join(codings_wanted(header))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code in (206, 304) or not response.get("Content-Type", "").startswith(COMPRESSIBLE):
            return response
        return super().process_response(request, response)


def codings_wanted(accept_encoding: str) -> list[str]:
    """The content codings that this header (RFC 9110, 12.5.3) accepts, and likes no less than plain content.

    “*” stands for gzip. If both gzip and plain content are refused, plain content is sent.
    """
    weights = dict(_weight(part) for part in accept_encoding.lower().split(","))
    others = weights.pop("*", 0.0)
    plain = weights.pop("identity", 0.0)
    return [coding for coding, weight in ({"gzip": others} | weights).items() if weight > 0 and weight >= plain]


def _weight(part: str) -> tuple[str, float]:
    """A coding and its weight, such as “gzip;q=0.5”: 1 if it has none, 0 if it is not a number."""
    coding, _semicolon, parameter = part.partition(";")
    name, _equals, value = parameter.partition("=")
    if name.strip() != "q":
        return coding.strip(), 1.0
    is_number = re.fullmatch(r"[01](\.[0-9]{0,3})?", value.strip())
    return coding.strip(), float(value) if is_number else 0.0
