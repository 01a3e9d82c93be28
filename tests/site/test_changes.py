"""What changed: every kind, its two dates, the newest first, in both languages, as a page and as a feed."""

import datetime as dt
import re
from html import unescape
from xml.etree import ElementTree

import pytest
from django.apps import apps
from django.db import connection

from commitments import pledges
from scn_portal.site.changes.changes import Changes
from tests.factories import (
    SOME_DAY,
    CityFactory,
    EndorsementFactory,
    MilestoneFactory,
    PledgeFactory,
    PracticeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
)
from tests.turns import BAD_VALUES

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def later(days: int) -> dt.datetime:
    return SOME_DAY + dt.timedelta(days=days)


def recorded(model: str, row, moment: dt.datetime) -> None:
    """Let history say that `row` was recorded at `moment`. History is append-only, so its guard sleeps meanwhile."""
    table = apps.get_model(model)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET pgh_created_at = %s WHERE pgh_obj_id = %s", [moment, row.pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.fixture
def something():
    """One change of each kind, a day apart."""
    city = CityFactory(name_en="Testford", joined_year=2016, country="KE")
    recorded("members.CityEvent", city, SOME_DAY)
    endorsement = EndorsementFactory(city=city, endorsed_on="2018-07-19")
    recorded("commitments.EndorsementEvent", endorsement, later(1))
    pledge = PledgeFactory(city=city, title_en="Train teachers", announced_on="2019-05", created_at=later(2))
    ProgressUpdateFactory(pledge=pledge, reported_on="2026-02-01", created_at=later(3), status="done")
    step = MilestoneFactory(pledge=pledge, title_en="First step", done_on="2020-01-02")
    recorded("commitments.MilestoneEvent", step, later(4))
    practice = PracticeFactory(city=city, slug="a-practice")
    RevisionFactory(practice=practice, status="superseded", published_at=later(5), title_en="Old words")
    RevisionFactory(
        practice=practice, status="published", published_at=later(6), title_en="New words", started_on="2017"
    )
    return city


def listed(client, address: str = "/en/changes/", **query) -> list[tuple[str, str, str]]:
    """(kind, title, date of the thing itself) as the page orders them."""
    response = client.get(address, query)
    assert response.status_code == 200
    return [(change.kind, change.title.value, change.happened_on) for change in response.context["page"]]


EVERYTHING = [
    ("version", "New words", ""),
    ("practice", "New words", "2017"),
    ("milestone", "First step", "2020-01-02"),
    ("update", "Train teachers", "2026-02-01"),
    ("pledge", "Train teachers", "2019-05"),
    ("declaration", "A declaration", "2018-07-19"),
    ("city", "", "2016"),
]


def test_every_kind_is_there_the_newest_first_with_both_dates(client, something):
    assert listed(client) == EVERYTHING
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/en/changes/").text))
    assert "Recorded on 8 March 2026 New version of a practice New words Testford, Kenya" in page
    assert "Recorded on 4 March 2026 Pledge recorded Announced · announced: May 2019 Train teachers" in page
    assert "Recorded on 2 March 2026 New city · joined the network: 2016 Testford Kenya" in page


def test_it_is_told_in_french_too(client, something):
    assert [kind for kind, _title, _date in listed(client, "/fr/nouveautes/")] == [kind for kind, *_rest in EVERYTHING]
    page = client.get("/fr/nouveautes/").text
    assert "Inscrit le 4 mars 2026" in page
    assert "mai 2019" in page


@pytest.mark.parametrize("kind", [kind for kind, *_rest in EVERYTHING])
def test_one_kind_alone_can_be_chosen(client, something, kind):
    assert listed(client, kind=kind) == [change for change in EVERYTHING if change[0] == kind]
    page = client.get("/en/changes/", {"kind": kind}).text
    assert re.search(r"<h1>What changed: .+</h1>", page)
    assert f'href="/en/changes/feed.xml?kind={kind}"' in page


def test_the_kinds_are_counted(client, something):
    tabs = client.get("/en/changes/", {"kind": "pledge"}).context["kinds"]
    assert [(value, count, current) for value, _label, count, current in tabs] == [
        ("", 7, False), ("pledge", 1, True), ("update", 1, False), ("milestone", 1, False), ("practice", 1, False),
        ("version", 1, False), ("declaration", 1, False), ("city", 1, False),
    ]  # fmt: skip


# --- What is not public ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["draft", "submitted", "sent_back", "rejected", "withdrawn", "scheduled", "archived"]
)
def test_nothing_of_a_revision_that_is_not_public_is_there(client, status):
    revision = RevisionFactory(status=status, title_en="Secret words")
    recorded("members.CityEvent", revision.practice.city, SOME_DAY)
    assert [kind for kind, *_rest in listed(client)] == ["city"]
    assert "Secret" not in client.get("/en/changes/feed.xml").text


def test_a_draft_of_a_public_practice_changes_nothing(client):
    live = RevisionFactory(status="published", title_en="Public words")
    before = listed(client)
    RevisionFactory(practice=live.practice, title_en="Secret words")
    assert listed(client) == before


def test_a_practice_that_was_taken_down_and_came_back_is_new_again(client):
    practice = PracticeFactory()
    RevisionFactory(practice=practice, status="superseded", published_at=later(0))
    RevisionFactory(practice=practice, status="archived", published_at=later(1))
    assert listed(client, kind="practice") == listed(client, kind="version") == []
    RevisionFactory(practice=practice, status="published", published_at=later(2), title_en="Back")
    assert listed(client, kind="practice") == [("practice", "Back", "")]
    assert listed(client, kind="version") == []


def test_an_update_that_was_taken_down_is_gone(client):
    update = ProgressUpdateFactory()
    assert len(listed(client, kind="update")) == 1
    pledges.take_down(update, reason="A name.", by=UserFactory())
    assert listed(client, kind="update") == []
    assert client.get("/en/changes/").context["kinds"][2][2] == 0


def test_nothing_of_a_city_that_has_left_is_there(client, something):
    something.status = "former"
    something.save()
    assert listed(client) == []
    assert "<entry" not in client.get("/en/changes/feed.xml").text


def test_nothing_of_a_deleted_row_is_counted(client):
    for city in (CityFactory(), CityFactory()):
        endorsement = EndorsementFactory(city=city)
    endorsement.delete()
    city.delete()
    assert [change[0] for change in listed(client)].count("city") == 1
    assert client.get("/en/changes/").context["page"].paginator.count == 2


def test_a_milestone_that_is_not_reached_is_no_news_and_one_reached_later_is_dated_then(client):
    step = MilestoneFactory(due_on="2027-01-01")
    recorded("commitments.MilestoneEvent", step, later(0))
    assert listed(client, kind="milestone") == []
    step.done_on = dt.date(2026, 3, 1)
    step.save()
    (change,) = client.get("/en/changes/", {"kind": "milestone"}).context["page"]
    assert change.recorded_at > later(0)


# --- Pages, feed, queries --------------------------------------------------------------------------------------------


def test_a_page_holds_fifty(client):
    city = CityFactory()
    PledgeFactory.create_batch(51, city=city)
    assert (len(listed(client, kind="pledge")), len(listed(client, kind="pledge", page="2"))) == (50, 1)
    assert len(listed(client, page="2")) == 2


def entries(client, address: str = "/en/changes/feed.xml") -> list[ElementTree.Element]:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    assert not response.cookies
    return ElementTree.fromstring(response.content).findall(f"{ATOM}entry")


def test_the_feed_has_the_same_changes(client, settings, something):
    found = entries(client)
    assert [entry.findtext(f"{ATOM}title") for entry in found][:2] == [
        "New version of a practice: New words (Testford)", "Practice published: New words (Testford)",
    ]  # fmt: skip
    assert found[4].findtext(f"{ATOM}title") == "Pledge recorded: Train teachers (Testford)"
    assert "announced: May 2019" in found[4].findtext(f"{ATOM}content")
    assert found[4].findtext(f"{ATOM}updated") == later(2).isoformat()
    assert found[6].find(f"{ATOM}link").get("href") == f"{settings.SITE_URL}/en/cities/testford/"
    keys = [entry.findtext(f"{ATOM}id") for entry in found]
    assert len(set(keys)) == 7
    assert [entry.findtext(f"{ATOM}title") for entry in entries(client, "/fr/nouveautes/flux.xml?kind=city")] == [
        "Nouvelle ville\u00a0: Testford (fr)"
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_page_and_feed_take_the_same_queries_for_one_row_as_for_three(client, django_assert_num_queries, rows):
    for _number in range(rows):
        pledge = PledgeFactory()
        EndorsementFactory(city=pledge.city)
        ProgressUpdateFactory(pledge=pledge)
        MilestoneFactory(pledge=pledge, done_on="2026-01-01")
        practice = PracticeFactory(city=pledge.city)
        RevisionFactory(practice=practice, status="superseded", published_at=later(0))
        RevisionFactory(practice=practice, status="published", published_at=later(1))
    for address, queries in (
        ("/en/changes/", 10), ("/fr/nouveautes/", 10), ("/en/changes/?kind=pledge", 4), ("/en/changes/feed.xml", 9)
    ):  # fmt: skip
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("name", ["kind", "page"])
def test_no_value_of_the_query_fails(client, something, name):
    for value in BAD_VALUES:
        for address in ("/en/changes/", "/en/changes/feed.xml"):
            response = client.get(f"{address}?{name}={value}", follow=True)
            is_lost = name == "page" and address.endswith("/")  # a page that there is not; a feed has one
            assert response.status_code == (404 if is_lost else 200), value
            assert "<script>alert" not in response.text
    assert client.post("/en/changes/").status_code == 405


def test_where_nothing_has_changed_it_says_so(client):
    assert "Nothing has changed yet." in client.get("/en/changes/").text
    assert entries(client) == []


def test_page_after_page_gives_every_change_once_and_the_way_back_too(client, something, monkeypatch):
    monkeypatch.setattr("scn_portal.site.changes.page.CHANGES_PER_PAGE", 2)
    monkeypatch.setattr("scn_portal.base.lists.MAX_OFFSET", 2)  # two pages have numbers
    shown = [change.key for change in Changes("en")[:100]]
    forward, back, address = [], [], "/en/changes/"
    while address:
        page = client.get(address)
        forward += [change.key for change in page.context["page"]]
        last, address = address, linked(page.text, "next")
    while last:
        page = client.get(last)
        back = [change.key for change in page.context["page"]] + back
        last = linked(page.text, "prev")

    assert len(shown) > 4
    assert forward == back == shown


def linked(page: str, rel: str) -> str:
    found = re.search(rf'<a rel="{rel}" href="([^"]*)"', page)
    return f"/en/changes/{unescape(found[1]).removeprefix('/en/changes/')}" if found else ""


@pytest.mark.parametrize("token", ["x", "%00", "W10", "WzMsW11d", "WzMsWyJ4IiwicGxlZGdlIiwxXV0", "A" * 5000])
def test_a_cursor_that_is_none_leads_nowhere(client, something, token):
    assert client.get(f"/en/changes/?after={token}").status_code == 404
