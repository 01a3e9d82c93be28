"""What becomes news, for whom, and what staff may decide about it."""

import datetime as dt

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from commitments.models import Pledge
from digests.issues import compose, preparation
from digests.issues.compose import compose_issue
from digests.issues.contents import get_contents, subject_for_page
from digests.issues.news import DEADLINE_HORIZON, LOOK_BACK
from digests.issues.schedule import last_boundary, next_boundary
from digests.models import Delivery, Issue, Item, ItemKind, Subscription
from members.models import City
from practices.choices import Status
from practices.search import PracticeSearch
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 9, 6, 0, tzinfo=dt.UTC)
FIRST = dt.datetime(2026, 4, 1, 6, 0, tzinfo=dt.UTC)
WEEK, INSTANT = dt.timedelta(days=7), dt.timedelta(microseconds=1)


def published(moment: dt.datetime, **fields):
    return RevisionFactory(status=Status.PUBLISHED, published_at=moment, **fields).practice


def composed(frequency: str, until: dt.datetime) -> Issue:
    issue = compose_issue(frequency, until)
    assert issue
    return issue


def news(issue: Issue) -> list[tuple[str, int]]:
    """The kinds of what `issue` tells, and the rows that it tells of."""
    items = Item.objects.filter(pk__gt=issue.items_from, pk__lte=issue.items_until).order_by("pk")
    return [(item.kind, getattr(item, f"{Item.SUBJECTS[ItemKind(item.kind)]}_id")) for item in items]


def settle(issue: Issue, reader: Subscription) -> None:
    """As if `reader` had been sent `issue`."""
    Delivery.objects.filter(issue=issue, subscription=reader).update(outcome="sent", mailed_at=issue.ends_at)
    Subscription.objects.filter(pk=reader.pk).update(last_item_id=issue.items_until)
    reader.refresh_from_db()


def titles(issue: Issue, reader: Subscription) -> set[str]:
    reader.refresh_from_db()
    told = get_contents(issue, "en", last_item_id=reader.last_item_id, follows=tuple(reader.topics))
    return {entry.title.value for entry in told.entries}


# --- when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        (FIRST, FIRST, dt.datetime(2026, 5, 1, 6, tzinfo=dt.UTC)),
        (FIRST - INSTANT, dt.datetime(2026, 3, 1, 6, tzinfo=dt.UTC), FIRST),
        (dt.datetime(2026, 1, 1, 5, 59, tzinfo=dt.UTC), dt.datetime(2025, 12, 1, 6, tzinfo=dt.UTC), None),
    ],
)
def test_the_month_ends_on_its_first_day_at_six(now, last, following):
    assert last_boundary("monthly", now) == last
    if following:
        assert next_boundary("monthly", now) == following


def test_the_next_week_ends_a_week_after_the_last():
    assert next_boundary("weekly", MONDAY) == MONDAY + WEEK
    assert next_boundary("weekly", MONDAY - INSTANT) == MONDAY


# --- what ------------------------------------------------------------------------------------------------------------


def test_a_pledge_that_is_reported_done_is_news_once():
    SubscriptionFactory()
    pledge = PledgeFactory(created_at=MONDAY - 5 * WEEK, status=Pledge.Status.DONE)
    ProgressUpdateFactory(pledge=pledge, status=Pledge.Status.DONE, created_at=MONDAY - INSTANT)
    assert news(composed("weekly", MONDAY)) == [("done", pledge.pk)]
    ProgressUpdateFactory(pledge=pledge, status=Pledge.Status.DONE, created_at=MONDAY + INSTANT)
    assert compose_issue("weekly", MONDAY + WEEK) is None


def test_a_report_that_was_taken_down_or_overtaken_is_no_news():
    SubscriptionFactory()
    again = PledgeFactory(created_at=MONDAY - 5 * WEEK, status=Pledge.Status.UNDER_WAY)
    ProgressUpdateFactory(pledge=again, status=Pledge.Status.DONE, created_at=MONDAY - INSTANT)
    down = PledgeFactory(created_at=MONDAY - 5 * WEEK, status=Pledge.Status.DONE)
    ProgressUpdateFactory(
        pledge=down,
        status=Pledge.Status.DONE,
        created_at=MONDAY - INSTANT,
        taken_down_at=MONDAY - INSTANT,
        taken_down_by=UserFactory(),
    )
    assert compose_issue("weekly", MONDAY) is None


def test_a_city_that_joins_is_news_and_a_list_of_old_members_is_not():
    """When the portal met a city is told by its history, which the database stamps."""
    SubscriptionFactory()
    soon = timezone.now() + dt.timedelta(minutes=1)
    new = CityFactory(joined_year=soon.year, status=City.Status.MEMBER)
    late = CityFactory(joined_year=soon.year - 1, status=City.Status.MEMBER)
    for year, status in ((soon.year - 2, "member"), (None, "member"), (soon.year, "applicant")):
        CityFactory(joined_year=year, status=status)
    assert news(composed("weekly", soon)) == [("member", new.pk), ("member", late.pk)]


def test_a_deadline_is_told_once_when_it_is_near():
    SubscriptionFactory()
    pledge = PledgeFactory(created_at=MONDAY - 9 * WEEK)
    near = MilestoneFactory(pledge=pledge, due_on=MONDAY.date() + dt.timedelta(days=10))
    MilestoneFactory(pledge=pledge, due_on=MONDAY.date() + DEADLINE_HORIZON)
    MilestoneFactory(pledge=pledge, due_on=MONDAY.date() - dt.timedelta(days=1))
    MilestoneFactory(pledge=pledge, due_on=MONDAY.date() + dt.timedelta(days=2), done_on=MONDAY.date())
    issue = composed("weekly", MONDAY)
    assert news(issue) == [("deadline", near.pk)]
    (entry,) = get_contents(issue, "en").entries
    assert entry.dated == f"Due on {date_format(near.due_on)}"
    near.done_on = MONDAY.date()
    near.save()
    assert not get_contents(issue, "en"), "reached since"


def test_what_a_city_that_has_left_does_is_no_news():
    SubscriptionFactory()
    gone = CityFactory(status=City.Status.FORMER)
    pledge = PledgeFactory(city=gone, created_at=MONDAY - INSTANT)
    MilestoneFactory(pledge=pledge, due_on=MONDAY.date() + dt.timedelta(days=3))
    assert compose_issue("weekly", MONDAY) is None


def test_a_city_that_leaves_before_the_mail_goes_is_in_none():
    SubscriptionFactory()
    pledge = PledgeFactory(created_at=MONDAY - INSTANT)
    issue = composed("weekly", MONDAY)
    City.objects.filter(pk=pledge.city_id).update(status=City.Status.FORMER)
    assert not get_contents(issue, "en")


# --- for whom --------------------------------------------------------------------------------------------------------


def test_each_reader_is_told_what_they_follow_under_the_first_of_their_topics():
    montreal, oslo = CityFactory(name_en="Montreal"), CityFactory(name_en="Oslo")
    SubscriptionFactory()
    published(MONDAY - INSTANT, practice__city=montreal, title_en="Open doors", themes=["hate"])
    published(MONDAY - 2 * INSTANT, practice__city=oslo, title_en="Night walks", themes=["hate"])
    published(MONDAY - 3 * INSTANT, practice__city=oslo, title_en="School days", themes=["education"])
    issue = composed("weekly", MONDAY)
    told = get_contents(issue, "en", follows=(f"city:{montreal.slug}", "theme:hate"))
    groups = [
        (group.topic.key, [entry.title.value for section in group.sections for entry in section.entries])
        for group in told.groups
        if group.topic
    ]
    assert groups == [(f"city:{montreal.slug}", ["Open doors"]), ("theme:hate", ["Night walks"])]
    by_region = get_contents(issue, "en", follows=(f"region:{oslo.region.slug}",))
    assert {entry.title.value for entry in by_region.entries} >= {"Night walks", "School days"}
    assert not get_contents(issue, "en", follows=("commitment:7",))


def test_a_search_is_followed_as_the_list_of_practices_finds_it():
    SubscriptionFactory()
    published(MONDAY - INSTANT, title_en="Schools open late", themes=["education"])
    published(MONDAY - 2 * INSTANT, title_en="Night walks", themes=["education"])
    told = get_contents(composed("weekly", MONDAY), "en", follows=("search:q=school&theme=education",))
    assert [entry.title.value for entry in told.entries] == ["Schools open late"]


def test_a_followed_search_brings_what_has_all_its_words_or_others_that_mean_the_same_and_nothing_less():
    SubscriptionFactory()
    published(MONDAY - INSTANT, title_en="Youth at school")
    published(MONDAY - 2 * INSTANT, title_en="Young people at school")
    published(MONDAY - 3 * INSTANT, title_en="Schools open late")
    told = get_contents(composed("weekly", MONDAY), "en", follows=("search:q=youth+school",))
    assert {entry.title.value for entry in told.entries} == {"Youth at school", "Young people at school"}
    listed = PracticeSearch(QueryDict("q=youth+school"), "en")
    assert listed.revisions.count() == 3  # the page shows the third too, and says that it has some of the words
    assert {row.title_en for row in listed.complete} == {entry.title.value for entry in told.entries}


def test_who_missed_an_issue_is_told_both_by_the_next():
    late, punctual = SubscriptionFactory(), SubscriptionFactory()
    published(MONDAY - INSTANT, title_en="First")
    first = composed("weekly", MONDAY)
    settle(first, punctual)
    Delivery.objects.filter(subscription=late).update(outcome="refused", mail_attempts=10)
    published(MONDAY + INSTANT, title_en="Second")
    second = composed("weekly", MONDAY + WEEK)
    assert titles(second, late) == {"First", "Second"}
    assert titles(second, punctual) == {"Second"}


def test_who_changes_to_monthly_is_told_nothing_twice_and_loses_nothing():
    reader = SubscriptionFactory()
    SubscriptionFactory(frequency="monthly")
    published(MONDAY - INSTANT, title_en="Told by the week")
    settle(composed("weekly", MONDAY), reader)
    Subscription.objects.filter(pk=reader.pk).update(frequency="monthly")
    published(MONDAY + INSTANT, title_en="Told by the month")
    issue = composed("monthly", FIRST)
    assert titles(issue, reader) == {"Told by the month"}
    assert titles(issue, Subscription.objects.exclude(pk=reader.pk).get()) == {"Told by the week", "Told by the month"}


def test_who_subscribes_is_told_the_issue_that_comes_and_nothing_older():
    SubscriptionFactory()
    published(MONDAY - INSTANT, title_en="Old")
    composed("weekly", MONDAY)
    new = SubscriptionFactory(confirmed_at=MONDAY + INSTANT)
    published(MONDAY + INSTANT, title_en="New")
    assert titles(composed("weekly", MONDAY + WEEK), new) == {"New"}


def test_two_frequencies_that_look_at_different_times_lose_nothing():
    """A month that is composed late, after a week that was sent early: what falls between is told by both."""
    weekly, monthly = SubscriptionFactory(), SubscriptionFactory(frequency="monthly")
    early = FIRST + dt.timedelta(days=1)
    published(early - INSTANT, title_en="Before the early week")
    first = composed("weekly", early)
    settle(first, weekly)
    published(FIRST - INSTANT, title_en="Committed late")
    assert "Committed late" in titles(composed("monthly", FIRST), monthly)
    assert titles(composed("weekly", early + WEEK), weekly) == {"Committed late"}


def test_a_late_month_looks_back_from_its_own_end_and_not_from_that_of_a_later_week():
    """The week looked a month ahead of it; what was committed late before the month's end is still new."""
    SubscriptionFactory()
    monthly = SubscriptionFactory(frequency="monthly")
    ahead = FIRST + dt.timedelta(days=30)
    published(ahead - INSTANT, title_en="Of the week")
    composed("weekly", ahead)
    published(FIRST - LOOK_BACK + INSTANT, title_en="Committed late")
    assert "Committed late" in titles(composed("monthly", FIRST), monthly)


# --- what staff decide -----------------------------------------------------------------------------------------------


def test_while_it_is_paused_nothing_is_composed_and_nothing_is_lost():
    SubscriptionFactory()
    practice = published(MONDAY - INSTANT)
    preparation.pause("weekly", by=UserFactory())
    with time_machine.travel(MONDAY, tick=False):
        assert compose.compose_due_issues() == []
    with pytest.raises(compose.Paused):
        compose_issue("weekly", MONDAY)
    preparation.resume("weekly")
    issue = composed("weekly", MONDAY + dt.timedelta(days=1))
    assert news(issue) == [("practice", practice.pk)]


def test_an_introduction_stands_in_one_issue():
    SubscriptionFactory()
    preparation.set_introduction("weekly", fr="Bonjour.", en="Good day.")
    published(MONDAY - INSTANT)
    first = composed("weekly", MONDAY)
    assert str(get_contents(first, "fr").introduction) == "Bonjour."
    published(MONDAY + INSTANT)
    assert composed("weekly", MONDAY + WEEK).introduction_en == ""


def test_a_preview_tells_the_next_issue_and_keeps_nothing():
    published(MONDAY - INSTANT, title_en="Soon")
    with time_machine.travel(MONDAY, tick=False):
        seen = preparation.preview("weekly", lambda issue: get_contents(issue, "en").subject)
        of_page = preparation.preview("weekly", lambda issue: subject_for_page(issue, "en"))
    assert seen == of_page == f"1 practice newly recorded: {City.objects.get().name_en}"
    assert not Item.objects.exists()
    assert not Issue.objects.exists()
