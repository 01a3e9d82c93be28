"""Pages of practices that everybody may read."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practices import story
from practices.facets import PRACTICE_FACETS
from practices.models import Practice
from practices.search import PracticeSearch, with_practices
from practices.vocabulary import corrected
from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import ListPage, version_of_page
from scn_portal.base.strangers import count_search

PRACTICES_PER_PAGE = 12


@public_page("q", "sort", "page", "after", "before", *PRACTICE_FACETS)
def practice_list(request):
    """The published practices, searched, filtered and sorted."""
    count_search(request)
    context = {"page_version": version_of_page(request)} | when_shown(partial(_listed, request), *LISTED)
    return render(request, "practices/practice_list.html", context)


LISTED = (
    "listed", "search", "faceted", "typed", "loosened", "page", "version", "practices", "suggestion",
)  # fmt: skip


def _listed(request: HttpRequest) -> dict[str, Any]:
    """The contents of the list, by the names in LISTED. Http404 if there is no such page."""
    typed = PracticeSearch(request.GET, get_language())
    search = corrected(typed) or typed
    listed = ListPage(
        request,
        search,
        search.found,
        per_page=PRACTICES_PER_PAGE,
        name=_("Practices"),
        heading=_("What cities have done"),
        total=search.faceted.total,
        keyset=search.keyset,
    )
    return {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "typed": typed.words if search is not typed else "",
        "loosened": search.loosened,
        "page": listed.page,
        "version": search.faceted.version,
        "practices": with_practices(search.excerpts(listed.page.object_list)),
        "suggestion": search.suggestion(listed.total.number),
    }


@public_page()
def practice_detail(request, slug: str):
    """A practice in the words that a moderator approved. An address with capital letters redirects to its canonical
    one."""
    if slug != slug.lower() and Practice.objects.published().filter(slug=slug.lower()).exists():
        return redirect("practice_detail", slug.lower(), permanent=True)
    return render(request, "practices/practice_detail.html", story.PracticePage(slug).context)
