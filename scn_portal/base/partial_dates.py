"""Partial dates: a year, a month or a day, as `2018`, `2018-07`, `2018-07-19`.

Sources often give no more, and a guessed day would be false. Stored as text in ISO 8601, which sorts by date.
"""

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Least, Left, Length
from django.db.models.lookups import LessThan
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

# PostgreSQL reads it too, in a CHECK. It accepts 30 February.
PATTERN = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"


def first_day(value: str) -> dt.date:
    """The first day of `value`: 1 July 2018 for `2018-07`. ValueError where it is no partial date."""
    if not re.fullmatch(PATTERN, value):
        raise ValueError(f"{value!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
    return dt.date.fromisoformat((value + "-01-01")[:10])


def is_surely_before(value: str, other: str) -> bool:
    """Whether every day of `value` is before every day of `other`; False where either is empty or they may overlap."""
    shared = min(len(value), len(other))
    return bool(shared) and value[:shared] < other[:shared]


def surely_before(field: str, other: str) -> models.Q:
    """The condition `is_surely_before` for two fields, in a query."""
    shared = Least(Length(field), Length(other))
    return models.Q(LessThan(Left(field, shared), Left(other, shared))) & ~models.Q(**{field: ""})


def validate_partial_date(value: str) -> None:
    """ValidationError unless `value` is a partial date of the calendar."""
    try:
        first_day(value)
    except ValueError as error:
        raise ValidationError(
            _("“%(value)s” is not a date: enter a year, a year and month, or a full date, such as 2018-07."),
            code="partial_date",
            params={"value": value},
        ) from error


def written_out(value: str) -> str:
    """`value` in the active language: “July 2018”, « juillet 2018 ». A value that is no date is returned unchanged."""
    try:
        day = first_day(value)
    except ValueError:
        return value
    return date_format(day, {4: "Y", 7: "YEAR_MONTH_FORMAT", 10: "DATE_FORMAT"}[len(value)])


class PartialDateField(models.CharField):
    """A text column for a partial date, or an empty text."""

    default_validators = [validate_partial_date]

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 10
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        # “janvier 2016” is no date; that it has more than ten characters is nothing to tell anybody.
        return super().formfield(**{"max_length": None, "validators": [validate_partial_date]} | kwargs)


def is_partial_date(field: str) -> models.Q:
    """The CHECK for a PartialDateField named `field`."""
    return models.Q(**{field: ""}) | models.Q(**{f"{field}__regex": PATTERN})
