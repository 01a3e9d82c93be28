"""Calendars as text (RFC 5545, with the properties of RFC 7986)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event, Timezone, vDuration

# How often programs may ask again.
REFRESHED = dt.timedelta(hours=12)


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
    calendar = Calendar()
    calendar.add("prodid", f"-//Strong Cities Network//Portal//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    texts = {"name": title, "x-wr-calname": title, "description": description, "x-wr-caldesc": description}
    for name, words in texts.items():
        calendar.add(name, words)
    calendar.add("refresh-interval", vDuration(REFRESHED), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESHED))
    # RFC 5545 requires at least one component: where nothing is due, a time zone.
    for component in [_component(event) for event in events] or [Timezone.from_tzid("Etc/UTC")]:
        calendar.add_component(component)
    return calendar.to_ical()


def _component(event: DayEvent) -> Event:
    component = Event()
    component.add("uid", event.uid)
    component.add("dtstamp", event.changed_at)
    component.add("last-modified", event.changed_at)
    component.add("dtstart", event.day)
    component.add("dtend", event.day + dt.timedelta(days=1))
    component.add("summary", event.summary)
    if event.description:
        component.add("description", event.description)
    component.add("url", event.url)
    component.add("categories", [event.category])
    component.add("transp", "TRANSPARENT")
    return component
