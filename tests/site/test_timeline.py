"""The lines of a city's timeline: which run beside an event, and which stop there."""

import datetime as dt

import pytest

from scn_portal.site.cities.timeline import CITY_LINE, Event, build_timeline
from tests.factories import CommitmentFactory

TODAY = dt.date(2026, 5, 3)


def drawn(events: list[Event]) -> list[str]:
    """A row for each event, a sign for each track: ● stops, │ runs by, · absent; ↑ and ↓ where it goes on."""
    return [
        " ".join(
            ("●" if track.stop else "│" if track.above else "·") + "↑" * track.above + "↓" * track.below
            for track in event.tracks
        )
        for event in build_timeline(events, today=TODAY, max_events=100)
    ]


@pytest.mark.django_db
def test_a_line_runs_from_its_first_stop_to_its_last():
    second, fourth = CommitmentFactory(number=2), CommitmentFactory(number=4)
    events = [
        Event("2016", "joined"), Event("2018-07", "signed"), Event("2019", "four", commitments=[fourth]),
        Event("2020", "two", commitments=[second]), Event("2021-01-02", "both", commitments=[second, fourth]),
    ]  # fmt: skip
    assert drawn(events) == ["· ●↓ ●↓", "· ●↑ │↑↓", "· · ●↑", "●↓ · ·", "●↑ · ·"]
    assert [track.number for track in events[0].tracks] == [CITY_LINE, 2, 4]


def test_a_more_exact_date_stands_before_the_month_and_the_year_it_lies_in():
    dates = ["2018-07", "2018", "2018-07-19", "2019", "2018-08"]
    found = build_timeline([Event(on, "") for on in dates], today=TODAY, max_events=100)
    assert [event.on for event in found] == ["2019", "2018-08", "2018-07-19", "2018-07", "2018"]


@pytest.mark.parametrize(
    ("on", "is_ahead"),
    [("2026-05-02", False), ("2026-05-03", False), ("2026-05-04", True), ("2026-05", False), ("2026", False),
     ("2026-06", True), ("2027", True)],
)  # fmt: skip
def test_what_lies_ahead_is_after_today(on, is_ahead):
    (event,) = build_timeline([Event(on, "")], today=TODAY, max_events=1)
    assert event.is_ahead is is_ahead


def test_only_the_newest_are_kept():
    found = build_timeline([Event(str(year), "") for year in range(2000, 2020)], today=TODAY, max_events=3)
    assert [event.on for event in found] == ["2019", "2018", "2017"]


def test_nothing_is_no_timeline():
    assert build_timeline([], today=TODAY, max_events=3) == []
