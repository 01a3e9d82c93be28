"""Calendars of what is due, held against RFC 5545 by parsing them."""

import datetime as dt
import re

import pytest
import time_machine
from icalendar import Calendar, Event

from commitments.models import Milestone
from members.models import City
from scn_portal.site.sharing.icalendar_text import DayEvent, written
from tests.factories import CityFactory, CommitmentFactory, MilestoneFactory, PledgeFactory, RevisionFactory

pytestmark = pytest.mark.django_db

CALENDARS = [
    # Four: which dates are nearest, by indexes alone; their milestones, their pledges, the commitments.
    ("/en/calendar.ics", "/fr/calendrier.ics", 4),
    ("/en/cities/testford/calendar.ics", "/fr/villes/testford/calendrier.ics", 5),
    ("/en/commitments/1/calendar.ics", "/fr/engagements/1/calendrier.ics", 5),
]
ADDRESSES = [address for english, french, _queries in CALENDARS for address in (english, french)]
TODAY = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _on_a_day():
    with time_machine.travel(TODAY, tick=False):
        yield


def network(rows: int):
    city = CityFactory(name_en="Testford")
    for _number in range(rows):
        MilestoneFactory(pledge=PledgeFactory(city=city, due_on="2026-12-31"), due_on="2026-06-30")
    return city


def parsed(client, address: str) -> Calendar:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))
    assert b"\n" not in response.content.replace(b"\r\n", b"")
    return Calendar.from_ical(response.content)


def summaries(client, address: str) -> list[str]:
    return [str(event["SUMMARY"]) for event in parsed(client, address).walk("VEVENT")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_calendar_has_all_that_the_standard_asks_for(client, settings, address):
    network(3)
    calendar = parsed(client, address)
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert str(calendar["NAME"]) == str(calendar["X-WR-CALNAME"])
    assert calendar["REFRESH-INTERVAL"].to_ical() == b"PT12H"
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    events = calendar.walk("VEVENT")
    assert len(events) == len({str(event["UID"]) for event in events}) == 6
    for event in events:
        day = event["DTSTART"].dt
        assert event["DTSTART"].params["VALUE"] == "DATE"
        assert event["DTEND"].dt - day == dt.timedelta(days=1)
        assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt
        assert event["DTSTAMP"].dt.tzinfo
        assert str(event["URL"]).startswith(f"{settings.SITE_URL}/{address[1:3]}/")
        assert event["TRANSP"] == "TRANSPARENT"


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("english", "french", "queries"), CALENDARS)
def test_a_calendar_takes_the_same_queries_for_one_row_as_for_three(
    client, django_assert_num_queries, rows, english, french, queries
):
    network(rows)
    for address in (english, french):
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_calendar_is_the_same_for_every_reader_and_until_something_changes(client, address):
    network(1)
    first = client.get(address)
    assert not first.cookies
    assert "cookie" not in first.get("Vary", "").lower()
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_a_milestone_keeps_its_uid_and_says_when_it_changed(client):
    network(1)

    def milestone():
        return next(event for event in parsed(client, "/en/calendar.ics").walk("VEVENT") if "DESCRIPTION" in event)

    before = milestone()
    row = Milestone.objects.get()
    row.title_en = "Renamed"
    row.save()
    after = milestone()
    assert after["UID"] == before["UID"]
    assert after["UID"].startswith("urn:uuid:")  # and holds no host name
    assert str(after["SUMMARY"]) == "Renamed (Testford)"
    assert after["LAST-MODIFIED"].dt >= before["LAST-MODIFIED"].dt


def test_what_is_done_says_so_and_what_was_dropped_is_left_out(client):
    city = CityFactory(name_en="Testford", name_fr="Essaiville")
    MilestoneFactory(pledge=PledgeFactory(city=city), due_on="2026-02-01", done_on="2026-02-02", title_en="Opened")
    PledgeFactory(city=city, due_on="2026-05-01", status="done", title_en="Kept")
    dropped = PledgeFactory(city=city, due_on="2026-05-01", status="dropped")
    MilestoneFactory(pledge=dropped, due_on="2026-05-01")
    assert summaries(client, "/en/calendar.ics") == ["Done: Kept (Testford)", "Reached: Opened (Testford)"]
    assert summaries(client, "/fr/calendrier.ics") == [
        "Tenue\u00a0: Kept (en anglais) (Essaiville)",
        "Atteint\u00a0: Opened (en anglais) (Essaiville)",
    ]


@pytest.mark.parametrize(("day", "shown"), [("2025-03-02", 1), ("2025-03-01", 0), ("2040-01-01", 1)])
def test_it_goes_back_a_year_and_ahead_without_end(client, day, shown):
    PledgeFactory(due_on=day)
    assert len(summaries(client, "/en/calendar.ics")) == shown


def test_each_calendar_holds_its_own(client):
    city = network(1)
    PledgeFactory(due_on="2026-07-01", title_en="Elsewhere", commitment=CommitmentFactory(number=2))
    PledgeFactory(city=city, title_en="Undated")
    assert len(summaries(client, "/en/calendar.ics")) == 3
    assert len(summaries(client, "/en/cities/testford/calendar.ics")) == 2
    assert len(summaries(client, "/en/commitments/2/calendar.ics")) == 1


def test_a_city_that_has_left_keeps_its_own_calendar_and_is_in_no_other(client):
    pledge = PledgeFactory(city=CityFactory(name_en="Leftford", status="former"), due_on="2026-12-31")
    MilestoneFactory(pledge=pledge, due_on="2026-06-30")
    assert len(summaries(client, "/en/cities/leftford/calendar.ics")) == 2
    assert summaries(client, "/en/calendar.ics") == summaries(client, "/en/commitments/1/calendar.ics") == []


def test_where_there_are_too_many_what_is_nearest_to_today_stays(client, monkeypatch):
    monkeypatch.setattr("scn_portal.site.sharing.calendars.MAX_COMING", 2)
    monkeypatch.setattr("scn_portal.site.sharing.calendars.MAX_PAST", 1)
    city = CityFactory(name_en="Testford")
    for day in ("2025-12-01", "2026-03-01", "2026-04-01", "2026-03-02", "2026-05-01"):
        MilestoneFactory(pledge=PledgeFactory(city=city, due_on=day), due_on=day)
    for address in ADDRESSES:
        calendar = parsed(client, address)
        days = [str(event["DTSTART"].dt) for event in calendar.walk("VEVENT")]
        assert sorted(days) == ["2026-03-01"] * 2 + ["2026-03-02"] * 2 + ["2026-04-01"] * 2, address
        said = calendar["DESCRIPTION"]
        assert said == calendar["X-WR-CALDESC"]
        assert re.findall(r"\d+", said) == ["2", "1"]


def test_an_empty_calendar_still_holds_a_component(client):
    calendar = parsed(client, "/en/calendar.ics")
    assert [component.name for component in calendar.subcomponents] == ["VTIMEZONE"]


def test_line_breaks_and_signs_in_a_title_start_no_property(client):
    city = CityFactory(name_en="Testford")
    PledgeFactory(
        city=city, due_on="2026-07-01", title_en="One\r\nATTENDEE:mailto:x@example.org; two, three\\" + "é" * 60
    )
    (event,) = parsed(client, "/en/calendar.ics").walk("VEVENT")
    assert "ATTENDEE" not in event
    assert str(event["SUMMARY"]).endswith("; two, three\\" + "é" * 60 + " (Testford)")


@pytest.mark.parametrize(
    "address", ["/en/cities/nowhere/calendar.ics", "/en/commitments/8/calendar.ics", "/en/cities/a%00b/calendar.ics"]
)
def test_an_unknown_calendar_is_not_found(client, address):
    assert client.get(address).status_code == 404


# --- Where they are offered ------------------------------------------------------------------------------------------


def offered(client, address: str) -> set[str]:
    """The calendars and feeds that a page links, in its head or in its text, by the ends of their addresses."""
    return set(re.findall(r'href="[^"]*/((?:calendar|feed)\.\w+)"', client.get(address).text))


def test_a_calendar_is_offered_where_it_holds_a_date_and_a_feed_where_it_holds_news(client):
    city, fourth = CityFactory(slug="testford"), CommitmentFactory(number=4)
    of_city, of_commitment = "/en/cities/testford/", "/en/commitments/4/"
    assert offered(client, of_city) == offered(client, of_commitment) == set()
    assert offered(client, "/en/") == {"feed.xml"}
    pledge = PledgeFactory(city=city, commitment=fourth, announced_on="2020")
    pages = (of_city, of_commitment, f"/en/pledges/{pledge.pk}/", "/en/")
    MilestoneFactory(pledge=pledge, due_on=None)
    PledgeFactory(city=city, commitment=fourth, due_on="2026-12-31", status="dropped")
    PledgeFactory(city=city, commitment=fourth, due_on="2020-12-31")
    MilestoneFactory(pledge=PledgeFactory(city=city, commitment=fourth, announced_on="2015"), due_on="2026-12-31")
    for page in pages:
        assert offered(client, page) == {"feed.xml"}, page
    step = MilestoneFactory(pledge=pledge, due_on="2026-12-31")
    for page in pages:
        assert offered(client, page) == {"feed.xml", "calendar.ics"}, page
    step.delete()
    PledgeFactory(city=city, commitment=fourth, due_on="2026-12-31")
    for page in pages:
        assert offered(client, page) == {"feed.xml", "calendar.ics"}, page


def test_a_practice_alone_is_news(client):
    RevisionFactory(practice__city__slug="testford", status="published", commitments=[CommitmentFactory(number=4)])
    assert offered(client, "/en/cities/testford/") == offered(client, "/en/commitments/4/") == {"feed.xml"}
    City.objects.update(status="engaged")
    page = client.get("/en/cities/testford/").text
    assert "badge.svg" not in page


def test_events_are_written_as_icalendar_writes_them():
    """Escaped and folded by it; only not made of an object for each property."""
    texts = ("A plain title", "One; two, three\\ and “four”\nfive " + "é" * 90, "x" * 200)
    moment = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    for words in texts:
        event = DayEvent(f"urn:{words[:3]}", dt.date(2026, 12, 31), moment, words, "https://x.example/", words, words)
        component = Event()
        for name in ("dtstamp", "last-modified"):
            component.add(name, event.changed_at)
        component.add("dtstart", event.day)
        component.add("dtend", event.day + dt.timedelta(days=1))
        for name, value in (("uid", event.uid), ("summary", words), ("description", words), ("url", event.url)):
            component.add(name, value)
        component.add("categories", [event.category])
        component.add("transp", "TRANSPARENT")
        assert component.to_ical().decode() in written("Title", "About", "en", [event])
