"""The page of a city: its facts, its timeline, who is around it, and whether it confirmed what is said."""

import datetime as dt
import re

import pytest
import time_machine

from commitments.models import Commitment
from members.models import City, Role
from scn_portal.site.cities.around import cities_around
from tests.factories import (
    CityFactory,
    CommitmentFactory,
    EndorsementFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    acting_for,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

MAY = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)


def opened(client, city: City, language: str = "en"):
    return client.get(f"/{language}/{'cities' if language == 'en' else 'villes'}/{city.slug}/")


def words_of(text: str) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def told(client, city: City, language: str = "en") -> list[tuple[str, str]]:
    """(date, what happened) of the timeline, as its page orders it."""
    return [(entry.on, entry.words) for entry in opened(client, city, language).context["entries"]]


# --- Facts and endorsements ------------------------------------------------------------------------------------------


def test_an_endorsement_tells_when_who_and_where_it_is_proved(client):
    city = CityFactory()
    EndorsementFactory(
        city=city, endorsed_on="2018-07", proof="https://example.org/signed", signatory_name="A. Person",
        signatory_title="Mayor",
    )  # fmt: skip
    page = opened(client, city)
    assert "Signed: July 2018" in page.text
    assert 'href="https://example.org/signed"' in page.text
    assert "A. Person, Mayor" in words_of(page.text)
    assert "juillet 2018" in opened(client, city, "fr").text


def test_a_city_that_left_keeps_an_honest_page(client):
    gone = CityFactory(status="former", latitude=1.0, longitude=1.0)
    CityFactory(latitude=1.0, longitude=2.0)
    page = opened(client, gone)
    assert "This city has left the network." in page.text
    assert page.context["around"].near == []
    assert 'class="map' not in page.text


# --- Timeline --------------------------------------------------------------------------------------------------------


@time_machine.travel(MAY, tick=False)
def test_the_timeline_braids_all_that_is_public_newest_first_and_what_is_ahead_before_it(client):
    city = CityFactory(joined_year=2016)
    EndorsementFactory(city=city, endorsed_on="2018-07-19")
    pledge = PledgeFactory(city=city, announced_on="2018-07", due_on="2026-12-31")
    MilestoneFactory(pledge=pledge, due_on="2026-09-01")
    MilestoneFactory(pledge=pledge, due_on="2019-02-01", done_on="2019-03-01")
    MilestoneFactory(pledge=pledge)  # of no date at all: nowhere in time
    ProgressUpdateFactory(pledge=pledge, reported_on="2026-05-03")
    RevisionFactory(
        practice__city=city, status="published", started_on="2018",
        published_at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
    )  # fmt: skip
    page = opened(client, city)
    assert [(entry.on, entry.words, entry.is_ahead) for entry in page.context["entries"]] == [
        ("2026-12-31", "Pledge due", True),
        ("2026-09-01", "Milestone due", True),
        ("2026-05-03", "Progress reported", False),
        ("2026-03-02", "Practice published", False),
        ("2019-03-01", "Milestone reached", False),
        ("2018-07-19", "Declaration signed", False),
        ("2018-07", "Pledge announced", False),
        ("2018", "Practice started", False),
        ("2016", "Joined the network", False),
    ]
    assert "31 December 2026 · Pledge due ahead" in words_of(page.text)
    assert "July 2018 · Pledge announced" in words_of(page.text)
    assert "juillet 2018 · Promesse annoncée" in words_of(opened(client, city, "fr").text)


@time_machine.travel(MAY, tick=False)
@pytest.mark.parametrize("status", ["done", "dropped"])
def test_nothing_is_due_any_more_of_a_pledge_that_is_over(client, status):
    pledge = PledgeFactory(status=status, announced_on="2020", due_on="2027-01-01")
    MilestoneFactory(pledge=pledge, due_on="2027-01-01")
    MilestoneFactory(pledge=pledge, due_on="2021-01-01", done_on="2021-02-03")
    assert told(client, pledge.city) == [("2021-02-03", "Milestone reached"), ("2020", "Pledge announced")]


def test_a_pledge_of_unknown_date_stands_at_the_day_it_was_recorded(client):
    pledge = PledgeFactory(created_at=MAY)
    assert told(client, pledge.city) == [("2026-05-03", "Pledge recorded")]


def test_a_newer_text_of_a_practice_is_no_news(client):
    old = RevisionFactory(status="superseded", published_at=dt.datetime(2020, 1, 5, tzinfo=dt.UTC))
    RevisionFactory(practice=old.practice, status="published", published_at=MAY)
    assert told(client, old.practice.city) == [("2020-01-05", "Practice published")]


def test_what_is_not_public_is_nowhere_on_the_page(client):
    city = CityFactory()
    pledge = PledgeFactory(city=city, announced_on="2020")
    someone = acting_for(city)
    ProgressUpdateFactory(pledge=pledge, what_changed_en="Secret one", taken_down_at=MAY, taken_down_by=someone)
    for status in ("draft", "submitted", "sent_back", "rejected", "withdrawn", "scheduled", "archived"):
        RevisionFactory(practice__city=city, title_en=f"Secret {status}", status=status)
    page = opened(client, city)
    assert "Secret" not in page.text
    assert [entry.words for entry in page.context["entries"]] == ["Pledge announced"]
    assert not any(stop.practised for stop in page.context["stops"])


@pytest.mark.parametrize(("language", "writer", "note"), [("fr", "en", "(en anglais)"), ("en", "fr", "(in French)")])
def test_a_text_of_the_other_language_is_labelled_in_the_timeline(client, language, writer, note):
    title = {"title_en": None, "title_fr": None} | {f"title_{writer}": "Seule"}
    pledge = PledgeFactory(source_language=writer, announced_on="2020", **title)
    page = re.sub(r"\s+", " ", opened(client, pledge.city, language).text.partition('id="timeline"')[2])
    assert f'<span lang="{writer}">Seule</span> <small class="language-note">{note}</small>' in page


def test_earlier_progress_is_folded_and_all_of_it_is_there(client):
    pledge = PledgeFactory()
    for day in range(1, 6):
        ProgressUpdateFactory(pledge=pledge, reported_on=dt.date(2026, 3, day), what_changed_en=f"On day {day}.")
    page = opened(client, pledge.city).text
    shown, _summary, folded = page.partition("Earlier progress")
    assert [f"On day {day}." in shown for day in range(1, 6)] == [False, False, True, True, True]
    assert [f"On day {day}." in folded for day in range(1, 6)] == [True, True, False, False, False]


# --- Around ----------------------------------------------------------------------------------------------------------


def test_the_nearest_cities_come_with_their_distance_along_the_globe():
    paris = CityFactory(latitude=48.85341, longitude=2.3488)
    london = CityFactory(latitude=51.50853, longitude=-0.12574)
    tokyo = CityFactory(latitude=35.6895, longitude=139.69171)
    CityFactory(latitude=48.9, longitude=2.3, status="former")
    CityFactory()  # its place is not known
    near = cities_around(paris, []).near
    assert [(city, round(city.distance)) for city in near] == [(london, 344), (tokyo, 9713)]


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [((0, 179.9), (0, -179.9), 22), ((90, 0), (90, 120), 0), ((0, 0), (0, 180), 20015), ((10, 20), (10, 20), 0)],
)
def test_the_globe_is_round(one, other, kilometres):
    city = CityFactory(latitude=one[0], longitude=one[1])
    CityFactory(latitude=other[0], longitude=other[1])
    assert round(cities_around(city, []).near[0].distance) == kilometres


def test_only_six_are_near_and_a_city_of_unknown_place_is_near_none():
    lost = CityFactory()
    for degree in range(8):
        CityFactory(latitude=0.0, longitude=float(degree))
    assert cities_around(lost, []).near == []
    near = cities_around(City.objects.get(longitude=0), []).near
    assert [city.longitude for city in near] == [1, 2, 3, 4, 5, 6]


def test_cities_on_the_same_commitments_are_ranked_by_how_many_they_share():
    lines = [CommitmentFactory(number=number) for number in (1, 2, 3)]

    def pledging(*numbers: int, **fields) -> City:
        city = CityFactory(**fields)
        for number in numbers:
            PledgeFactory(city=city, commitment=lines[number - 1])
        return city

    city, two, one = pledging(1, 2), pledging(1, 2, 3), pledging(2)
    pledging(3)
    pledging(1, 2, status="former")
    PledgeFactory(city=one, commitment=lines[1])  # another under the same: still one commitment
    kindred = cities_around(city, [1, 2]).kindred
    assert [(other, other.shared) for other in kindred] == [(two, [1, 2]), (one, [2])]
    assert cities_around(city, []).kindred == []


def test_four_cities_at_most_are_kindred_in_two_queries(django_assert_num_queries):
    first = PledgeFactory(city__latitude=1.0, city__longitude=1.0)
    PledgeFactory.create_batch(6, commitment=first.commitment)
    with django_assert_num_queries(2):
        assert len(cities_around(first.city, [first.commitment.number]).kindred) == 4


def test_distances_are_written_the_readers_way(client):
    paris = CityFactory(latitude=48.85341, longitude=2.3488)
    CityFactory(latitude=35.6895, longitude=139.69171)
    assert "9,713 km" in opened(client, paris).text
    assert "9\u00a0713 km" in opened(client, paris, "fr").text


# --- Confirming ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.EDITOR])
def test_whoever_writes_for_a_city_confirms_its_page(client, role):
    city = CityFactory()
    person = acting_for(city, role)
    assert "Checked by the city Not yet" in words_of(opened(client, city).text)
    client.force_login(person)
    with time_machine.travel(MAY, tick=False):
        assert "Confirm that it is correct" in client.get(f"/en/my-city/{city.slug}/").text
        answer = client.post(f"/en/my-city/{city.slug}/confirm/")
    assert (answer.status_code, answer.url) == (302, f"/en/my-city/{city.slug}/")
    city.refresh_from_db()
    assert (city.confirmed_at, city.confirmed_by) == (MAY, person)
    client.logout()
    whose = {Role.FOCAL_POINT: "a focal point", Role.EDITOR: "an editor"}[role]
    page = opened(client, city).text
    assert f"Checked by the city On 3 May 2026 by {whose} of the city" in words_of(page)
    assert person.name not in page
    assert person.email not in page
    assert "Vérifiée par la ville Le 3 mai 2026" in words_of(opened(client, city, "fr").text)
    kept = City.pgh_event_model.objects.filter(pgh_obj_id=city.pk).latest("pgh_id")
    assert (kept.confirmed_at, kept.confirmed_by, kept.pgh_context.metadata["user"]) == (MAY, person, person.pk)


@pytest.mark.parametrize("who", ["viewer", "elsewhere", "moderator", "inactive"])
def test_nobody_else_confirms_it(client, who):
    city = CityFactory()
    people = {
        "viewer": lambda: acting_for(city, Role.VIEWER),
        "elsewhere": lambda: acting_for(CityFactory()),
        "moderator": ModeratorFactory,
        "inactive": lambda: acting_for(city, is_active=False),
    }
    client.force_login(people[who]())
    expected = 302 if who == "inactive" else 404  # whoever is inactive is not logged in
    answer = client.post(f"/en/my-city/{city.slug}/confirm/")
    assert answer.status_code == expected
    assert expected == 404 or "/login/" in answer.url
    city.refresh_from_db()
    assert city.confirmed_at is None


def test_a_viewer_sees_the_state_and_no_button(client):
    city = CityFactory()
    client.force_login(acting_for(city, Role.VIEWER))
    page = client.get(f"/en/my-city/{city.slug}/").text
    assert "Your city has not confirmed it yet." in page
    assert "Confirm that it is correct" not in page


def test_confirming_takes_a_post_and_a_login(client):
    city = CityFactory()
    assert "/login/" in client.post(f"/en/my-city/{city.slug}/confirm/").url
    client.force_login(acting_for(city))
    assert client.get(f"/en/my-city/{city.slug}/confirm/").status_code == 405
    assert client.get(f"/fr/ma-ville/{city.slug}/confirmer/").status_code == 405


# --- Bounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_a_full_page_takes_fourteen_queries_however_much_a_city_has(client, django_assert_num_queries, rows):
    """Where its parts are not kept; where they are, two: see test_kept_pages_of_cities.py."""
    commitments = [CommitmentFactory(number=number) for number in range(1, 8)]
    city = CityFactory(latitude=1.0, longitude=1.0)
    EndorsementFactory(city=city)
    for number in range(rows):
        pledge = PledgeFactory(city=city, commitment=commitments[number])
        MilestoneFactory.create_batch(rows, pledge=pledge)
        ProgressUpdateFactory.create_batch(rows, pledge=pledge)
        RevisionFactory(practice__city=city, status="published", commitments=commitments[: number + 1])
        PledgeFactory(city__latitude=2.0, city__longitude=2.0, commitment=commitments[0])
    with django_assert_num_queries(14):
        page = opened(client, city)
    assert len(page.context["revisions"]) == rows
    assert Commitment.objects.count() == 7


@pytest.mark.parametrize(
    ("most", "many"), [("MAX_PLEDGES", 1), ("MAX_UPDATES_PER_PLEDGE", 2), ("MAX_PRACTICES", 1), ("MAX_EVENTS", 2)]
)
def test_a_page_that_may_leave_something_out_says_so(client, monkeypatch, most, many):
    pledge = PledgeFactory()
    ProgressUpdateFactory.create_batch(2, pledge=pledge)
    RevisionFactory(practice__city=pledge.city, status="published")
    notice = "Only the most recent items are shown."
    assert notice not in opened(client, pledge.city).text
    monkeypatch.setattr(f"scn_portal.site.cities.detail.{most}", many)
    assert notice in opened(client, pledge.city).text


def test_a_city_that_never_stops_writing_keeps_its_newest(client, monkeypatch):
    monkeypatch.setattr("scn_portal.site.cities.detail.PLEDGES_IN_FULL", 2)
    monkeypatch.setattr("scn_portal.site.cities.detail.MAX_UPDATES_PER_PLEDGE", 2)
    city, late, early = CityFactory(), CommitmentFactory(number=7), CommitmentFactory(number=1)
    old = PledgeFactory(city=city, commitment=early, created_at=MAY - dt.timedelta(days=9))
    newer = PledgeFactory(city=city, commitment=late, created_at=MAY - dt.timedelta(days=1))
    newest = PledgeFactory(city=city, commitment=early, created_at=MAY)
    ProgressUpdateFactory.create_batch(3, pledge=newest)
    page = opened(client, city)
    shown = page.context["pledges"]
    assert shown == [newest, newer]
    assert page.context["older"] == [old]
    assert f'href="/en/pledges/{old.pk}/"' in page.text
    assert f'href="/en/pledges/?city={city.slug}"' in page.text
    assert (page.context["summary"].pledges, [stop.number for stop in page.context["stops"] if stop.pledged]) == (
        3,
        [1, 7],
    )
    assert [len(pledge.shown_updates) for pledge in shown] == [2, 0]


def test_milestones_stand_in_the_order_they_are_due(client):
    pledge = PledgeFactory()
    for title, due_on in (("Second step", "2027-02-01"), ("First step", "2027-01-01")):
        MilestoneFactory(pledge=pledge, title_en=title, due_on=due_on)
    page = opened(client, pledge.city).text.partition('id="timeline"')[0]
    assert page.index("First step") < page.index("Second step")
