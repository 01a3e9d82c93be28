"""Only requests for the address of the portal are answered."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from scn_portal.base.http.error_pages import HEALTH_PATHS, bad_request


class SiteHostMiddleware:
    """400 unless Host is that of SITE_URL, port included; Django compares no port. Health checks may name any of
    ALLOWED_HOSTS, and where SITE_HOSTS is empty (the demo, tests) so may everybody.

    Before the redirect to https, which would lead a request for another host on to it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.META.get("HTTP_HOST", "").lower()
        if settings.SITE_HOSTS and host not in settings.SITE_HOSTS and request.path not in HEALTH_PATHS:
            response = bad_request(request, None)
            response["X-Content-Type-Options"] = "nosniff"  # Django's SecurityMiddleware comes after this one
            return response
        return self.get_response(request)
