"""Compression of responses."""

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

    BREACH guesses a secret from the size of pages that hold it beside words of the attacker. Public pages hold no
    secret; in others the CSRF token is masked anew each time, and Django adds up to 100 random bytes to a response.

    In production, static files pass unchanged too: WhiteNoise has compressed them.
    """

    def process_response(self, request, response):
        if response.status_code in (206, 304) or not response.get("Content-Type", "").startswith(COMPRESSIBLE):
            return response
        return super().process_response(request, response)
