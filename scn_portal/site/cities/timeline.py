"""The timeline of a city: its lines braided. What it joined, signed, promised, reported and published, by date.

It tells only what its caller gives it, and asks the database nothing: the caller gives what is public.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.models import Commitment, Endorsement, Milestone, Pledge, ProgressUpdate
from members.models import City
from practices.models import Revision
from scn_portal.base.languages import Text

# The line of the city itself, beside those of its commitments.
TRUNK = 0


@dataclass(frozen=True)
class Track:
    """One line beside one entry: whether it stops here, and whether it comes from above and goes on below."""

    number: int
    stop: bool
    above: bool
    below: bool


@dataclass
class Entry:
    """Something that happened, or is due. `on` may be a year, a month or a day (scn_portal.base.partial_dates)."""

    on: str
    words: str
    about: Text | None = None
    link: str = ""
    lines: list[Commitment] = field(default_factory=list)
    status: tuple[str, str] | None = None
    is_ahead: bool = False
    tracks: list[Track] = field(default_factory=list)

    @property
    def stops_at(self) -> set[int]:
        return {line.number for line in self.lines} or {TRUNK}


def braided(entries: Iterable[Entry], *, today: dt.date, most: int) -> list[Entry]:
    """The newest `most` of `entries`, what lies ahead first, each with its tracks.

    Of a day, its month and its year, the more exact date stands first: the others may mean any day in it.
    """
    # As text a year sorts before its months and they before their days: reversed, the more exact comes first.
    ordered = sorted(entries, key=lambda entry: entry.on, reverse=True)[:most]
    numbers = sorted({number for entry in ordered for number in entry.stops_at})
    stops = {number: [place for place, entry in enumerate(ordered) if number in entry.stops_at] for number in numbers}
    for place, entry in enumerate(ordered):
        entry.is_ahead = entry.on > today.isoformat()
        entry.tracks = [
            Track(number, place in at, above=at[0] < place <= at[-1], below=at[0] <= place < at[-1])
            for number, at in stops.items()
        ]
    return ordered


def of_city(city: City, endorsements: Iterable[Endorsement], language: str) -> Iterator[Entry]:
    """When the city joined, and what it signed."""
    for endorsement in endorsements:
        title = endorsement.declaration.text("title", language)
        yield Entry(endorsement.endorsed_on, _("Declaration signed"), title)
    if city.joined_year:
        yield Entry(str(city.joined_year), _("Joined the network"))


def of_pledge(
    pledge: Pledge, updates: Iterable[ProgressUpdate], milestones: Iterable[Milestone], language: str
) -> Iterator[Entry]:
    """A pledge, with its updates and milestones; what is due only while it still stands."""

    def entry(on: str, words: str, about: Text, status: tuple[str, str] | None = None) -> Entry:
        return Entry(on, words, about, f"#pledge-{pledge.pk}", [pledge.commitment], status)

    title = pledge.text("title", language)
    still_due = pledge.status not in (Pledge.Status.DONE, Pledge.Status.DROPPED)
    for update in updates:
        yield entry(_day(update.reported_on), _("Progress reported"), title, _status(update))
    for milestone in milestones:
        about = milestone.text("title", language)
        if milestone.done_on:
            yield entry(_day(milestone.done_on), _("Milestone reached"), about)
        elif milestone.due_on and still_due:
            yield entry(_day(milestone.due_on), _("Milestone due"), about)
    if still_due and pledge.due_on:
        yield entry(_day(pledge.due_on), _("Pledge due"), title)
    if pledge.announced_on:
        yield entry(pledge.announced_on, _("Pledge announced"), title)
    else:
        yield entry(_day(timezone.localdate(pledge.created_at)), _("Pledge recorded"), title)


def of_practice(revision: Revision, lines: list[Commitment], language: str) -> Iterator[Entry]:
    """A practice whose live revision serves `lines`; `revision.first_public` is when the public first met it."""
    title, link = revision.text("title", language), revision.practice.get_absolute_url()
    yield Entry(_day(timezone.localdate(revision.first_public)), _("Practice published"), title, link, lines)
    if revision.started_on:
        yield Entry(revision.started_on, _("Practice started"), title, link, lines)


def _status(update: ProgressUpdate) -> tuple[str, str]:
    return update.status, update.get_status_display()


def _day(day: dt.date) -> str:
    return day.isoformat()
