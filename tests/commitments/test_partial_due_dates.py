"""A start or a due date may be a year or a month: it is shown as that, and is over when its last day is."""

import datetime as dt
import json

import pytest
import time_machine
from icalendar import Calendar

from commitments.models import Milestone, Pledge
from members.models import City
from scn_portal.site.downloads.pledges import MILESTONES, PLEDGES
from scn_portal.site.todo.reasons import Asked, overdue_milestones, overdue_pledges
from tests.factories import CityFactory, CommitmentFactory, MilestoneFactory, PledgeFactory, acting_for

pytestmark = pytest.mark.django_db

NEW_YEARS_EVE = dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)
NEW_YEAR = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def city() -> City:
    return CityFactory(name_en="Testford", name_fr="Essaiville")


@pytest.fixture
def pledge(city) -> Pledge:
    """A pledge from May 2025 to 2026, with a milestone in May 2026."""
    pledge = PledgeFactory(city=city, title_en="Dig", title_fr="Creuser", commitment=CommitmentFactory(number=4))
    pledge.starts, pledge.due = "2025-05", "2026"
    pledge.full_clean()
    pledge.save()
    step = Milestone(pledge=pledge, title_en="First well", title_fr="Premier puits")
    step.due = "2026-05"
    step.save()
    return pledge


def test_it_is_kept_as_its_first_or_last_day(pledge):
    pledge.refresh_from_db()
    assert (pledge.starts, pledge.starts_on, pledge.due, pledge.due_on) == (
        "2025-05", dt.date(2025, 5, 1), "2026", dt.date(2026, 12, 31),
    )  # fmt: skip
    leap = Pledge()
    leap.due = "2028-02"
    assert leap.due_on == dt.date(2028, 2, 29)
    leap.due = ""
    assert (leap.due, leap.due_on, leap.due_in_words) == ("", None, "")
    with pytest.raises(ValueError, match="is not YYYY"):
        leap.due = "spring"


def test_a_year_is_overdue_when_it_is_over(client, pledge):
    for moment, titles in ((NEW_YEARS_EVE, ["First well"]), (NEW_YEAR, ["First well", "Dig"])):
        with time_machine.travel(moment, tick=False):
            asked = Asked([pledge.city], moment)
            tasks = [*overdue_milestones(asked), *overdue_pledges(asked)]
            assert [str(task.about) for task in tasks] == titles
            assert ("overdue" in client.get(pledge.get_absolute_url()).text) is (moment == NEW_YEAR)
    assert [task.detail for task in tasks] == ["Pledge: Dig. Due in May 2026.", "Due in 2026."]


@time_machine.travel(dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC), tick=False)
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/pledges/{pk}/", ["May 2025", '<time datetime="2026">2026</time>', "due in May 2026"]),
        ("/fr/promesses/{pk}/", ["mai 2025", '<time datetime="2026">2026</time>', "échéance en mai 2026"]),
        ("/en/pledges/", ["due in 2026"]),
        ("/fr/promesses/", ["échéance en 2026"]),
        ("/en/cities/testford/", ["due in 2026", "due in May 2026"]),
        ("/fr/villes/testford/", ["échéance en 2026", "échéance en mai 2026"]),
        ("/en/commitments/4/", ['datetime="2026-05">May 2026</time>']),
        ("/fr/engagements/4/", ['datetime="2026-05">mai 2026</time>']),
    ],
)
def test_a_page_shows_what_is_known_of_it(client, pledge, address, words):
    page = client.get(address.format(pk=pledge.pk)).text
    assert [each for each in words if each not in page] == []
    for guessed in ("31 December 2026", "31 décembre 2026", "31 May 2026", "31 mai 2026", "1 May 2025", "1 mai 2025"):
        assert guessed not in page


def test_on_the_timeline_it_lies_ahead_until_its_last_day(client, pledge):
    for moment, ahead in ((NEW_YEARS_EVE, False), (dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC), True)):
        with time_machine.travel(moment, tick=False):
            entries = client.get("/en/cities/testford/").context["entries"]
        assert [(each.on, each.is_ahead) for each in entries if each.is_due and each.on == "2026-05"] == [
            ("2026-05", ahead)
        ]


@time_machine.travel(dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC), tick=False)
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/cities/testford/calendar.ics", ["Due in 2026", "Dig\nDue in May 2026"]),
        ("/fr/villes/testford/calendrier.ics", ["Échéance en 2026", "Creuser\nÉchéance en mai 2026"]),
    ],
)
def test_in_a_calendar_it_stands_on_its_last_day_and_says_what_is_known(client, pledge, address, words):
    events = Calendar.from_ical(client.get(address).content).walk("VEVENT")
    assert [event["DTSTART"].dt for event in events] == [dt.date(2026, 12, 31), dt.date(2026, 5, 31)]
    assert [str(event["DESCRIPTION"]) for event in events] == words


def test_the_api_gives_what_is_known_and_the_day(client, pledge):
    of_pledge = client.get(f"/api/v1/pledges/{pledge.pk}").json()
    dates = ("starts", "starts_on", "due", "due_on")
    assert [of_pledge[name] for name in dates] == ["2025-05", "2025-05-01", "2026", "2026-12-31"]
    (step,) = client.get("/api/v1/milestones").json()["results"]
    assert (step["due"], step["due_on"]) == ("2026-05", "2026-05-31")


def test_the_files_have_both(client, pledge):
    for dataset, expected in (
        (PLEDGES, {"starts": "2025-05", "starts_on": "2025-05-01", "due": "2026", "due_on": "2026-12-31"}),
        (MILESTONES, {"due": "2026-05", "due_on": "2026-05-31"}),
    ):
        (row,) = json.loads(b"".join(client.get(f"/en/data/{dataset.name}.json").streaming_content))["rows"]
        assert {name: row[name] for name in expected} == expected


def test_an_official_types_as_much_as_is_known(client, city):
    client.force_login(acting_for(city))
    form = {"commitment": CommitmentFactory().pk, "title_en": "Dig", "status": "planned"}
    answer = client.post("/en/my-city/testford/pledges/new/", form | {"starts_on": "2026", "due_on": "2027-02"})
    assert answer.status_code == 302
    pledge = Pledge.objects.get()
    assert (pledge.starts, pledge.due, pledge.due_on) == ("2026", "2027-02", dt.date(2027, 2, 28))
    page = client.get(f"/en/my-city/pledges/{pledge.pk}/edit/").text
    assert 'name="due_on" value="2027-02"' in page
    # It may start and be due in the same year, of which no more is known.
    client.post(f"/en/my-city/pledges/{pledge.pk}/edit/", form | {"starts_on": "2027-03", "due_on": "2027"})
    pledge.refresh_from_db()
    assert (pledge.starts, pledge.due) == ("2027-03", "2027")


def test_the_order_of_what_is_due_goes_by_the_last_day(client, city):
    for due in ("2026", "2026-05", "2026-06-01"):
        pledge = PledgeFactory.build(city=city, commitment=CommitmentFactory(), title_en=due)
        pledge.due = due
        pledge.save()
    page = client.get("/en/pledges/", {"sort": "due"})
    assert [row.title_en for row in page.context["pledges"]] == ["2026-05", "2026-06-01", "2026"]
    assert MilestoneFactory(due_on=None).due_in_words == ""
