"""The braid of a city's lines: which run beside an entry, and which stop there."""

import datetime as dt

import pytest

from scn_portal.site.cities.timeline import TRUNK, Entry, braided
from tests.factories import CommitmentFactory

TODAY = dt.date(2026, 5, 3)


def drawn(entries: list[Entry]) -> list[str]:
    """A row an entry, a sign a track: ● stops, │ runs by, · is not there; with ↑ and ↓ for where it goes on."""
    return [
        " ".join(
            ("●" if track.stop else "│" if track.above else "·") + "↑" * track.above + "↓" * track.below
            for track in entry.tracks
        )
        for entry in braided(entries, today=TODAY, most=100)
    ]


@pytest.mark.django_db
def test_a_line_runs_from_its_first_stop_to_its_last():
    second, fourth = CommitmentFactory(number=2), CommitmentFactory(number=4)
    entries = [
        Entry("2016", "joined"), Entry("2018-07", "signed"), Entry("2019", "four", lines=[fourth]),
        Entry("2020", "two", lines=[second]), Entry("2021-01-02", "both", lines=[second, fourth]),
    ]  # fmt: skip
    assert drawn(entries) == ["· ●↓ ●↓", "· ●↑ │↑↓", "· · ●↑", "●↓ · ·", "●↑ · ·"]
    assert [track.number for track in entries[0].tracks] == [TRUNK, 2, 4]


def test_a_more_exact_date_stands_before_the_month_and_the_year_it_lies_in():
    dates = ["2018-07", "2018", "2018-07-19", "2019", "2018-08"]
    found = braided([Entry(on, "") for on in dates], today=TODAY, most=100)
    assert [entry.on for entry in found] == ["2019", "2018-08", "2018-07-19", "2018-07", "2018"]


@pytest.mark.parametrize(
    ("on", "is_ahead"),
    [("2026-05-02", False), ("2026-05-03", False), ("2026-05-04", True), ("2026-05", False), ("2026", False),
     ("2026-06", True), ("2027", True)],
)  # fmt: skip
def test_what_lies_ahead_is_after_today(on, is_ahead):
    (entry,) = braided([Entry(on, "")], today=TODAY, most=1)
    assert entry.is_ahead is is_ahead


def test_only_the_newest_are_kept():
    found = braided([Entry(str(year), "") for year in range(2000, 2020)], today=TODAY, most=3)
    assert [entry.on for entry in found] == ["2019", "2018", "2017"]


def test_nothing_is_no_timeline():
    assert braided([], today=TODAY, most=3) == []
