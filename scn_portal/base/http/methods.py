"""The methods that the portal knows."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

KNOWN = ["GET", "HEAD", "POST"]


class KnownMethodsMiddleware:
    """Answers 405 to every method that no page has. Without it, a page that asks only whether something was posted
    would take a PUT, DELETE or OPTIONS for a GET. The API says so itself, in its own format."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in KNOWN and not request.path.startswith("/api/"):
            return HttpResponseNotAllowed(KNOWN)
        return self.get_response(request)
