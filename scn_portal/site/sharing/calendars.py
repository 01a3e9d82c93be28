"""Calendars (RFC 5545) of due pledges and milestones: of the whole network, of a city, of a commitment.

From a year ago on. What is done stays, marked as done; dropped pledges are left out with their milestones.
"""

import datetime as dt
from typing import cast

from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vDuration

from commitments.models import Commitment, Milestone, Pledge, PledgeQuerySet
from members.models import City
from scn_portal.base import generation
from scn_portal.base.fragments import kept
from scn_portal.base.http.public import public_page
from scn_portal.base.links import absolute_url
from scn_portal.base.partial_dates import Precision
from scn_portal.site.city_records import version_of
from scn_portal.site.sharing.identifiers import urn
from scn_portal.site.sharing.news import short_text

A_YEAR, HALF_A_DAY = dt.timedelta(days=365), dt.timedelta(hours=12)
MAX_PLEDGES = MAX_MILESTONES = 1000  # where there are more, the oldest are left out


@public_page()
def network_calendar(request):
    """What is due in all cities of the network."""
    return _network_response(_("Deadlines of pledges and milestones"), Pledge.objects.of_listed_cities())


@public_page()
def city_calendar(request, slug: str):
    """What is due in one city. Kept until something public of it changes, for a day at most."""
    city = get_object_or_404(City.objects.shown().select_related("record"), slug=slug)
    about = (city.pk, version_of(city), timezone.localdate())
    return _as_calendar(kept("city-calendar", *about, build=lambda: _city_calendar(city).decode()))


def _city_calendar(city: City) -> bytes:
    return _calendar(city.text("name", get_language()).value, Pledge.objects.public().filter(city=city))


@public_page()
def commitment_calendar(request, number: int):
    """What is due under one commitment."""
    commitment = get_object_or_404(Commitment.objects.of_melbourne(), number=number)
    name = f"{commitment.number}. {short_text(commitment.text('short', get_language()), get_language())}"
    return _network_response(name, Pledge.objects.of_listed_cities().filter(commitment=commitment))


def with_deadlines(pledges: PledgeQuerySet) -> PledgeQuerySet:
    """Those of `pledges` of which a calendar shows a date: their own, or that of a milestone."""
    steps = Milestone.objects.standing().filter(pledge=OuterRef("pk"), due_on__gte=_since())
    return _shown(pledges).filter(Q(due_on__gte=_since()) | Exists(steps)).order_by()


def has_deadlines(pledges: PledgeQuerySet) -> Q:
    """Whether there are any such: a condition for the query of something else, which `pledges` may refer to. Asked of
    the pledges and of their milestones in turn, it ends at the first one that is due, of however many."""
    since, shown = _since(), _shown(pledges).order_by()
    steps = Milestone.objects.standing().filter(due_on__gte=since).order_by()
    return Q(Exists(shown.filter(due_on__gte=since))) | Q(Exists(shown.filter(milestones__in=steps)))


def _since() -> dt.date:
    return timezone.localdate() - A_YEAR


def _shown(pledges: PledgeQuerySet) -> PledgeQuerySet:
    return pledges.since_declaration().exclude(status=Pledge.Status.DROPPED)


def _network_response(name: str, pledges) -> HttpResponse:
    """Kept until something public changes anywhere, for a day at most."""
    about = (name, generation.current().number, timezone.localdate())
    return _as_calendar(kept("network-calendar", *about, build=lambda: _calendar(name, pledges).decode()))


def _as_calendar(text: str | bytes) -> HttpResponse:
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="strong-cities.ics"'
    return response


def _calendar(name: str, pledges) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//Strong Cities Network//Portal//{get_language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    title = f"{name} · {_('Strong Cities Network')}"
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", vDuration(HALF_A_DAY), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(HALF_A_DAY))
    # RFC 5545 requires at least one component: where nothing is due, a time zone.
    for component in _events(pledges) or [Timezone.from_tzid("Etc/UTC")]:
        calendar.add_component(component)
    return calendar.to_ical()


def _events(pledges) -> list[Event]:
    """One event for each due pledge and milestone, in two queries."""
    since, shown = _since(), _shown(pledges)
    due = shown.filter(due_on__gte=since).select_related("city", "commitment").order_by("-due_on", "pk")
    milestones = Milestone.objects.standing().filter(pledge__in=shown.order_by(), due_on__gte=since)
    # By a subquery, for those shown: joined, the events of all milestones would be grouped.
    events_of = Milestone.events.rel.related_model.objects.filter(pgh_obj=OuterRef("pk")).order_by("-pgh_id")
    changed_at = Subquery(events_of.values("pgh_created_at")[:1])
    milestones = milestones.annotate(changed_at=changed_at).order_by("-due_on", "pk")
    milestones = milestones.select_related("pledge__city", "pledge__commitment")
    events = [_pledge_due(pledge) for pledge in due[:MAX_PLEDGES]]
    return events + [_milestone_due(milestone) for milestone in milestones[:MAX_MILESTONES]]


def _pledge_due(pledge: Pledge) -> Event:
    title = short_text(pledge.text("title", get_language()), get_language())
    done = _("Done: %(title)s (%(city)s)") if pledge.status == Pledge.Status.DONE else ""
    event = _event(f"pledge-{pledge.pk}", title, cast(dt.date, pledge.due_on), pledge, pledge.updated_at, done=done)
    if words := _not_that_day(pledge):
        event.add("description", words)
    return event


def _milestone_due(milestone: Milestone) -> Event:
    pledge = milestone.pledge
    title = short_text(milestone.text("title", get_language()), get_language())
    changed_at = max(filter(None, (milestone.changed_at, pledge.published_at)))
    done = _("Reached: %(title)s (%(city)s)") if milestone.done_on else ""
    event = _event(f"milestone-{milestone.pk}", title, cast(dt.date, milestone.due_on), pledge, changed_at, done=done)
    of_pledge = short_text(pledge.text("title", get_language()), get_language())
    event.add("description", "\n".join(filter(None, (of_pledge, _not_that_day(milestone)))))
    return event


def _not_that_day(row: Pledge | Milestone) -> str:
    """Where a year or a month is due, that it is: the event stands on its last day alone."""
    return capfirst(row.due_in_words) if row.due_precision != Precision.DAY else ""


def _event(key: str, title: str, day: dt.date, pledge: Pledge, changed_at: dt.datetime, *, done: str) -> Event:
    """The event; `done` is the summary of something done, with its title and city, or empty."""
    params = {"city": pledge.city.text("name", get_language()).value, "title": title}
    event = Event()
    event.add("uid", urn(key))  # without a host name, as RFC 7986 asks
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("dtstart", day)
    event.add("dtend", day + dt.timedelta(days=1))
    event.add("summary", done % params if done else f"{title} ({params['city']})")
    event.add("url", absolute_url(pledge.get_absolute_url()))
    event.add("categories", [pledge.commitment.text("short", get_language()).value])
    event.add("transp", "TRANSPARENT")  # nobody is busy on that day
    return event
