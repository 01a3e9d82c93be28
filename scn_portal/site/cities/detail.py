"""The page of a city. It tells of pledges and practices too, so it is put together here, in nine queries."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from commitments.models import Commitment, Milestone, Pledge, ProgressUpdate
from commitments.nearby import cities_around
from members.models import City
from practices.models import Revision
from practices.standings import CommitmentMark
from scn_portal.site.cities import timeline
from scn_portal.site.cities.similar import similar_cities

# More than any city has. Should one have more, the page says that it shows the newest.
MOST_PLEDGES = 100
MOST_UPDATES_A_PLEDGE = 50
MOST_MILESTONES_A_PLEDGE = 50
MOST_PRACTICES = 50
MOST_ENTRIES = 200


@require_safe
@login_not_required
def city_detail(request, slug: str):
    """What is known of a city, what it has pledged, what it has done, and who is around it."""
    city = get_object_or_404(City.objects.select_related("region"), slug=slug)
    lines = {line.number: line for line in Commitment.objects.of_melbourne()}
    endorsements = list(city.endorsements.with_declaration().order_by("endorsed_on", "pk"))
    pledges = sorted(public_pledges(city)[:MOST_PLEDGES], key=lambda pledge: pledge.commitment.number)
    revisions = list(live_revisions(city)[:MOST_PRACTICES])
    for revision in revisions:
        revision.lines = [lines[number] for number in revision.numbers if number in lines]
    entries = story(city, endorsements, pledges, revisions)
    context = {
        "city": city,
        "stops": stops(lines, pledges, revisions),
        "endorsements": endorsements,
        "pledges": pledges,
        "revisions": revisions,
        "entries": entries,
        "story_is_cut": len(entries) == MOST_ENTRIES,
        "similar": similar_cities(city, {pledge.commitment for pledge in pledges}, get_language()),
        "around": cities_around(city, {pledge.commitment for pledge in pledges}),
        "is_cut": is_cut(pledges, revisions),
    }
    return render(request, "site/cities/city_detail.html", context)


def public_pledges(city: City) -> QuerySet[Pledge]:
    """The pledges of `city`, the newest first, with `shown_milestones` and `shown_updates` (those that stand,
    the newest first): three queries."""
    updates = ProgressUpdate.objects.standing().order_by("-reported_on", "-pk")[:MOST_UPDATES_A_PLEDGE]
    milestones = Milestone.objects.order_by(F("due_on").desc(nulls_last=True), "-pk")[:MOST_MILESTONES_A_PLEDGE]
    told = Prefetch("updates", updates, to_attr="shown_updates")
    steps = Prefetch("milestones", milestones, to_attr="shown_milestones")
    newest = city.pledges.select_related("commitment").order_by("-created_at", "-pk")
    return newest.prefetch_related(told, steps)


def is_cut(pledges: list[Pledge], revisions: list[Revision]) -> bool:
    """A list has reached what fits on the page: there may be more, and older."""
    return (
        len(pledges) == MOST_PLEDGES
        or len(revisions) == MOST_PRACTICES
        or any(len(pledge.shown_updates) == MOST_UPDATES_A_PLEDGE for pledge in pledges)
        or any(len(pledge.shown_milestones) == MOST_MILESTONES_A_PLEDGE for pledge in pledges)
    )


def live_revisions(city: City) -> QuerySet[Revision]:
    """What the public reads of the city's practices, the newest first, each with the `numbers` of the commitments it
    serves and when its practice was `first_public`: one query."""
    versions = Revision.objects.filter(practice=OuterRef("practice"), published_at__isnull=False)
    return (
        Revision.objects.live()
        .filter(practice__city=city)
        .select_related("practice")
        .annotate(
            numbers=ArrayAgg("commitments__number", distinct=True, default=[]),
            first_public=Subquery(versions.order_by("published_at").values("published_at")[:1]),
        )
        .order_by("-published_at", "-pk")
    )


def stops(lines: dict[int, Commitment], pledges: list[Pledge], revisions: list[Revision]) -> list[CommitmentMark]:
    """The seven stops, from what the page has read anyway."""
    pledged = {pledge.commitment_id for pledge in pledges}
    practised = {number for revision in revisions for number in revision.numbers}
    return [
        CommitmentMark(number, line.text("short", get_language()), line.pk in pledged, number in practised)
        for number, line in lines.items()
    ]


def story(city: City, endorsements, pledges: list[Pledge], revisions: list[Revision]) -> list[timeline.Entry]:
    """The timeline of the city, from what is public and at hand."""
    language = get_language()
    entries = list(timeline.of_city(city, endorsements, language))
    for pledge in pledges:
        entries += timeline.of_pledge(pledge, pledge.shown_updates, pledge.shown_milestones, language)
    for revision in revisions:
        entries += timeline.of_practice(revision, revision.lines, language)
    return timeline.braided(entries, today=timezone.localdate(), most=MOST_ENTRIES)
