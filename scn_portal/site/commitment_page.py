"""The page of a commitment: the pledges made under it, and the practices that serve it."""

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments import statistics
from commitments.models import Commitment, Milestone, Pledge
from members.models import Region
from practices.models import RevisionQuerySet
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import named, page_or_404, query_of
from scn_portal.base.typography import typographic
from scn_portal.site.sharing.calendars import with_deadlines

PLEDGES_PER_PAGE = 24
MAX_MILESTONES = 5
MAX_PRIOR = 50
MAX_PRACTICES = 6


@public_page("region", "page")
def commitment_detail(request, number: int):
    """A commitment's text, how it stands across the network, and the pledges under it, region by region."""
    language = get_language()
    due = Exists(with_deadlines(Pledge.objects.of_listed_cities().filter(commitment=OuterRef("pk"))))
    melbourne = Commitment.objects.of_melbourne().select_related("declaration").annotate(has_deadlines=due)
    commitments = {commitment.number: commitment for commitment in melbourne}
    if number not in commitments:
        raise Http404
    of_listed_cities = Pledge.objects.under(number).of_listed_cities()
    pledges = of_listed_cities.since_declaration()
    regions = statistics.regions(pledges, language)
    region = statistics.chosen(regions, request.GET.get("region", ""))
    listed = statistics.by_region(pledges.filter(city__region=region) if region else pledges, language)
    page = page_or_404(listed, request, per_page=PLEDGES_PER_PAGE)
    progress, revisions = statistics.progress(pledges), _newest_serving(commitments[number])[:MAX_PRACTICES]
    prior = statistics.by_region(of_listed_cities.before_declaration(), language)[:MAX_PRIOR]
    context = {
        "commitment": commitments[number],
        "before": commitments.get(number - 1),
        "after": commitments.get(number + 1),
        "is_source": commitments[number].declaration.is_source(language),
        "progress": progress,
        "has_news": bool(progress.pledges or prior or revisions),
        "regions": regions,
        "region": region,
        "page": page,
        "title": named(_title(commitments[number], region, language), page),
        "heading": named(_("Pledges by region"), page),
        "query": query_of(page, region=region.slug if region else ""),
        "obstacles": statistics.obstacles(pledges),
        "prior": prior,
        "milestones": _coming().filter(pledge__in=pledges)[:MAX_MILESTONES],
        "revisions": revisions,
    }
    return render(request, "site/commitment_detail.html", context)


def _title(commitment: Commitment, region: Region | None, language: str) -> str:
    """“4. Local strategies”, and the region that narrows its pledges, if one is chosen."""
    short = commitment.text("short", language)
    title = f"{commitment.number}. {typographic(short.value, short.language)}"
    if region is None:
        return title
    return _("%(list)s: %(filters)s") % {"list": title, "filters": region.text("name", language).value}


def _newest_serving(commitment: Commitment) -> RevisionQuerySet:
    """The live revisions of the practices that serve `commitment`, the newest first."""
    return commitment.revisions.live().select_related("practice__city").order_by("-published_at", "-pk")


def _coming() -> QuerySet[Milestone]:
    """The public milestones that are still to come, the next first."""
    return Milestone.objects.of_listed_cities().coming(timezone.localdate())
