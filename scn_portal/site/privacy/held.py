"""All that the portal holds about a person, for them to read and to download. One table says what is shown.

Every row that names the person is in it. Rows that they wrote, or that are about them, have all columns. Of rows that
they only decided or handled, only that fact and its time are given, since the words are somebody else's. Passwords and
the secrets of a second step are never given.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from modeltranslation.fields import TranslationField

from commitments.models import Pledge, ProgressUpdate
from members.models import User
from practices.models import Practice, Revision
from scn_portal.base.languages import CODES
from scn_portal.site.privacy.erasing import addresses_of

ALL: tuple[str, ...] = ("*",)
WHEN: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Rows that belong together on the page. `columns` are the columns to show, by `app.Model:column`, where that
    column names the person."""

    key: str
    title: str | Promise
    columns: dict[str, tuple[str, ...]]


GROUPS = (
    Group("account", _("Your account"), {
        "members.User:id": ALL,
        "account.EmailAddress:user": ALL,
        "mfa.Authenticator:user": ("type", "created_at", "last_used_at"),
        "members.User_groups:user": ("group",),
        "members.User_user_permissions:user": ("permission",),
        "site.Erasure:person": ("asked_at", "decided_at", "is_approved", "reason"),
    }),
    Group("sessions", _("Where you are signed in"), {
        "usersessions.UserSession:user": ("created_at", "ip", "last_seen_at", "user_agent"),
    }),
    Group("cities", _("Cities that you act for, or did"), {
        "members.Membership:user": ALL,
        "members.Vacancy:left_by": ("city", "recorded_at"),
        "members.Vacancy:by": ALL,
        "members.City:confirmed_by": ("name_en", "name_fr", "confirmed_at"),
    }),
    Group("invitations", _("Invitations"), {
        "members.Invitation:accepted_by": ALL,
        "members.Invitation:invited_by": ("city", "role", "created_at", "accepted_at", "withdrawn_at"),
    }),
    Group("pledges", _("Pledges and progress updates that you recorded"), {
        "commitments.Pledge:created_by": ALL,
        "commitments.ProgressUpdate:author": ALL,
        "commitments.UpdateDocument:by": ALL,
    }),
    Group("practices", _("Practices that you wrote"), {
        "practices.Practice:created_by": ALL,
        "practices.Revision:author": ALL,
        "practices.Message:by": ALL,
        "practices.Remark:by": ALL,
        "practices.Transition:by": ALL,
    }),
    Group("asked", _("What you asked the staff, and told them"), {
        "members.Correction:by": ALL,
        "members.Proposal:by": ALL,
        "members.RiskAnswer:by": ALL,
        "commitments.RestoreRequest:by": ALL,
    }),
    Group("forms", _("What you typed and did not save, and the forms that you had open"), {
        "members.Scratch:user": ALL,
        "members.OpenForm:user": ALL,
        "members.SentForm:user": ALL,
    }),
    Group("mails", _("Emails to you"), {
        "members.AccountMail:user": ("email", "template", "created_at", "mailed_at"),
        "members.Notice:to": ALL,
        "members.Reminder:user": ALL,
        "practices.ModeratorMail:user": ALL,
        "practices.SubmissionDigest:user": ALL,
    }),
    Group("staff", _("What you did as a member of the staff"), {
        "practices.Hold:holder": ALL,
        "practices.Hold:given_by": ALL,
        "site.Takedown:by": ALL,
        "site.PatrolTick:moderator": ALL,
        "site.PatrolSeat:moderator": ALL,
        "admin.LogEntry:user": ("action_time", "action_flag"),
    }),
)  # fmt: skip
NEWSLETTER = Group("newsletter", _("Your newsletter"), {})
CONCERNS = Group("concerns", _("Concerns that wait to be answered to your address"), {})
OTHER = Group("other", _("What else bears your name"), {})
HISTORY = Group("history", _("Changes that the history records as yours"), {})
LONG = (models.GeneratedField, models.TextField, models.JSONField)  # not used in the name of any row
# The columns in the names of the rows that most other rows link to.
CALLED_BY: dict[Any, tuple[str, ...]] = {Practice: ("slug",), Revision: ("title",), Pledge: ("title",)}
PIECE = 1_000  # rows in memory at a time, if there are very many
IN_TIME = ("place", "pgh_created_at", "pgh_id")
IN_JSON = (bool, int, float, list, dict, dt.date, type(None))  # JSON has these, or Django's encoder converts them
NEVER = {"password", "mail_attempts", "mail_after", "message_id", "session_key", "network"}

# The labels of columns that have none in a form.
LABELS = {
    "created_at": _("Recorded on"), "at": _("Date"), "mailed_at": _("Sent on"), "ip": _("Network address"),
    "user_agent": _("Browser"), "last_seen_at": _("Last used"), "fields": _("Words"), "words": _("Words"),
    "form": _("Form"), "reason": _("Reason"), "template": _("Email"), "week": _("Week"),
    "accepted_at": _("Accepted on"), "withdrawn_at": _("Withdrawn on"),
    "verb": _("What you did"), "note": _("Note"), "pgh_label": _("What you did"),
    "pgh_created_at": _("Date"), "kind": _("Kind"), "type": _("Kind"), "city": _("City"), "asked_at": _("Date"),
    "decided_at": _("Decided on"), "saved_at": _("Date"), "sent_at": _("Sent on"), "of": _("Of"), "group": _("Group"),
}  # fmt: skip


@dataclass
class Row:
    """A row: its model, its values by column, and the values that the page shows, with their labels."""

    model: type[models.Model]
    values: dict[str, Any]
    shown: list[tuple[str | Promise, Any]] = field(default_factory=list)


@dataclass
class Held:
    """A group with its rows."""

    group: Group
    rows: list[Row]


@dataclass(frozen=True)
class Source:
    """Rows of one table that may be the person's, the group that they belong to, and the columns that are given."""

    group: Group
    rows: models.QuerySet
    columns: tuple[str, ...]


@dataclass
class Table:
    """What was read from a source: its columns, and its rows with the key before their values."""

    source: Source
    columns: list[models.Field]
    read: list[tuple]


# The names of rows that others link to, by their model and key.
Names = dict[type[models.Model], dict[Any, str]]


def held_about(person: User, *, most: int | None = None, in_words: bool = True) -> list[Held]:
    """All that names `person`, group by group; groups without a row are left out.

    With `most`, only that many of the newest rows of each table. Without `in_words`, the values for the page are left
    out, which saves half of the time. One query finds the tables that have rows, one reads the history, one reads each
    table that has rows, and one for each table that these link to reads the names of its rows.
    """
    tables = [_read(source, most) for source in _that_have_rows(list(_sources(person)))]
    names = _names(tables)
    found: dict[str, Held] = {}
    for table in tables:
        group = table.source.group
        found.setdefault(group.key, Held(group, [])).rows += _rows(table, names, in_words=in_words)
    in_order = [found[group.key] for group in (*GROUPS, NEWSLETTER, CONCERNS, OTHER) if group.key in found]
    history = list(_of_history(person, most))
    return [*in_order, Held(HISTORY, history)] if history else in_order


class TooMuch(Exception):
    """A person has more rows in a table than are read at once."""


def as_json(person: User, *, at: dt.datetime, most: int) -> dict:
    """The same as data for JSON, with the titles in both languages and each text in the languages it is written in.
    Raises TooMuch if a table has more than `most` rows."""
    parts = held_about(person, most=most + 1, in_words=False)
    of_a_table = Counter(row.model for part in parts for row in part.rows)
    if max(of_a_table.values()) > most:
        raise TooMuch
    return {
        "person": person.pk,
        "made_at": at,
        "parts": [heading_in_json(held.group) | {"rows": list(map(row_in_json, held.rows))} for held in parts],
    }


def heading_in_json(group: Group) -> dict[str, str]:
    return {"part": group.key, **{f"title_{code}": _in(code, group.title) for code in CODES}}


def row_in_json(row: Row) -> dict[str, Any]:
    return {"table": row.model._meta.label, **row.values}


def read_in_pieces(person: User) -> Iterator[tuple[Group, Iterator[Row]]]:
    """All that `held_about` returns, in the same order, for a person with very many rows: only PIECE of them are in
    memory at a time. The rows of a group may come in several pieces, one after the other."""
    for source in _that_have_rows(list(_sources(person))):
        for piece in _pieces(source.rows.order_by("pk"), "pk"):
            table = _read(replace(source, rows=piece), None)
            yield source.group, _rows(table, _names([table]), in_words=False)
    for model in _with_events():
        for piece in _pieces(_events_of(person, model, 0, None).order_by("pgh_id"), "pgh_id"):
            yield HISTORY, (_event(model, *event[1:4]) for event in piece)


def _pieces(rows: models.QuerySet, key: str) -> Iterator[models.QuerySet]:
    """`rows`, which are in the order of `key`, at most PIECE at a time."""
    ends = rows.order_by(key).values_list(key, flat=True)
    last = None
    while keys := list((ends if last is None else ends.filter(**{f"{key}__gt": last}))[:PIECE]):
        yield rows.filter(**{f"{key}__gte": keys[0], f"{key}__lte": keys[-1]})
        last = keys[-1]


def _in(language: str, words: str | Promise) -> str:
    with override(language):
        return str(words)


def links_to_people() -> Iterator[tuple[type[models.Model], models.Field]]:
    """Each column that names a person with an account, in all tables except those of events."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed or issubclass(model, pghistory.models.Event):
            continue
        for column in model._meta.concrete_fields:
            if column.is_relation and column.related_model is User:
                yield model, column


def _sources(person: User) -> Iterator[Source]:
    """Every table that may name the person, in the order of the page."""
    for group in GROUPS:
        for place, columns in group.columns.items():
            label, _colon, name = place.partition(":")
            yield Source(group, apps.get_model(label).objects.filter(**{name: person.pk}), columns)
    addresses = addresses_of(person)
    yield from _of_newsletter(addresses)
    concern = ("page", "words", "email", "reported_at")
    yield Source(CONCERNS, _of_addresses("site.Concern", addresses), concern)
    yield from _of_others(person, addresses)


def _of_others(person: User, addresses: list[str]) -> Iterator[Source]:
    """Rows that link to the person and are in no group: only that they exist, and since when."""
    known = {place for group in GROUPS for place in group.columns}
    for model, column in links_to_people():
        if f"{model._meta.label}:{column.name}" not in known:
            yield Source(OTHER, model._base_manager.filter(**{column.name: person.pk}), WHEN)
    invitations = _of_addresses("members.Invitation", addresses).exclude(accepted_by=person.pk)
    yield Source(OTHER, invitations, ("email", "city", "role", "created_at", "expires_at"))


def _of_addresses(label: str, addresses: list[str]) -> models.QuerySet:
    rows = apps.get_model(label)._base_manager.alias(address=models.functions.Lower("email"))
    return rows.filter(address__in=addresses)


def _of_newsletter(addresses: list[str]) -> Iterator[Source]:
    subscriptions = _of_addresses("digests.Subscription", addresses)
    mine = subscriptions.values("pk")
    yield Source(NEWSLETTER, subscriptions, ALL)
    yield Source(NEWSLETTER, apps.get_model("digests.Consent").objects.filter(subscription__in=mine), ALL)
    deliveries = apps.get_model("digests.Delivery").objects.filter(subscription__in=mine)
    yield Source(NEWSLETTER, deliveries, ("issue", "mailed_at"))


def _that_have_rows(sources: list[Source]) -> Iterator[Source]:
    """The `sources` that have a row. Most of about sixty tables have none, and one query finds those that do."""
    asked = [
        source.rows.order_by().annotate(place=models.Value(place)).values_list("place")[:1]
        for place, source in enumerate(sources)
    ]
    first, *others = asked
    for place in sorted(place for (place,) in first.union(*others, all=True)):
        yield sources[place]


def _of_history(person: User, most: int | None) -> Iterator[Row]:
    """The changes that the person made, table by table, each in the order in which they were made: one query."""
    events = _with_events()
    first, *others = [_events_of(person, model, place, most) for place, model in enumerate(events)]
    for place, number, label, at, _key in first.union(*others, all=True).order_by(*IN_TIME):
        yield _event(events[place], number, label, at)


def _with_events() -> list[Any]:
    """The models of events."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and not model._meta.proxy and model._meta.managed
    ]


def _event(model: Any, number: Any, label: str, at: dt.datetime) -> Row:
    # Events of a link, such as to a group, do not have its key.
    known = {"pgh_obj_id": number} if hasattr(model, "pgh_obj_id") else {}
    heading = _heading(model.pgh_tracked_model, number)
    shown = [*heading, (LABELS["pgh_label"], label), (LABELS["pgh_created_at"], at)]
    return Row(model, known | {"pgh_label": label, "pgh_created_at": at}, shown)


def _events_of(person: User, model: Any, place: int, most: int | None) -> models.QuerySet:
    none = models.Value(None, models.BigIntegerField())
    number = models.F("pgh_obj_id") if hasattr(model, "pgh_obj_id") else none
    made = model.objects.filter(pgh_context__metadata__user=person.pk)
    rows = made.annotate(place=models.Value(place), row_number=number)
    values = rows.order_by("-pgh_created_at", "-pgh_id").values_list("place", "row_number", "pgh_label", *IN_TIME[1:])
    return values[:most] if most else values.order_by()


def _read(source: Source, most: int | None) -> Table:
    """All rows in their order, or the last `most` of them, as values: objects would take three times as long."""
    model = source.rows.model
    columns = [each for each in model._meta.concrete_fields if _is_wanted(model, each, source.columns)]
    rows = source.rows.order_by("-pk").values_list("pk", *(each.attname for each in columns))
    return Table(source, columns, list(rows[:most])[::-1])


def _names(tables: list[Table]) -> Names:
    """The names of the rows that those of `tables` link to, without duplicates."""
    wanted: dict[Any, set] = {}
    for table in tables:
        for place, column in enumerate(table.columns, start=1):
            if column.is_relation:
                wanted.setdefault(column.related_model, set()).update(row[place] for row in table.read)
    return {model: _names_of(model, keys - {None}) for model, keys in wanted.items()}


def _names_of(model: type[models.Model], keys: set) -> dict[Any, str]:
    """The names of the rows with these keys, read without the columns that no name uses."""
    unread = [each.name for each in model._meta.concrete_fields if isinstance(each, LONG)]
    rows = model._base_manager.filter(pk__in=keys)
    rows = rows.only(*CALLED_BY[model]) if model in CALLED_BY else rows.defer(*unread)
    # The name of an update begins with that of its pledge.
    return {row.pk: str(row) for row in (rows.select_related("pledge") if model is ProgressUpdate else rows)}


def _rows(table: Table, names: Names, *, in_words: bool) -> Iterator[Row]:
    model = table.source.rows.model
    said = [_for_file(each, names) for each in table.columns]
    labels = [_label(each) for each in table.columns]
    shown = [
        (place, str(label), _for_page(column, names))
        for place, (column, label) in enumerate(zip(table.columns, labels, strict=True))
        if in_words and label
    ]
    names_of_columns = ["id", *(each.name for each in table.columns)]
    for key, *read in table.read:
        values = [say(value) for say, value in zip(said, read, strict=True)]
        lines = [(label, words(read[place])) for place, label, words in shown if values[place]]
        yield Row(model, dict(zip(names_of_columns, [key, *values], strict=True)), [*_heading(model, key), *lines])


def _is_wanted(model: type[models.Model], column: models.Field, columns: tuple[str, ...]) -> bool:
    if column.primary_key or column.name in NEVER or isinstance(column, models.GeneratedField):
        return False
    # A text that is kept in one column per language has a third field, which stands for one of them.
    is_twin = any(isinstance(f, TranslationField) and f.translated_field == column for f in model._meta.fields)
    if is_twin or (column.is_relation and column.related_model is User):
        return False
    if columns == WHEN:
        return isinstance(column, models.DateTimeField) or column.name == "city"
    return columns == ALL or column.name in columns


def _for_file(column: models.Field, names: Names) -> Callable[[Any], Any]:
    """How a value of `column` is written to the file: a link as the name of its row, and values that JSON does not have
    as text."""
    if column.is_relation:
        return names[column.related_model].get  # type: ignore[index]  # a link leads to a model
    return lambda value: value if isinstance(value, IN_JSON) else str(value)


def _heading(model: type[models.Model], key: Any) -> list[tuple[str | Promise, Any]]:
    """The kind of a row and its number, if its model has a name for people."""
    words = model._meta.original_attrs.get("verbose_name")
    return [(capfirst(words), key)] if words else []


def _for_page(column: models.Field, names: Names) -> Callable[[Any], Any]:
    """How the page shows a value of `column`: the name of a row or a choice, yes or no, a list with commas."""
    if column.is_relation:
        return _for_file(column, names)
    if column.choices:
        named = dict(column.flatchoices)  # once for all rows: Django itself would build it again for each
        return lambda value: named.get(value, value)
    return _in_words


def _in_words(value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return value


def _label(column: models.Field) -> str | Promise:
    if column.name in LABELS:
        return LABELS[column.name]
    return capfirst(column.verbose_name) if column._verbose_name is not None else ""
