"""The page of the search of the whole portal."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practices.vocabulary import corrected
from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import named, page_or_404, query_of, version_of_page
from scn_portal.base.search.query import parse
from scn_portal.base.strangers import count_search
from scn_portal.base.totals import Total
from scn_portal.site.search.results import KINDS, SearchResults

RESULTS_PER_PAGE = 15


@public_page("q", "kind", "page")
def search(request):
    """Everything public that matches `q`, best first; without `q`, suggestions where to start."""
    count_search(request)
    context = {"page_version": version_of_page(request)} | when_shown(partial(_found, request), *FOUND)
    return render(request, "site/search/search.html", context)


FOUND = ("query", "title", "heading", "address", "typed", "kinds", "page", "is_loosened", "suggestion")


def _found(request: HttpRequest) -> dict[str, Any]:
    """The contents of the page, by the names in FOUND; only the first four if there are no words. Raises Http404 if
    there is no such page."""
    query, language = parse(request.GET.get("q", "")), get_language()
    if not query:
        return {"query": query, "title": _("Search"), "heading": _("Search the portal"), "address": ""}
    typed = SearchResults(query, language, request.GET.get("kind", ""))
    results = corrected(typed) or typed
    page = page_or_404(results, request, per_page=RESULTS_PER_PAGE, total=results.totals[results.kind])
    return {
        "query": results.query,
        "title": named(_("Search: %(words)s") % {"words": results.query.text}, page),
        "heading": named(_("Search the portal"), page),
        "address": query_of(page, q=results.query.text, kind=results.kind),
        "typed": query.text if results is not typed else "",
        "kinds": _tabs(results),
        "page": page,
        "is_loosened": results.is_loosened,
        "suggestion": "" if len(results) and not results.is_loosened else results.suggested,
    }


def _tabs(results: SearchResults) -> list[tuple[str, str, Total, bool]]:
    """Tuples (value, label, number of results, is current), the first for all kinds together."""
    labels = {"": _("All")} | {name: kind.label for name, kind in KINDS.items()}
    return [(name, str(label), results.totals[name], name == results.kind) for name, label in labels.items()]
