"""A page of history: what changed, when, by whom, and the words before and after."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.paginator import Page
from django.db.models import Model, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.models import City, User
from scn_portal.base.languages import other
from scn_portal.base.lists import page_or_404
from scn_portal.site.history.kinds import KINDS, Kind
from scn_portal.site.history.wording import Names, columns, label, process, what

PER_PAGE = 25


@dataclass(frozen=True)
class Difference:
    """The change of a column. `before` is None if there was no row."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Entry:
    """One event. With `is_first`, it changed a row about which the staff may read nothing earlier, so all its values
    are shown as new."""

    at: dt.datetime
    who: str
    title: str
    what: str
    differences: Sequence[Difference]
    is_first: bool = False


def of_city(city: City, request: HttpRequest) -> Page:
    """A page of what happened to a city and to what belongs to it, the newest first. Raises Http404 if there is no such
    page."""
    return _page([(number, kind.of_city(city)) for number, kind in enumerate(KINDS) if kind.city], request)


def of_person(person: User, request: HttpRequest, *, without: Iterable[City]) -> Page:
    """A page of what happened to an account and what its owner did, leaving out events in the cities `without`."""
    cities, rows = [city.pk for city in without], []
    for number, kind in enumerate(KINDS):
        for events in ([kind.about(person)] if kind.person else []) + [kind.by(person)]:
            left = events.exclude(**{f"{kind.city}__in": cities}) if kind.city else events
            rows.append((number, left))
    return _page(rows, request)


def _page(rows: Sequence[tuple[int, QuerySet]], request: HttpRequest) -> Page:
    """A page of the events of all kinds in one order. First the keys are read in one query, then the events on the page
    by kind."""
    keys = [events.annotate(pgh_kind=Value(number)).values_list("pgh_created_at", "pgh_kind", "pgh_id")
            for number, events in rows]  # fmt: skip
    union = keys[0].union(*keys[1:]).order_by("-pgh_created_at", "-pgh_kind", "-pgh_id")
    page = page_or_404(union, request, per_page=PER_PAGE)
    page.object_list = _entries(list(page.object_list))
    return page


def _entries(keys: Sequence[tuple[dt.datetime, int, int]]) -> list[Entry]:
    found: dict[tuple[int, int], tuple[Model, Model | None]] = {}
    for number in {number for _at, number, _pk in keys}:
        pks = [pk for _at, of, pk in keys if of == number]
        found |= {(number, event.pk): (event, before) for event, before in _with_earlier(KINDS[number], pks)}
    names = Names([event for pair in found.values() for event in pair if event])
    people = User.objects.in_bulk({pk for event, _before in found.values() if (pk := _user_of(event))})
    return [_entry(KINDS[number], *found[number, pk], names, people) for _at, number, pk in keys]


def _with_earlier(kind: Kind, pks: Sequence[int]) -> Iterable[tuple[Model, Model | None]]:
    """Each event with the event before it of the same row, among those that the staff may read. Two queries."""
    # `pgh_obj` is `id` with an index. Models of other packages lack it, but have few events.
    fields = {each.name for each in kind.model.pgh_event_model._meta.fields}
    row = "pgh_obj" if "pgh_obj" in fields else "id"
    earlier = kind.events.filter(**{row: OuterRef(row)}, pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id")
    events = kind.model.pgh_event_model._default_manager.filter(pgh_id__in=pks).select_related("pgh_context")
    events = list(events.annotate(earlier=Subquery(earlier.values("pgh_id")[:1])))
    before = kind.model.pgh_event_model._default_manager.in_bulk({event.earlier for event in events if event.earlier})
    return [(event, before.get(event.earlier)) for event in events]


def _user_of(event: Model) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _entry(kind: Kind, event: Model, before: Model | None, names: Names, people: dict[int, User]) -> Entry:
    user = _user_of(event)
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    who = str(people.get(user, user)) if user else process(metadata.get("process", ""))
    is_first = event.pgh_label == "update" and before is None
    differences = list(_differences(kind, event, before, names))
    subject = " · ".join(filter(None, (_value_in_language(event, name, names) for name in kind.called)))
    title = _("%(kind)s: %(about)s") % {"kind": kind.label, "about": subject} if subject else str(kind.label)
    return Entry(event.pgh_created_at, who, title, what(event.pgh_label), differences, is_first)


def _differences(kind: Kind, event: Model, before: Model | None, names: Names) -> Iterable[Difference]:
    for column in columns(kind.model):
        now = names.value(event, column)
        was = names.value(before, column) if before else None
        if event.pgh_label == "delete":
            was, now = now, ""
        # Events about secrets have no values to compare.
        if event.pgh_label in ("insert", "update", "delete") and (was or "") != now:
            yield Difference(label(kind.model, column.name), was, now)


def _value_in_language(event: Model, name: str, names: Names) -> str:
    """The value of a column. If there is a column for each language, the one in the reader's language, or else the
    other."""
    fields = {field.name: field for field in event._meta.fields}
    code = get_language() or "en"
    choices = [f"{name}_{code}", f"{name}_{other(code)}", name]
    return next((said for each in choices if each in fields and (said := names.value(event, fields[each]))), "")
