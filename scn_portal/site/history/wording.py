"""The words for columns, values and names in history, in the active language."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

from django.db.models import Field, ForeignKey, Model
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from practices.headings import HEADINGS
from practices.models import Revision
from scn_portal.base.languages import CODES

# Columns that follow from others, or that mean nothing to a reader.
NOT_SHOWN = {
    "id", "source_changed_at", "translation_changed_at", "outdated", "due_precision", "starts_precision", "updated_at",
    "extension_noted_at", "picture_width", "picture_height", "media_type", "size", "facts_changed_at",
}  # fmt: skip
# Names of columns for which the models have no words.
LABELS: dict[str, str | Promise] = {
    "accepted_at": gettext_lazy("Accepted on"),
    "accepted_by": gettext_lazy("Accepted by"),
    "author": gettext_lazy("Author"),
    "city": gettext_lazy("City"),
    "commitment": gettext_lazy("Commitment"),
    "created_at": gettext_lazy("Made on"),
    "created_by": gettext_lazy("Recorded by"),
    "declaration": gettext_lazy("Declaration"),
    "description": gettext_lazy("Description"),
    "expires_at": gettext_lazy("Valid until"),
    "extension_language": gettext_lazy("Language of the reason"),
    "frequency": gettext_lazy("How often"),
    "group": gettext_lazy("Group"),
    "hidden_by": gettext_lazy("Hidden by"),
    "invited_by": gettext_lazy("Invited by"),
    "latitude": gettext_lazy("Latitude"),
    "longitude": gettext_lazy("Longitude"),
    "number": gettext_lazy("Version"),
    "original": gettext_lazy("Adapted from"),
    "paused_by": gettext_lazy("Paused by"),
    "permission": gettext_lazy("Right"),
    "picture_taken_down_at": gettext_lazy("Picture taken down on"),
    "population": gettext_lazy("Population"),
    "practice": gettext_lazy("Practice"),
    "published_at": gettext_lazy("Published on"),
    "reminders_off": gettext_lazy("Reminders not wanted"),
    "revision": gettext_lazy("Text of a practice"),
    "second_factor_put_off_until": gettext_lazy("Second step put off until"),
    "slug": gettext_lazy("Last part of the address"),
    "source": gettext_lazy("Source"),
    "sources": gettext_lazy("Sources"),
    "submitted_at": gettext_lazy("Submitted on"),
    "taken_down_at": gettext_lazy("Taken down on"),
    "taken_down_by": gettext_lazy("Taken down by"),
    "taken_down_reason": gettext_lazy("Reason for taking down"),
    "type": gettext_lazy("Kind of second step"),
    "user": gettext_lazy("Person"),
    "withdrawn_at": gettext_lazy("Withdrawn on"),
}
LANGUAGES = {"fr": gettext_lazy("in French"), "en": gettext_lazy("in English")}


def columns(model: type[Model]) -> list[Field]:
    """The columns that are shown of an event of `model`: each text in its two languages, but not the column without a
    language."""
    fields = [each for each in model.pgh_event_model._meta.fields if not each.name.startswith("pgh_")]
    names = {each.name for each in fields}
    return [each for each in fields if each.name not in NOT_SHOWN and f"{each.name}_{CODES[0]}" not in names]


def label(model: type[Model], name: str) -> str:
    """“Title (in French)” for `title_fr`."""
    base, _underscore, code = name.rpartition("_")
    if code in LANGUAGES and any(each.name == base for each in model._meta.fields):
        return f"{label(model, base)} ({LANGUAGES[code]})"
    if model is Revision and name in HEADINGS:
        return str(HEADINGS[name])
    words = str(LABELS.get(name) or getattr(model._meta.get_field(name), "verbose_name", name))
    return words[:1].upper() + words[1:]


class Names:
    """The names of the rows that events refer to, read together: one query for each model, however many rows there
    are."""

    def __init__(self, events: Iterable[Model]):
        wanted: dict[type[Model], set] = defaultdict(set)
        for event in events:
            for each in event._meta.fields:
                key = getattr(event, each.attname)
                if isinstance(each, ForeignKey) and key and not each.name.startswith("pgh_"):
                    wanted[cast(type[Model], each.related_model)].add(key)
        self._rows = {model: self._read(model, keys) for model, keys in wanted.items()}

    @staticmethod
    def _read(model: type[Model], keys: set) -> dict[Any, Model]:
        rows = model._base_manager.all()
        # The name of a permission includes its model.
        if model._meta.label == "auth.Permission":
            rows = rows.select_related("content_type")
        return rows.in_bulk(keys)

    def of(self, model: type[Model], key: Any) -> str:
        """The name of a row. Its number if the row was deleted, or if it is a revision, since only its city may know
        the title."""
        row = None if model is Revision else self._rows.get(model, {}).get(key)
        return str(row) if row is not None else f"{key}"

    def value(self, event: Model, each: Field) -> str:
        """The value of a column of an event in words; "" if it is empty."""
        value = getattr(event, each.attname)
        if value is None or value == [] or value == "":
            return ""
        if isinstance(each, ForeignKey):
            return self.of(cast(type[Model], each.related_model), value)
        return in_words(value, dict(each.flatchoices))


def in_words(value: Any, choices: dict) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime):
        return date_format(localtime(value), "DATETIME_FORMAT")
    if isinstance(value, dt.date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, list):
        return ", ".join(in_words(each, choices) for each in value)
    return str(choices.get(value, value))


def what(event_label: str) -> str:
    """What happened to a row, in words."""
    return {
        "insert": pgettext("history", "Added"),
        "update": pgettext("history", "Changed"),
        "delete": pgettext("history", "Removed"),
        "password": pgettext("history", "New password"),
        "secret": pgettext("history", "Secret changed or used"),
    }[event_label]


def process(name: str) -> str:
    """Who made a change without a person: the `name` that `scn_portal.base.processes` gave, in words."""
    kind, _colon, rest = name.partition(":")
    command, _colon, operator = rest.partition(":")
    sentences = {
        "visitor": _("Somebody without an account"),
        "web": _("The web server"),
        "worker": _("A worker"),
        "task": _("The task %(name)s") % {"name": rest},
        "role": _("Directly in the database, as %(name)s") % {"name": rest},
        "shell": _("%(name)s, in the shell") % {"name": rest},
        "command": _("%(name)s, by the command %(command)s") % {"name": operator, "command": command},
    }
    return sentences.get(kind, name or _("Not recorded"))
