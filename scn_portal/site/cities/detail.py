"""The public page of a city: one query if its parts are kept, at most fifteen if not."""

from dataclasses import replace
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from commitments.models import Commitment, Milestone, Pledge, ProgressUpdate
from members.models import City, Membership
from practices.evidence import with_evidence
from practices.models import Revision, RevisionCommitment
from practices.standings import CommitmentMark
from scn_portal.base.fragments import ReadWhenShown, kept
from scn_portal.base.http.public import public_page
from scn_portal.site import whole_network
from scn_portal.site.cities import timeline
from scn_portal.site.cities.around import cities_around
from scn_portal.site.cities.similar import similar_cities
from scn_portal.site.cities.summary import Summary, summary
from scn_portal.site.city_facts import confirmation_in_words
from scn_portal.site.city_records import network_version, pledges_with_status, standings_of, version_of
from scn_portal.site.sharing.calendars import with_deadlines

# More than any city has today. If one has more, the page says that it shows only the newest, in full or by title.
PLEDGES_IN_FULL = 8
MAX_PLEDGES = 50
MAX_UPDATES_PER_PLEDGE = 50
MAX_MILESTONES_PER_PLEDGE = 50
PRACTICES_IN_FULL = 8
MAX_PRACTICES = 25
MAX_EVENTS = 40
# Long, and not on the page: what the search reads, and the texts of the Declaration.
UNREAD = (
    "search_fr", "search_en", "also_said_fr", "also_said_en", "commitment__search_fr", "commitment__search_en",
    "commitment__wording", "commitment__declaration__preamble",
)  # fmt: skip


@public_page()
def city_detail(request, slug: str):
    """A city: what is known about it, its pledges, its practices, its timeline, the cities around it."""
    context = {"slug": slug, "version": whole_network.version(request), "shown": CityPage(slug)}
    try:
        return render(request, "site/cities/city_detail.html", context)
    except Http404:
        return _to_its_address(slug)


class CityPage(ReadWhenShown):
    """The parts of the page of the city `slug`. Raises Http404 if there is no such city.

    Each part is kept for the version of the city, so that changes elsewhere do not rebuild it. A part that is not kept
    is built from the rows of the city.
    """

    def __init__(self, slug: str):
        self.slug, self.language = slug, get_language()

    @cached_property
    def city(self) -> City:
        """The city, with its region, its `record` and `confirming_role`."""
        return get_object_or_404(
            with_confirming_role(City.objects.shown().select_related("region", "record")), slug=self.slug
        )

    @cached_property
    def version(self) -> int | None:
        return version_of(self.city)

    @property
    def links(self) -> SafeString:
        """What feed readers and search engines read."""
        about = (self.city.pk, self.version, timezone.localdate())
        return kept("city-links", *about, build=lambda: self._made("_city_links"))

    @property
    def record(self) -> SafeString:
        """The city and what is recorded about it. Which dates are ahead or overdue depends on the day."""
        about = (self.city.pk, self.version, timezone.localdate(), self.city.confirming_role or "")
        return kept("city-record", *about, build=lambda: self._made("_city_record"))

    @property
    def near(self) -> SafeString:
        """The cities around it and similar ones."""
        version = self.version and network_version()
        return kept("city-near", self.city.pk, self.version, version, build=self._near)

    def _made(self, template: str) -> str:
        return render_to_string(f"site/cities/{template}.html", self.rows)

    def _near(self) -> str:
        numbers = self.city.record.pledged_under if hasattr(self.city, "record") else []
        context = {
            "city": self.city,
            "around": cities_around(self.city, numbers),
            "similar": similar_cities(self.city, numbers, self.language),
        }
        return render_to_string("site/cities/_city_near.html", context)

    @cached_property
    def rows(self) -> dict:
        """Everything that is shown about the city, from its rows."""
        city = self.city
        commitments = {commitment.number: commitment for commitment in Commitment.objects.of_melbourne()}
        endorsements = list(city.endorsements.with_declaration().order_by("endorsed_on", "pk"))
        newest, older = pledges_shown(city)
        pledges = sorted(newest, key=lambda pledge: pledge.commitment.number)
        revisions = list(live_revisions(city).in_brief()[:MAX_PRACTICES])
        for revision in revisions:
            revision.served = [commitments[number] for number in revision.numbers if number in commitments]
        promised = [pledge for pledge in pledges if not pledge.is_prior]
        events = timeline_of(city, endorsements, pledges, revisions)
        is_whole = not older and len(revisions) < MAX_PRACTICES
        found = summary(pledges, revisions, self.language)
        return {
            "city": city,
            "confirmation": confirmation_in_words(city),
            "summary": found if is_whole else _counted(city, found),
            "stops": commitment_marks(commitments, promised, revisions)
            if is_whole
            else standings_of(city, self.language, commitments.values()),
            "endorsements": endorsements,
            "pledges": promised,
            "prior": [pledge for pledge in pledges if pledge.is_prior],
            "older": older,
            "revisions": revisions[:PRACTICES_IN_FULL],
            "older_revisions": revisions[PRACTICES_IN_FULL:],
            "entries": events,
            "timeline_is_cut": len(events) == MAX_EVENTS or bool(older),
            "is_cut": is_cut(newest, older, revisions),
            "has_deadlines": with_deadlines(Pledge.objects.public().filter(city=city)).exists(),
        }


def _counted(city: City, found: Summary) -> Summary:
    """`found` with the numbers of everything that the city has, for a page that shows only a part."""
    record = city.record
    return replace(
        found,
        pledges=record.pledge_count,
        kept=pledges_with_status(city, Pledge.Status.DONE),
        prior=record.prior_count,
        practices=record.practice_count,
    )


def _to_its_address(asked: str) -> HttpResponse:
    """Redirect to the page of the city that `asked` names in another way: in capitals, or in the other language."""
    if slug := City.objects.shown().slug_meant_by(asked):
        return redirect("city_detail", slug, permanent=True)
    raise Http404


def with_confirming_role(cities: QuerySet[City]) -> QuerySet[City]:
    """`cities` annotated with `confirming_role`: the role in the city of the person who confirmed its page, or None.

    Only the role, because the portal does not publish names of officials.
    """
    theirs = Membership.objects.filter(city=OuterRef("pk"), user=OuterRef("confirmed_by"))
    return cities.annotate(confirming_role=Subquery(theirs.values("role")[:1]))


def public_pledges(city: City, *, evidence: bool = True) -> QuerySet[Pledge]:
    """The pledges of `city`, the newest first, with `shown_milestones` and `shown_updates`: three queries.

    Three more with the `evidence` of the updates.

    Updates that were taken down are left out.
    """
    standing = ProgressUpdate.objects.standing()
    standing = with_evidence(standing) if evidence else standing
    updates = standing.order_by("-reported_on", "-pk")[:MAX_UPDATES_PER_PLEDGE]
    milestones = Milestone.objects.standing().order_by(F("due_on").desc(nulls_last=True), "-pk")[
        :MAX_MILESTONES_PER_PLEDGE
    ]
    updates_prefetch = Prefetch("updates", updates, to_attr="shown_updates")
    milestones_prefetch = Prefetch("milestones", milestones, to_attr="shown_milestones")
    newest = city.pledges.public().select_related("commitment__declaration").order_by("-published_at", "-pk")
    return newest.defer(*UNREAD).prefetch_related(updates_prefetch, milestones_prefetch)


def pledges_shown(city: City) -> tuple[list[Pledge], list[Pledge]]:
    """The newest pledges of `city`, as `public_pledges` gives them, and the titles of older ones."""
    newest = list(public_pledges(city)[:PLEDGES_IN_FULL])
    if len(newest) < PLEDGES_IN_FULL:
        return newest, []
    # With `city`, because `city.pledges` sets it in each pledge.
    shown = ("city", "status", "title_fr", "title_en", "source_language", "source_changed_at", "translation_changed_at")
    older = city.pledges.public().order_by("-published_at", "-pk").only(*shown)
    return newest, list(older[PLEDGES_IN_FULL:MAX_PLEDGES])


def is_cut(pledges: list[Pledge], older: list[Pledge], revisions: list[Revision]) -> bool:
    """Whether a list has reached its maximum, so that older rows may be missing."""
    return (
        len(pledges) + len(older) == MAX_PLEDGES
        or len(revisions) == MAX_PRACTICES
        or any(len(pledge.shown_updates) == MAX_UPDATES_PER_PLEDGE for pledge in pledges)
        or any(len(pledge.shown_milestones) == MAX_MILESTONES_PER_PLEDGE for pledge in pledges)
    )


def live_revisions(city: City) -> QuerySet[Revision]:
    """The live revisions of a city, the newest first: one query.

    Each is annotated with `numbers`, those of the commitments it serves, and with `first_published_at`.
    """
    live = Revision.objects.live().filter(practice__city=city).select_related("practice__city")
    # A subquery runs only for the rows that are shown; a join would group all rows of the city.
    served = RevisionCommitment.objects.filter(revision=OuterRef("pk")).order_by("commitment__number")
    numbered = live.annotate(numbers=ArraySubquery(served.values("commitment__number")))
    return numbered.with_first_publication().order_by("-published_at", "-pk")


def commitment_marks(
    commitments: dict[int, Commitment], pledges: list[Pledge], revisions: list[Revision]
) -> list[CommitmentMark]:
    """The seven commitments as marked on the page: pledged, practised. No query."""
    pledged = {pledge.commitment_id for pledge in pledges}
    practised = {number for revision in revisions for number in revision.numbers}
    return [
        CommitmentMark(number, commitment.text("short", get_language()), commitment.pk in pledged, number in practised)
        for number, commitment in commitments.items()
    ]


def timeline_of(city: City, endorsements, pledges: list[Pledge], revisions: list[Revision]) -> list[timeline.Event]:
    """The timeline of `city`, from rows already read. No query."""
    language = get_language()
    events = list(timeline.city_events(city, endorsements, language))
    for pledge in pledges:
        events += timeline.pledge_events(pledge, pledge.shown_updates, pledge.shown_milestones, language)
    for revision in revisions:
        events += timeline.practice_events(revision, revision.served, language)
    return timeline.build_timeline(events, today=timezone.localdate(), max_events=MAX_EVENTS)
