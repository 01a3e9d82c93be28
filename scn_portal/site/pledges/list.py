"""The list of pledges."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from practices.vocabulary import corrected
from scn_portal.base.lists import ListPage
from scn_portal.base.strangers import count_search
from scn_portal.site.pledges.search import PledgeSearch

PLEDGES_PER_PAGE = 24


@require_safe
@login_not_required
def pledge_list(request):
    """The pledges of the listed cities, narrowed and sorted as the query string says."""
    count_search(request)
    typed = PledgeSearch(request.GET, get_language())
    search = corrected(typed) or typed
    listed = ListPage(
        request,
        search,
        search.pledges,
        per_page=PLEDGES_PER_PAGE,
        name=_("Pledges"),
        total=search.faceted.total,
        keyset=search.keyset,
    )
    page = listed.page
    context = {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "typed": typed.words if search is not typed else "",
        "loosened": search.loosened,
        "page": page,
        "pledges": search.excerpts(page.object_list),
        "suggestion": search.suggestion(listed.total.number),
    }
    return render(request, "site/pledges/pledge_list.html", context)
