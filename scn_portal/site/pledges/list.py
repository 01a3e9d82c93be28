"""The list of pledges."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practices.vocabulary import corrected
from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import ListPage, version_of_page
from scn_portal.base.strangers import count_search
from scn_portal.site.pledges.filters import PLEDGE_LIST_FACETS
from scn_portal.site.pledges.search import PledgeSearch

PLEDGES_PER_PAGE = 24


@public_page("q", "sort", "page", "after", "before", *PLEDGE_LIST_FACETS)
def pledge_list(request):
    """The pledges of the listed cities, filtered and sorted by the query string."""
    count_search(request)
    context = {"page_version": version_of_page(request)} | when_shown(partial(_listed, request), *LISTED)
    return render(request, "site/pledges/pledge_list.html", context)


LISTED = ("listed", "search", "faceted", "typed", "loosened", "page", "version", "pledges", "suggestion")


def _listed(request: HttpRequest) -> dict[str, Any]:
    """What the list shows, by the names in LISTED. Raises Http404 if there is no such page."""
    typed = PledgeSearch(request.GET, get_language())
    search = corrected(typed) or typed
    listed = ListPage(
        request,
        search,
        search.found,
        per_page=PLEDGES_PER_PAGE,
        name=_("Pledges"),
        total=search.faceted.total,
        keyset=search.keyset,
    )
    page = listed.page
    return {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "typed": typed.words if search is not typed else "",
        "loosened": search.loosened,
        "page": page,
        "version": search.faceted.version,
        "pledges": search.excerpts(page.object_list),
        "suggestion": search.suggestion(listed.total.number),
    }
