"""The page of a commitment: the pledges made under it, and the practices that serve it."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from django.db.models import OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments import statistics
from commitments.kept_statistics import CommitmentStatistics
from commitments.models import Commitment, Milestone, Pledge, PledgeQuerySet
from members.models import Region
from practices.models import Revision, RevisionQuerySet
from scn_portal.base.fragments import ReadWhenShown
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import ListedPage, named, page_or_404, query_of
from scn_portal.base.typography import typographic
from scn_portal.site import whole_network
from scn_portal.site.sharing.calendars import has_deadlines

PLEDGES_PER_PAGE = 24
MAX_MILESTONES = 5
MAX_PRIOR = 50
MAX_PRACTICES = 6


@public_page("region", "page")
def commitment_detail(request, number: int):
    """A commitment's text, how it stands across the network, and the pledges under it, region by region.

    The data is read only if a fragment is not kept. If the request names a page or a region, these are read at once.
    """
    language = get_language()
    shown, query = CommitmentPage(number, language), ""
    if request.GET:
        shown.asked(request)
        query = query_of(shown.page, region=shown.region.slug if shown.region else "")
    context = {"number": number, "query": query, "shown": shown, "version": whole_network.version(request, query)}
    return render(request, "site/commitment_detail.html", context)


class CommitmentPage(ReadWhenShown):
    """The contents of the page of the commitment `number` for a reader of `language`. Raises Http404 if there is
    none."""

    def __init__(self, number: int, language: str):
        self.number, self.language = number, language
        self.region: Region | None = None
        self._request: HttpRequest | None = None
        self.statistics = CommitmentStatistics(number, language)

    def asked(self, request: HttpRequest) -> None:
        """Choose the page and the region that `request` names. Raises Http404 if there is no such page or
        commitment."""
        self._request = request
        self.region = statistics.chosen(self.statistics.regions, request.GET.get("region", ""))
        self.commitment, self.page  # noqa: B018  there are both, or this is a 404

    @property
    def commitment(self) -> Commitment:
        if self.number not in self._seven:
            raise Http404
        return self._seven[self.number]

    @property
    def before(self) -> Commitment | None:
        return self._seven.get(self.number - 1)

    @property
    def after(self) -> Commitment | None:
        return self._seven.get(self.number + 1)

    @property
    def is_source(self) -> bool:
        return self.commitment.declaration.is_source(self.language)

    @property
    def title(self) -> str:
        title = _title(self.commitment, self.region, self.language)
        return named(title, self.page) if self._request else title

    @property
    def heading(self) -> str:
        return named(_("Pledges by region"), self.page)

    @property
    def has_news(self) -> bool:
        """Whether its feed has any entries."""
        return bool(self.statistics.progress.pledges or self.prior or self.revisions)

    @cached_property
    def page(self) -> ListedPage:
        regions = [self.region] if self.region else self.statistics.regions
        return page_or_404(
            PledgesByRegion(self.statistics.pledges, regions, self.language),
            self._request or HttpRequest(),
            per_page=PLEDGES_PER_PAGE,
        )

    @cached_property
    def prior(self) -> list[Pledge]:
        """Actions older than the Declaration."""
        prior = Pledge.objects.under(self.number).of_listed_cities().before_declaration()
        return list(statistics.by_region(prior, self.language)[:MAX_PRIOR])

    @cached_property
    def milestones(self) -> list[Milestone]:
        """The milestones that are due next."""
        return list(_coming().filter(pledge__in=self.statistics.pledges)[:MAX_MILESTONES])

    @cached_property
    def revisions(self) -> list[Revision]:
        """The newest practices that serve the commitment."""
        return list(_newest_serving(self.commitment)[:MAX_PRACTICES])

    @cached_property
    def _seven(self) -> dict[int, Commitment]:
        due = has_deadlines(Pledge.objects.of_listed_cities().filter(commitment=OuterRef("pk")))
        melbourne = Commitment.objects.of_melbourne().select_related("declaration").annotate(has_deadlines=due)
        return {commitment.number: commitment for commitment in melbourne}


class PledgesByRegion(Sequence[Pledge]):
    """The `pledges` of `regions`, each of which has its `pledge_count`, in the order of `statistics.by_region`.

    A slice sorts only the pledges of the regions that are in it.
    """

    def __init__(self, pledges: PledgeQuerySet, regions: Iterable[Region], language: str):
        self._pledges, self._regions, self._language = pledges, list(regions), language

    def __len__(self) -> int:
        return sum(region.pledge_count for region in self._regions)

    def __getitem__(self, part):
        before, skipped, within = 0, 0, []
        for region in self._regions:
            if before + region.pledge_count <= part.start:
                skipped += region.pledge_count
            elif before < part.stop:
                within.append(region)
            before += region.pledge_count
        listed = statistics.by_region(self._pledges.filter(city__region__in=within), self._language)
        return list(listed[part.start - skipped : part.stop - skipped])


def _title(commitment: Commitment, region: Region | None, language: str) -> str:
    """“4. Local strategies”, with the region if one is chosen."""
    short = commitment.text("short", language)
    title = f"{commitment.number}. {typographic(short.value, short.language)}"
    if region is None:
        return title
    return _("%(list)s: %(filters)s") % {"list": title, "filters": region.text("name", language).value}


def _newest_serving(commitment: Commitment) -> RevisionQuerySet:
    """The live revisions of the practices that serve `commitment`, the newest first."""
    return commitment.revisions.live().in_brief().select_related("practice__city").order_by("-published_at", "-pk")


def _coming() -> QuerySet[Milestone]:
    """The public milestones that are still to come, the next first."""
    return Milestone.objects.of_listed_cities().coming(timezone.localdate())
