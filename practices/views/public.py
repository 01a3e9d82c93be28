"""Pages of practices that everybody may read."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practices import related, story
from practices.facets import PRACTICE_FACETS
from practices.models import Practice
from practices.search import PracticeSearch, with_practices
from practices.vocabulary import corrected
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import ListPage
from scn_portal.base.strangers import count_search

PRACTICES_PER_PAGE = 12


@public_page("q", "sort", "page", "after", "before", *PRACTICE_FACETS)
def practice_list(request):
    """The published practices, searched, filtered and sorted."""
    count_search(request)
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
    context = {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "typed": typed.words if search is not typed else "",
        "loosened": search.loosened,
        "page": listed.page,
        "practices": with_practices(search.excerpts(listed.page.object_list)),
        "suggestion": search.suggestion(listed.total.number),
    }
    return render(request, "practices/practice_list.html", context)


@public_page()
def practice_detail(request, slug: str):
    """A practice in the words that a moderator approved. Capitals in the address lead to its one address."""
    if slug != slug.lower() and Practice.objects.published().filter(slug=slug.lower()).exists():
        return redirect("practice_detail", slug.lower(), permanent=True)
    practice = get_object_or_404(related.with_kept(Practice.objects.published()), slug=slug)
    return render(request, "practices/practice_detail.html", {"practice": practice, **story.detail_context(practice)})
