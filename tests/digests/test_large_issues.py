"""However much is new, a page of the newsletter reads a part of it; the mails tell and count all."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import staff_views
from digests.issues import contents
from digests.issues.compose import collect_news, compose_issue
from digests.issues.contents import get_contents
from digests.models import Item, ItemKind
from members.models import City
from practices.choices import Status
from practices.models import Practice
from tests.factories import ModeratorFactory, PledgeFactory, RevisionFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2019, 1, 7, 6, tzinfo=dt.UTC)
HOUR, WEEK = dt.timedelta(hours=1), dt.timedelta(days=7)
NEXT = "/en/desk/newsletter/weekly/"


@pytest.fixture
def staff(client):
    SubscriptionFactory(frequency="weekly", confirmed_at=MONDAY - WEEK)
    person = ModeratorFactory(name="Ada")
    client.force_login(person)
    return person


def practice(title: str, at: dt.datetime) -> Practice:
    return RevisionFactory(title_en=title, status=Status.PUBLISHED, submitted_at=at, published_at=at).practice


@pytest.fixture
def _two_at_most(monkeypatch):
    for module in (contents, staff_views):
        monkeypatch.setattr(module, "MAX_ON_PAGES", 2)
    monkeypatch.setitem(contents.MAX_ENTRIES, ItemKind.PRACTICE, 1)


@pytest.mark.usefixtures("_two_at_most")
def test_a_page_counts_a_part_and_says_so_while_the_mail_counts_all(client, staff):
    for number in range(4):
        practice(f"Bird {number}", MONDAY - (number + 2) * HOUR)
    with time_machine.travel(MONDAY - HOUR, tick=False):
        page = client.get(NEXT).text
        assert "more than 2 practices newly recorded" in page
        assert "and more than 1 more" in page
        assert "These are the newest 2 of each kind." in page
        assert "more than 2 practices newly recorded" in client.get(f"{NEXT}send/").text
    with time_machine.travel(MONDAY + HOUR, tick=False):
        issue = compose_issue("weekly", MONDAY)
        assert get_contents(issue, "en").subject.startswith("4 practices newly recorded")
        public = client.get(f"/en/newsletter/issues/{issue.pk}/").text
        assert "and more than 1 more" in public


def test_what_is_ahead_comes_by_pages(client, staff, monkeypatch):
    monkeypatch.setattr(staff_views, "AHEAD_PER_PAGE", 2)
    for number in range(3):
        practice(f"Bird {number}", MONDAY - (number + 2) * HOUR)
    with time_machine.travel(MONDAY - HOUR, tick=False):
        first, second = (client.get(f"{NEXT}?page={page}").text.partition('class="preview"')[0] for page in (1, 2))
        assert ["Bird 0" in first, "Bird 1" in first, "Bird 2" in first] == [True, True, False]
        assert ["Bird 1" in second, "Bird 2" in second] == [False, True]
        assert client.get(f"{NEXT}?page=3").status_code == 404


def test_the_desk_asks_as_many_queries_however_much_is_new(client, staff):
    practice("Bird", MONDAY - 3 * HOUR)
    with time_machine.travel(MONDAY - HOUR, tick=False):
        collect_news()
        client.get(NEXT)
        few = queries(client)
        for number in range(5):
            practice(f"Bird {number}", MONDAY - 2 * HOUR)
        collect_news()
        assert queries(client) == few


def queries(client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(NEXT).status_code == 200
    return len(captured)


def test_a_page_takes_what_a_worker_collected_lately_and_composing_never_waits_for_it(client, staff):
    practice("Toucan", MONDAY - 3 * HOUR)
    with time_machine.travel(MONDAY - 2 * HOUR, tick=False):
        collect_news()
    practice("Heron", MONDAY - 2 * HOUR + dt.timedelta(minutes=1))
    with time_machine.travel(MONDAY - 2 * HOUR + dt.timedelta(minutes=10), tick=False):
        page = client.get(NEXT).text
        assert ["Toucan" in page, "Heron" in page] == [True, False]
    with time_machine.travel(MONDAY - HOUR, tick=False):  # no worker runs: the page collects for itself
        assert "Heron" in client.get(NEXT).text
        assert Item.objects.count() == 1, "and keeps nothing"
    with time_machine.travel(MONDAY + HOUR, tick=False):
        entries = get_contents(compose_issue("weekly", MONDAY), "en").entries
        assert {entry.title.value for entry in entries} == {"Toucan", "Heron"}


def test_what_was_taken_back_before_an_issue_had_it_is_news_when_it_comes_again(staff):
    pledge = PledgeFactory(created_at=MONDAY - 5 * HOUR)
    practice("Heron", MONDAY - 5 * HOUR)
    city = City.objects.filter(pk=pledge.city_id)
    with time_machine.travel(MONDAY - 4 * HOUR, tick=False):
        collect_news()
        city.update(status=City.Status.FORMER)
        collect_news()
        assert [item.practice.live.title_en for item in Item.objects.all()] == ["Heron"]
    with time_machine.travel(MONDAY + HOUR, tick=False):
        compose_issue("weekly", MONDAY)
        city.update(status=City.Status.MEMBER)
        collect_news()
    with time_machine.travel(MONDAY + WEEK + HOUR, tick=False):
        entries = get_contents(compose_issue("weekly", MONDAY + WEEK), "en").entries
        assert [entry.kind for entry in entries] == [ItemKind.PLEDGE]
