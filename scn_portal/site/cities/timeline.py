"""The timeline of a city: what it joined, signed, promised, reported and published, by date.

It makes no queries and shows only what its caller passes: the caller passes what is public.
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
from scn_portal.base.partial_dates import last_day

# The number of the city's own line, beside those of its commitments.
CITY_LINE = 0


@dataclass(frozen=True)
class LineSegment:
    """The part of one line beside one event: whether it stops here, comes from above, goes on below."""

    number: int
    stop: bool
    above: bool
    below: bool


@dataclass
class Event:
    """Something that happened, or `is_due`. `on` is a partial date; `status` is (value, label)."""

    on: str
    words: str
    about: Text | None = None
    link: str = ""
    commitments: list[Commitment] = field(default_factory=list)
    status: tuple[str, str] | None = None
    is_due: bool = False
    is_ahead: bool = False
    tracks: list[LineSegment] = field(default_factory=list)

    @property
    def line_numbers(self) -> set[int]:
        return {commitment.number for commitment in self.commitments} or {CITY_LINE}


def build_timeline(events: Iterable[Event], *, today: dt.date, max_events: int) -> list[Event]:
    """The newest `max_events` of `events`, upcoming ones first, each with its `tracks`.

    If dates are a day, its month and its year, the more exact one comes first: the others may mean any day in it.
    """
    events = list(events)
    for event in events:
        event.is_ahead = _is_ahead(event, today)
    # As text a year sorts before its months and they before their days: reversed, the more exact comes first.
    ordered = sorted(events, key=lambda event: (event.is_ahead, event.on), reverse=True)[:max_events]
    numbers = sorted({number for event in ordered for number in event.line_numbers})
    stops = {
        number: [index for index, event in enumerate(ordered) if number in event.line_numbers] for number in numbers
    }
    for index, event in enumerate(ordered):
        event.tracks = [
            LineSegment(number, index in at, above=at[0] < index <= at[-1], below=at[0] <= index < at[-1])
            for number, at in stops.items()
        ]
    return ordered


def _is_ahead(event: Event, today: dt.date) -> bool:
    """Something that is due this year is ahead until the year ends; something that happened this year is past."""
    return last_day(event.on) > today if event.is_due else event.on > today.isoformat()


def city_events(city: City, endorsements: Iterable[Endorsement], language: str) -> Iterator[Event]:
    """When `city` joined, and what it signed."""
    for endorsement in endorsements:
        title = endorsement.declaration.text("title", language)
        yield Event(endorsement.endorsed_on, _("Declaration signed"), title)
    if city.joined_year:
        yield Event(str(city.joined_year), _("Joined the network"))


def pledge_events(
    pledge: Pledge, updates: Iterable[ProgressUpdate], milestones: Iterable[Milestone], language: str
) -> Iterator[Event]:
    """A pledge, its updates and its milestones. Due dates are left out once the pledge is done or dropped."""

    def event(on: str, words: str, about: Text, status: tuple[str, str] | None = None, *, is_due=False) -> Event:
        return Event(on, words, about, f"#pledge-{pledge.pk}", [pledge.commitment], status, is_due)

    title = pledge.text("title", language)
    still_due = pledge.status not in (Pledge.Status.DONE, Pledge.Status.DROPPED)
    for update in updates:
        yield event(_day(update.reported_on), _("Progress reported"), title, _status(update))
    for milestone in milestones:
        about = milestone.text("title", language)
        if milestone.done_on:
            yield event(_day(milestone.done_on), _("Milestone reached"), about)
        elif milestone.due_on and still_due:
            yield event(milestone.due, _("Milestone due"), about, is_due=True)
    if still_due and pledge.due_on:
        yield event(pledge.due, _("Pledge due"), title, is_due=True)
    if pledge.announced_on:
        words = _("Action already taken") if pledge.is_prior else _("Pledge announced")
        yield event(pledge.announced_on, words, title)
    else:
        yield event(_day(timezone.localdate(pledge.published_at)), _("Pledge recorded"), title)


def practice_events(revision: Revision, commitments: list[Commitment], language: str) -> Iterator[Event]:
    """When a practice was first published and when it started. `revision` is annotated with `first_published_at`."""
    title, link = revision.text("title", language), revision.practice.get_absolute_url()
    yield Event(
        _day(timezone.localdate(revision.first_published_at)), _("Practice published"), title, link, commitments
    )
    if revision.started_on:
        yield Event(revision.started_on, _("Practice started"), title, link, commitments)


def _status(update: ProgressUpdate) -> tuple[str, str]:
    return update.status, update.get_status_display()


def _day(day: dt.date) -> str:
    return day.isoformat()
