"""The page of moderators that lists the waiting revisions."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practices.choices import Status
from practices.models import Revision
from practices.views.desk.access import moderators_only

REVISIONS_PER_PAGE = 20


@require_safe
@moderators_only
def desk(request):
    """The submitted revisions, the oldest first, and the scheduled ones."""
    revisions = Revision.objects.at_the_desk_of(request.user).select_related("practice__city", "author")
    context = {
        "page": Paginator(revisions.waiting(), REVISIONS_PER_PAGE).get_page(request.GET.get("page")),
        "scheduled": revisions.filter(status=Status.SCHEDULED).order_by("publish_at")[:REVISIONS_PER_PAGE],
    }
    return render(request, "practices/desk.html", context)
