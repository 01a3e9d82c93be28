"""The page for readers who wait for a file. It reloads itself, until the reader stops it."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from scn_portal.base import generation
from scn_portal.base.made_files import asking
from scn_portal.base.made_files.answers import RETRY_SECONDS, state_response, wants_page
from scn_portal.base.made_files.wanted import OF_A_PERSON
from scn_portal.base.models import MadeFile, State
from scn_portal.site.files.kinds import KINDS

STOP = "stop"


@require_safe
@login_not_required
def file_waiting(request: HttpRequest, key: str) -> HttpResponse:
    """The state of a file, as a page for people and as JSON for programs, with its address once it is ready."""
    file = get_object_or_404(MadeFile, key=key, what__in=KINDS)
    is_personal = file.what == OF_A_PERSON
    if is_personal and file.parameters["person"] != str(request.user.pk):
        raise Http404
    about = KINDS[file.what].about(file.parameters)
    if file.state == State.READY and not _is_there(file):
        return HttpResponseRedirect(about.path)  # which asks for it again
    if not wants_page(request):
        response = state_response(file, about.path)
    else:
        context = {"file": file, "about": about, "stopped": STOP in request.GET, **_in_words(file)}
        context["is_personal"] = is_personal
        response = render(request, "site/files/waiting.html", context)
        if refresh := _refresh(request, file, about.path):
            response["Refresh"] = refresh
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept"])
    return response


def _is_there(file: MadeFile) -> bool:
    now = generation.current()
    return asking.is_current(file, now) or asking.may_stand_in(file, now)


def _in_words(file: MadeFile) -> dict[str, object]:
    """The context of the page besides the file."""
    waits = file.state == State.WAITING
    return {
        "is_ready": file.state == State.READY,
        "is_made": file.state == State.MAKING,
        "has_failed": file.state == State.FAILED,
        "waits_in_vain": asking.nobody_works(file),
        "before": asking.before(file) if waits else 0,
        "minutes": int(asking.AFTER_FAILING.total_seconds() // 60),
    }


def _refresh(request: HttpRequest, file: MadeFile, path: str) -> str:
    """The value of the header `Refresh`, which works without JavaScript: when the browser reloads the page, or opens
    the file. "" for never."""
    if STOP in request.GET or file.state == State.FAILED:
        return ""
    return f"1; url={path}" if file.state == State.READY else str(RETRY_SECONDS)


urlpatterns = [path(_("data/waiting/<slug:key>/"), file_waiting, name="file_waiting")]
