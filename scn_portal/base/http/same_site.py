"""Whether a request comes from a page of this site."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest


def is_from_our_page(request: HttpRequest) -> bool:
    """Whether the browser says so, as every browser does when it sends a form."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    try:
        own = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return False
    return request.headers.get("Origin") in (own, *settings.CSRF_TRUSTED_ORIGINS)
