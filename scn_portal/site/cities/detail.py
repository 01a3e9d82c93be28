"""The public page of a city, in at most twelve queries."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from commitments.models import Commitment, Milestone, Pledge, ProgressUpdate
from commitments.nearby import cities_around
from members.models import City, Membership
from practices.evidence import with_evidence
from practices.models import Revision
from practices.standings import CommitmentMark
from scn_portal.base.http.public import public_page
from scn_portal.site.cities import timeline
from scn_portal.site.cities.similar import similar_cities
from scn_portal.site.cities.summary import summary
from scn_portal.site.city_facts import confirmation_in_words
from scn_portal.site.sharing.calendars import with_deadlines

# More than any city has today. Where one has more, the page says that it shows only the newest.
MAX_PLEDGES = 100
MAX_UPDATES_PER_PLEDGE = 50
MAX_MILESTONES_PER_PLEDGE = 50
MAX_PRACTICES = 50
MAX_EVENTS = 200


@public_page()
def city_detail(request, slug: str):
    """A city: what is known of it, its pledges, its practices, its timeline, the cities around it."""
    cities = City.objects.shown().select_related("region").annotate(has_deadlines=_has_deadlines())
    city = with_confirming_role(cities).filter(slug=slug).first()
    if city is None:
        return _to_its_address(slug)
    commitments = {commitment.number: commitment for commitment in Commitment.objects.of_melbourne()}
    endorsements = list(city.endorsements.with_declaration().order_by("endorsed_on", "pk"))
    pledges = sorted(public_pledges(city)[:MAX_PLEDGES], key=lambda pledge: pledge.commitment.number)
    revisions = list(live_revisions(city)[:MAX_PRACTICES])
    for revision in revisions:
        revision.served = [commitments[number] for number in revision.numbers if number in commitments]
    promised = [pledge for pledge in pledges if not pledge.is_prior]
    events = timeline_of(city, endorsements, pledges, revisions)
    context = {
        "city": city,
        "confirmation": confirmation_in_words(city),
        "summary": summary(pledges, revisions, get_language()),
        "stops": commitment_marks(commitments, promised, revisions),
        "endorsements": endorsements,
        "pledges": promised,
        "prior": [pledge for pledge in pledges if pledge.is_prior],
        "revisions": revisions,
        "entries": events,
        "timeline_is_cut": len(events) == MAX_EVENTS,
        "similar": similar_cities(city, {pledge.commitment for pledge in promised}, get_language()),
        "around": cities_around(city, {pledge.commitment for pledge in promised}),
        "is_cut": is_cut(pledges, revisions),
    }
    return render(request, "site/cities/city_detail.html", context)


def _has_deadlines() -> Exists:
    return Exists(with_deadlines(Pledge.objects.public().filter(city=OuterRef("pk"))))


def _to_its_address(asked: str) -> HttpResponse:
    """To the page of the city that `asked` names in other words: capitals, its name in the other language."""
    if slug := City.objects.shown().slug_meant_by(asked):
        return redirect("city_detail", slug, permanent=True)
    raise Http404


def with_confirming_role(cities: QuerySet[City]) -> QuerySet[City]:
    """Annotated with `confirming_role`: the role in the city of who confirmed its page, or None.

    The role alone: the portal publishes no name of an official.
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
    return newest.prefetch_related(updates_prefetch, milestones_prefetch)


def is_cut(pledges: list[Pledge], revisions: list[Revision]) -> bool:
    """Whether a list has reached its maximum, so that older rows may be missing."""
    return (
        len(pledges) == MAX_PLEDGES
        or len(revisions) == MAX_PRACTICES
        or any(len(pledge.shown_updates) == MAX_UPDATES_PER_PLEDGE for pledge in pledges)
        or any(len(pledge.shown_milestones) == MAX_MILESTONES_PER_PLEDGE for pledge in pledges)
    )


def live_revisions(city: City) -> QuerySet[Revision]:
    """The live revisions of a city, the newest first: one query.

    Each is annotated with `numbers`, those of the commitments it serves, and with `first_published_at`.
    """
    live = Revision.objects.live().filter(practice__city=city).select_related("practice__city")
    numbered = live.annotate(numbers=ArrayAgg("commitments__number", distinct=True, default=[]))
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
