"""The page of a commitment: the pledges made under it, and the practices that serve it."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from commitments import statistics
from commitments.models import Commitment, Milestone, Pledge
from practices.models import RevisionQuerySet

PLEDGES_PER_PAGE = 24
MAX_MILESTONES = 5
MAX_PRIOR = 50
MAX_PRACTICES = 6


@require_safe
@login_not_required
def commitment_detail(request, number: int):
    """A commitment's text, how it stands across the network, and the pledges under it, region by region."""
    language = get_language()
    melbourne = Commitment.objects.of_melbourne().select_related("declaration")
    commitments = {commitment.number: commitment for commitment in melbourne}
    if number not in commitments:
        raise Http404
    of_listed_cities = Pledge.objects.under(number).of_listed_cities()
    pledges = of_listed_cities.since_declaration()
    regions = statistics.regions(pledges, language)
    region = statistics.chosen(regions, request.GET.get("region", ""))
    listed = statistics.by_region(pledges.filter(city__region=region) if region else pledges, language)
    context = {
        "commitment": commitments[number],
        "before": commitments.get(number - 1),
        "after": commitments.get(number + 1),
        "is_source": commitments[number].declaration.is_source(language),
        "progress": statistics.progress(pledges),
        "regions": regions,
        "region": region,
        "page": Paginator(listed, PLEDGES_PER_PAGE).get_page(request.GET.get("page")),
        "obstacles": statistics.obstacles(pledges),
        "prior": statistics.by_region(of_listed_cities.before_declaration(), language)[:MAX_PRIOR],
        "milestones": Milestone.objects.coming(timezone.localdate()).filter(pledge__in=pledges)[:MAX_MILESTONES],
        "revisions": _newest_serving(commitments[number])[:MAX_PRACTICES],
    }
    return render(request, "site/commitment_detail.html", context)


def _newest_serving(commitment: Commitment) -> RevisionQuerySet:
    """The live revisions of the practices that serve `commitment`, the newest first."""
    return commitment.revisions.live().select_related("practice__city").order_by("-published_at", "-pk")
