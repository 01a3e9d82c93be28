"""The page that searches everything."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from practices.vocabulary import suggestion
from scn_portal.base.search.query import parse
from scn_portal.site.search.results import KINDS, Everything

ENTRIES_A_PAGE = 15


@require_safe
@login_not_required
def search(request):
    """Cities, commitments, pledges and practices that answer the reader, best first; a start where nothing is asked."""
    question, language = parse(request.GET.get("q", "")), get_language()
    if not question:
        return render(request, "site/search/search.html", {"question": question})
    everything = Everything(question, language, request.GET.get("kind", ""))
    page = Paginator(everything, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "question": question,
        "kinds": _tabs(everything),
        "page": page,
        "suggestion": "" if any(everything.counts.values()) else suggestion(question, language),
    }
    return render(request, "site/search/search.html", context)


def _tabs(everything: Everything) -> list[tuple[str, str, int, bool]]:
    """All, and each kind: its value, its name, how many answer, whether it is the one asked for."""
    counts = {"": sum(everything.counts.values())} | everything.counts
    labels = {"": _("All")} | {name: kind.label for name, kind in KINDS.items()}
    return [(name, str(label), counts[name], name == everything.kind) for name, label in labels.items()]
