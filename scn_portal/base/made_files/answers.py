"""The answer at the address of a file that is not made yet: a waiting page for people, 202 for programs."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from scn_portal.base.api.responses import PUBLIC_HEADERS
from scn_portal.base.links import absolute_url
from scn_portal.base.made_files import asking
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.models import MadeFile, State

# How often the waiting page asks again, and programs are told to.
RETRY_SECONDS = 5
EMPTY = MadeFile(state=State.WAITING)


def not_yet(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    """Where to wait for a queued file: 303 to its waiting page for a browser; 202 with its progress for a program."""
    page = reverse("file_waiting", args=[wanted.key])
    if wants_page(request):
        response: HttpResponse = HttpResponse(status=303, headers={"Location": page})
    else:
        response = state_response(asking.find(wanted) or EMPTY, request.get_full_path(), 202)
        response["Location"] = absolute_url(page)
    response["Cache-Control"] = "no-store"
    return response


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser asks. A program accepts anything (`*/*`), or names what it accepts."""
    return "text/html" in request.headers.get("Accept", "")


def state_response(file: MadeFile, path: str, status: int = 200) -> HttpResponse:
    """The progress of a file as JSON. `path` is where the file itself will be."""
    told = {"state": file.state, "progress": file.progress, "bytes": file.written, "file": absolute_url(path)}
    response = JsonResponse(told, status=status, headers=PUBLIC_HEADERS)
    if file.state in (State.WAITING, State.MAKING):
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
