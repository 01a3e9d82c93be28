"""Pages of practices that everybody may read."""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from practices import story
from practices.models import Practice
from practices.search import PracticeSearch, with_practices
from practices.vocabulary import corrected

PRACTICES_PER_PAGE = 12


@require_safe
@login_not_required
def practice_list(request):
    """The published practices, searched, filtered and sorted."""
    typed = PracticeSearch(request.GET, get_language())
    search = corrected(typed) or typed
    page = Paginator(search.revisions, PRACTICES_PER_PAGE).get_page(request.GET.get("page"))
    rows = cast(QuerySet, page.object_list)
    context = {
        "search": search,
        "faceted": search.faceted,
        "typed": typed.words if search is not typed else "",
        "loosened": search.loosened,
        "page": page,
        "practices": with_practices(search.excerpts(rows)),
        "suggestion": search.suggestion(page.paginator.count),
    }
    return render(request, "practices/practice_list.html", context)


@require_safe
@login_not_required
def practice_detail(request, slug: str):
    practice = get_object_or_404(Practice.objects.published(), slug=slug)
    return render(request, "practices/practice_detail.html", {"practice": practice, **story.detail_context(practice)})
