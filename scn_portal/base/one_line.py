"""Texts on one line: without line breaks, control characters, and signs that change the direction of writing.

A sign that changes the direction (U+202A–202E, U+2066–2069) affects more than its own text: a title with one shows the
rest of its line backwards in lists, feeds, mails and file names, and can pass for another title. The marks U+200E,
U+200F and U+061C are allowed: they affect nothing beyond themselves, and names in Arabic and Hebrew need them next to
digits and punctuation.
"""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

# Line breaks and control characters, except NUL, which Django refuses itself, and the tab.
CONTROL = re.compile(r"[\x01-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
TURNS_WRITING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> None:
    """Raises ValidationError if `text` has line breaks, control characters, or signs that change the direction."""
    if CONTROL.search(text):
        raise ValidationError(_("Write this on one line, without line breaks."), code="one_line")
    if sign := TURNS_WRITING.search(text):
        raise ValidationError(
            _(
                "There is an invisible sign in this text that turns the direction of writing (%(sign)s), perhaps"
                " copied along with it. Write the text anew, without copying it."
            ),
            code="turns_writing",
            params={"sign": f"U+{ord(sign.group()):04X}"},
        )


def file_name(name: str) -> None:
    """Raises ValidationError if `name` has a sign that changes the direction: it could pass for another file name."""
    if sign := TURNS_WRITING.search(name):
        raise ValidationError(
            _(
                "The name of this file holds an invisible sign that turns the direction of writing (%(sign)s). Rename"
                " the file, then add it again."
            ),
            code="turns_writing",
            params={"sign": f"U+{ord(sign.group()):04X}"},
        )


class _OnOneLine(models.CharField):
    """A mixin for a column: the value is checked by `one_line`, in forms and when the row is validated.

    In migrations, it appears as the column into which it is mixed.
    """

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        # In the form as well, so that a form reports it before it validates the row.
        return super().formfield(*args, **{"validators": [one_line]} | kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        column = next(base for base in type(self).__mro__ if base.__module__.startswith("django.db.models"))
        return name, f"django.db.models.{column.__name__}", args, kwargs


class Line(_OnOneLine):
    """A column for a text on one line that a person types."""

    default_validators = [one_line]


class EmailLine(_OnOneLine, models.EmailField):
    """A column for an email address."""

    default_validators = [*models.EmailField.default_validators, one_line]


class UrlLine(_OnOneLine, models.URLField):
    """A column for a web address."""

    default_validators = [*models.URLField.default_validators, one_line]
