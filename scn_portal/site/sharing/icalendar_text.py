"""Calendars as text (RFC 5545, with the properties of RFC 7986).

Written here, a line a property: the classes of icalendar take ten times as long, and a calendar has hundreds of events.
Folding, and the one component of an empty calendar, are icalendar's; tests read all of it with icalendar.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from icalendar import Timezone
from icalendar.parser import foldline

# How often programs may ask again.
REFRESHED = "PT12H"
# TEXT: what would end a value or a line. A line has no other control character than these.
_ESCAPED = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})


@dataclass(frozen=True)
class DayEvent:
    """Something on one day, on which nobody is busy. `uid` is an address, such as a URN; texts are plain."""

    uid: str
    day: dt.date
    changed_at: dt.datetime
    summary: str
    url: str
    category: str
    description: str = ""


def written(title: str, description: str, language: str, events: Iterable[DayEvent]) -> bytes:
    """A calendar in `language`, with its title and a description of what it holds."""
    title, description = _text(title), _text(description)
    head = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Strong Cities Network//Portal//{language.upper()}",
        "CALSCALE:GREGORIAN", f"NAME:{title}", f"X-WR-CALNAME:{title}", f"DESCRIPTION:{description}",
        f"X-WR-CALDESC:{description}", f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESHED}", f"X-PUBLISHED-TTL:{REFRESHED}",
    ]  # fmt: skip
    lines = [line for event in events for line in _lines(event)]
    return "".join(f"{foldline(line)}\r\n" for line in (*head, *(lines or _time_zone()), "END:VCALENDAR")).encode()


@cache
def _time_zone() -> list[str]:
    """RFC 5545 requires at least one component: this one where there is no event. It takes a while to make."""
    return Timezone.from_tzid("Etc/UTC").to_ical().decode().splitlines()


def _lines(event: DayEvent) -> list[str]:
    changed_at = f"{event.changed_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    return [
        "BEGIN:VEVENT", f"UID:{event.uid}", f"DTSTAMP:{changed_at}", f"LAST-MODIFIED:{changed_at}",
        f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}", f"DTEND;VALUE=DATE:{event.day + dt.timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(event.summary)}", *([f"DESCRIPTION:{_text(event.description)}"] if event.description else []),
        f"URL:{event.url}", f"CATEGORIES:{_text(event.category)}", "TRANSP:TRANSPARENT", "END:VEVENT",
    ]  # fmt: skip


def _text(words: str) -> str:
    return words.translate(_ESCAPED)
