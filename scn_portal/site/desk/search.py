"""The search of the desk, and “On the desk” on public pages."""

from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from practices.views.desk.access import moderators_only
from scn_portal.site.desk import finding
from scn_portal.site.desk.filters import words_of


@require_safe
@moderators_only
def desk_search(request):
    """Search for the words typed. If they are the address of a public page, go to the desk's page about it."""
    typed = words_of(request.GET.get("q", ""))
    path = finding.path_in(typed)
    if path and (page := finding.desk_page_of(path, request.user)):
        return redirect(page)
    sections = [] if path else finding.find(typed, request.user)
    for section in sections:
        if section.key == "practices":
            for revision in section.rows:
                revision.desk_path = finding.desk_path_of(revision)
    context = {"typed": typed, "sections": sections, "is_address": bool(path)}
    return render(request, "desk/search.html", context)


@require_safe
@moderators_only
def desk_link(request):
    """For the script of public pages: the link from the page at `path` to its page on the desk. 404 if there is
    none."""
    page = finding.desk_page_of(request.GET.get("path", ""), request.user)
    if not page:
        raise Http404
    return JsonResponse({"href": page, "label": _("On the desk")})
