"""All that the portal holds about a person, for them to read and to take along: one table of what is shown of what.

Every row that names the person is in it. Of what they wrote, or what is about them, all columns; of what they only
decided or did, that and when they did it, since its words are somebody else's. Never a password, nor the secret of a
second step.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from modeltranslation.fields import TranslationField

from members.models import User
from scn_portal.base.languages import CODES
from scn_portal.site.privacy.erasing import addresses_of

ALL: tuple[str, ...] = ("*",)
WHEN: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Rows that belong together on the page: `columns` of each model that names the person, by `app.Model:column`."""

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
NEVER = {"password", "mail_attempts", "mail_after", "message_id", "session_key", "network"}

# What the page calls columns that the forms have no words for.
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
    """A row: the model and number it has in the database, its values by column, and those that the page shows, by their
    words."""

    model: type[models.Model]
    values: dict[str, Any]
    shown: list[tuple[str | Promise, Any]] = field(default_factory=list)


@dataclass
class Held:
    """A group with its rows."""

    group: Group
    rows: list[Row]


def held_about(person: User, *, most: int | None = None) -> list[Held]:
    """All that names `person`, group by group; groups without a row are left out.

    With `most`, no more than the newest so many of each table.
    """
    found = [Held(group, list(_rows_of(group, person, most))) for group in GROUPS]
    addresses = addresses_of(person)
    concern = ("page", "words", "email", "reported_at")
    found += [
        Held(NEWSLETTER, list(_of_newsletter(addresses, most))),
        Held(CONCERNS, list(_of_addresses("site.Concern", addresses, concern, most))),
        Held(OTHER, list(_of_others(person, addresses, most))),
        Held(HISTORY, list(_of_history(person, most))),
    ]
    return [held for held in found if held.rows]


def as_json(person: User, *, at: dt.datetime) -> dict:
    """The same for machines, with the titles in both languages and each text in those it is written in."""
    return {
        "person": person.pk,
        "made_at": at,
        "parts": [
            {
                "part": held.group.key,
                **{f"title_{code}": _in(code, held.group.title) for code in CODES},
                "rows": [{"table": row.model._meta.label, **row.values} for row in held.rows],
            }
            for held in held_about(person)
        ],
    }


def _in(language: str, words: str | Promise) -> str:
    with override(language):
        return str(words)


def links_to_people() -> Iterator[tuple[type[models.Model], models.Field]]:
    """Each column that names a person with an account, of all tables but those of events."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed or issubclass(model, pghistory.models.Event):
            continue
        for column in model._meta.concrete_fields:
            if column.is_relation and column.related_model is User:
                yield model, column


def _rows_of(group: Group, person: User, most: int | None) -> Iterator[Row]:
    for place, columns in group.columns.items():
        label, _colon, name = place.partition(":")
        model = apps.get_model(label)
        yield from _rows(model.objects.filter(**{name: person.pk}), columns, most)


def _of_others(person: User, addresses: list[str], most: int | None) -> Iterator[Row]:
    """Rows with a link to the person that no group has: that it is there, and since when."""
    known = {place for group in GROUPS for place in group.columns}
    for model, column in links_to_people():
        if f"{model._meta.label}:{column.name}" not in known:
            yield from _rows(model._base_manager.filter(**{column.name: person.pk}), WHEN, most)
    columns = ("email", "city", "role", "created_at", "expires_at")
    for held in _of_addresses("members.Invitation", addresses, columns, most):
        if held.values.get("accepted_by") != person.pk:
            yield held


def _of_addresses(label: str, addresses: list[str], columns: tuple[str, ...], most: int | None) -> Iterator[Row]:
    rows = apps.get_model(label)._base_manager.alias(address=models.functions.Lower("email"))
    yield from _rows(rows.filter(address__in=addresses), columns, most)


def _of_newsletter(addresses: list[str], most: int | None) -> Iterator[Row]:
    yield from _of_addresses("digests.Subscription", addresses, ALL, most)
    subscriptions = apps.get_model("digests.Subscription").objects.alias(address=models.functions.Lower("email"))
    mine = subscriptions.filter(address__in=addresses).values("pk")
    yield from _rows(apps.get_model("digests.Consent").objects.filter(subscription__in=mine), ALL, most)
    deliveries = apps.get_model("digests.Delivery").objects.filter(subscription__in=mine)
    yield from _rows(deliveries, ("issue", "mailed_at"), most)


def _of_history(person: User, most: int | None) -> Iterator[Row]:
    for model in apps.get_models():
        if issubclass(model, pghistory.models.Event) and not model._meta.proxy and model._meta.managed:
            events: Any = model.objects
            rows = events.filter(pgh_context__metadata__user=person.pk).order_by("pgh_created_at", "pgh_id")
            # Events of a link, such as to a group, know no number of it.
            number = ["pgh_obj_id"] if hasattr(model, "pgh_obj_id") else []
            for values in _newest(rows.values(*number, "pgh_label", "pgh_created_at"), most):
                tracked: Any = model.pgh_tracked_model
                shown = _heading(tracked, values.get("pgh_obj_id"))
                shown += [(LABELS[name], values[name]) for name in ("pgh_label", "pgh_created_at")]
                yield Row(model, values, shown)


def _newest(rows: models.QuerySet, most: int | None) -> Iterable:
    """`rows` in their order, which ends with the newest: all, or the last `most` of them."""
    return rows if most is None else list(rows.reverse()[:most])[::-1]


def _rows(rows: models.QuerySet, columns: tuple[str, ...], most: int | None) -> Iterator[Row]:
    model = rows.model
    fields = [each for each in model._meta.concrete_fields if _is_wanted(model, each, columns)]
    links = [each.name for each in fields if each.is_relation]
    for row in _newest(rows.order_by("pk").select_related(*links), most):
        values = {"id": row.pk} | {each.name: _value(row, each) for each in fields}
        shown = [(_label(each), _in_words(row, each)) for each in fields if _label(each) and values[each.name]]
        yield Row(model, values, [*_heading(model, row.pk), *shown])


def _is_wanted(model: type[models.Model], column: models.Field, columns: tuple[str, ...]) -> bool:
    if column.primary_key or column.name in NEVER or isinstance(column, models.GeneratedField):
        return False
    # Whose text is kept in two columns, one a language, has a third that is one of them.
    is_twin = any(isinstance(f, TranslationField) and f.translated_field == column for f in model._meta.fields)
    if is_twin or (column.is_relation and column.related_model is User):
        return False
    if columns == WHEN:
        return isinstance(column, models.DateTimeField) or column.name == "city"
    return columns == ALL or column.name in columns


def _value(row: models.Model, column: models.Field) -> Any:
    value = getattr(row, column.name)
    if column.is_relation:
        return str(value) if value is not None else None
    if isinstance(column, models.FileField):
        return value.name
    if column.choices and value:
        return value
    return value if isinstance(value, bool | int | float | list | dict | dt.date | None) else str(value)


def _heading(model: type[models.Model], key: Any) -> list[tuple[str | Promise, Any]]:
    """What a row is, with its number, where its model has a name that people read."""
    words = model._meta.original_attrs.get("verbose_name")
    return [(capfirst(words), key)] if words else []


def _in_words(row: models.Model, column: models.Field) -> Any:
    """The value as people read it: the words of a choice, yes or no, a list with commas."""
    value = getattr(row, column.name)
    if column.choices:
        return getattr(row, f"get_{column.name}_display")()
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return value


def _label(column: models.Field) -> str | Promise:
    if column.name in LABELS:
        return LABELS[column.name]
    return capfirst(column.verbose_name) if column._verbose_name is not None else ""
