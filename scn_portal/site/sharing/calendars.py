"""Calendars (RFC 5545) of due pledges and milestones: of the whole network, of a city, of a commitment.

They begin a year ago; for a large network, they have only the dates nearest to today. Pledges and milestones that are
done stay, marked as done; dropped pledges and their milestones are left out.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import (
    Commitment,
    Milestone,
    Pledge,
    PledgeQuerySet,
    SearchedPledge,
    SearchedPledgeQuerySet,
)
from commitments.models.dates import in_words as due_in_words
from members.models import City
from members.models.city import as_heading
from scn_portal.base import generation
from scn_portal.base.fragments import kept
from scn_portal.base.http.public import public_page
from scn_portal.base.languages import text_of
from scn_portal.base.links import absolute_url, path_to
from scn_portal.base.partial_dates import Precision, as_partial
from scn_portal.site.city_records import version_of
from scn_portal.site.sharing.icalendar_text import DayEvent, written
from scn_portal.site.sharing.identifiers import urn
from scn_portal.site.sharing.news import short_text

Rows = TypeVar("Rows", PledgeQuerySet, SearchedPledgeQuerySet)
A_YEAR = dt.timedelta(days=365)
# Both for pledges and for milestones. If there are more, those furthest from today are left out.
MAX_COMING, MAX_PAST = 100, 30
# The columns for the text of an event, its city, and when it last changed.
OF_MILESTONE = ("pk", "pledge_id", "title_fr", "title_en", "due_on", "due_precision", "done_on", "changed_at")
OF_PLEDGE = (
    "pk", "title_fr", "title_en", "due_on", "due_precision", "status", "updated_at", "published_at", "commitment_id",
    "city__name_fr", "city__name_en",
)  # fmt: skip


@public_page()
def network_calendar(request):
    """What is due in all cities of the network."""
    return _network_response(_("Deadlines of pledges and milestones"), SearchedPledge.objects.of_listed_cities())


@public_page()
def city_calendar(request, slug: str):
    """What is due in one city. Kept until something public about it changes, for a day at most."""
    city = get_object_or_404(City.objects.shown().select_related("record"), slug=slug)
    about = (city.pk, version_of(city), timezone.localdate())
    return _as_calendar(kept("city-calendar", *about, build=lambda: _city_calendar(city)))


def _city_calendar(city: City) -> str:
    return _calendar(city.text("name", get_language()).value, SearchedPledge.objects.filter(city=city))


@public_page()
def commitment_calendar(request, number: int):
    """What is due under one commitment."""
    commitment = get_object_or_404(Commitment.objects.of_melbourne(), number=number)
    name = f"{commitment.number}. {short_text(commitment.text('short', get_language()), get_language())}"
    return _network_response(name, SearchedPledge.objects.of_listed_cities().filter(commitment=str(number)))


def with_deadlines(pledges: PledgeQuerySet) -> PledgeQuerySet:
    """The `pledges` that have a date in a calendar: their own, or that of a milestone."""
    steps = Milestone.objects.standing().filter(pledge=OuterRef("pk"), due_on__gte=_since())
    return _shown(pledges).filter(Q(due_on__gte=_since()) | Exists(steps)).order_by()


def has_deadlines(pledges: PledgeQuerySet) -> Q:
    """The condition that there are such pledges, for a query of other rows, to which `pledges` may refer. It tests the
    pledges and then their milestones, and ends at the first one that is due, however many there are."""
    since, shown = _since(), _shown(pledges).order_by()
    steps = Milestone.objects.standing().filter(due_on__gte=since).order_by()
    return Q(Exists(shown.filter(due_on__gte=since))) | Q(Exists(shown.filter(milestones__in=steps)))


def _since() -> dt.date:
    return timezone.localdate() - A_YEAR


def _shown(pledges: Rows) -> Rows:
    """The pledges, or the rows of `SearchedPledge`, that calendars show."""
    return pledges.since_declaration().exclude(status=Pledge.Status.DROPPED)


def _network_response(name: str, pledges: SearchedPledgeQuerySet) -> HttpResponse:
    """Kept until something public changes anywhere, for a day at most."""
    about = (name, generation.current().number, timezone.localdate())
    return _as_calendar(kept("network-calendar", *about, build=lambda: _calendar(name, pledges)))


def _as_calendar(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="strong-cities.ics"'
    return response


def _calendar(name: str, pledges: SearchedPledgeQuerySet) -> str:
    about = _(
        "Deadlines since a year ago. If there are more: the next %(coming)d and the last %(past)d dates of pledges, "
        "and the same of milestones."
    )
    language = get_language()
    title, events = f"{name} · {_('Strong Cities Network')}", _events(*_nearest(_shown(pledges)), language)
    return written(title, about % {"coming": MAX_COMING, "past": MAX_PAST}, language, events)


def _events(due: list[int], coming: list[int], language: str) -> list[DayEvent]:
    """One event for each of these pledges and milestones, in three queries. Only the columns that are needed are read,
    as values."""
    # A subquery runs only for the milestones that are shown; a join would group the events of all of them.
    events_of = Milestone.events.rel.related_model.objects.filter(pgh_obj=OuterRef("pk")).order_by("-pgh_id")
    changed_at = Subquery(events_of.values("pgh_created_at")[:1])
    steps = Milestone.objects.filter(pk__in=coming).annotate(changed_at=changed_at)
    milestones = list(steps.values_list(*OF_MILESTONE, named=True))
    keys = {*due, *(milestone.pledge_id for milestone in milestones)}
    # Only those that are still public.
    read = Pledge.objects.public().filter(pk__in=keys).values_list(*OF_PLEDGE, named=True)
    of_pledges = {pledge.pk: pledge for pledge in _pledges(read, language)}
    events = [_pledge_due(of_pledges[key]) for key in due if key in of_pledges]
    events += [
        _milestone_due(milestone, of_pledges[milestone.pledge_id], language)
        for milestone in milestones
        if milestone.pledge_id in of_pledges
    ]
    return sorted(events, key=attrgetter("day"), reverse=True)


def _pledges(read: Iterable[Any], language: str) -> Iterator["_Pledge"]:
    """The pledges, with the texts for their events and those of their milestones. One query for the commitments."""
    named = {row.pk: row.text("short", language).value for row in Commitment.objects.only("short_fr", "short_en")}
    for row in read:
        yield _Pledge(
            pk=row.pk,
            row=row,
            title=short_text(text_of(row, "title", language), language),
            city=as_heading(text_of(row, "city__name", language).value),
            url=absolute_url(path_to("pledge_detail", row.pk)),
            category=named[row.commitment_id],
        )


def _nearest(shown: SearchedPledgeQuerySet) -> tuple[list[int], list[int]]:
    """The keys of the pledges and of the milestones whose dates are nearest to today. One query, which reads few rows
    however many are due, since dates are in an index."""
    today = timezone.localdate()
    dated = (shown.order_by(), Milestone.objects.standing().filter(pledge__in=shown.order_by().values("pk")))
    parts = [
        # A plain queryset of Django: the one of modeltranslation may return columns in another order.
        QuerySet(rows.model, rows.query.chain()).filter(**when).order_by(*order).values_list(Value(number), "pk")[:most]
        for number, rows in enumerate(dated)
        for when, order, most in (
            ({"due_on__gte": today}, ("due_on", "-pk"), MAX_COMING),
            ({"due_on__lt": today, "due_on__gte": _since()}, ("-due_on", "pk"), MAX_PAST),
        )
    ]
    found = list(parts[0].union(*parts[1:], all=True))
    pledges, milestones = ([key for number, key in found if number == wanted] for wanted in (0, 1))
    return pledges, milestones


@dataclass(frozen=True)
class _Pledge:
    """A pledge: its row of values, and its words in one language."""

    pk: int
    row: Any
    title: str
    city: str
    url: str
    category: str


def _pledge_due(pledge: _Pledge) -> DayEvent:
    done = _("Done: %(title)s (%(city)s)") if pledge.row.status == Pledge.Status.DONE else ""
    about, changed_at = _note_on_period(pledge.row), pledge.row.updated_at
    return _event(f"pledge-{pledge.pk}", pledge.title, pledge.row.due_on, pledge, changed_at, done=done, about=about)


def _milestone_due(row: Any, pledge: _Pledge, language: str) -> DayEvent:
    """The event of a milestone, from its values."""
    title = short_text(text_of(row, "title", language), language)
    changed_at = max(filter(None, (row.changed_at, pledge.row.published_at)))
    done = _("Reached: %(title)s (%(city)s)") if row.done_on else ""
    about = "\n".join(filter(None, (pledge.title, _note_on_period(row))))
    return _event(f"milestone-{row.pk}", title, row.due_on, pledge, changed_at, done=done, about=about)


def _note_on_period(row: Any) -> str:
    """A note that a year or a month is due, since the event is only on its last day; empty if a day is due."""
    if row.due_precision == Precision.DAY:
        return ""
    return capfirst(due_in_words(as_partial(row.due_on, row.due_precision), row.due_precision))


def _event(
    key: str, title: str, day: dt.date, pledge: _Pledge, changed_at: dt.datetime, *, done: str, about: str
) -> DayEvent:
    """The event; `done` is the summary of something done, with its title and city, or empty."""
    return DayEvent(
        uid=urn(key),  # without a host name, as RFC 7986 asks
        day=day,
        changed_at=changed_at,
        summary=done % {"city": pledge.city, "title": title} if done else f"{title} ({pledge.city})",
        description=about,
        url=pledge.url,
        category=pledge.category,
    )
