"""Dates of which only the year, or the year and the month, may be known: `2018`, `2018-07`, `2018-07-19`.

Sources often say no more, and a guessed day would be a false fact. ISO 8601 reduced precision, kept as text,
so it sorts as it reads.
"""

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

# Read by PostgreSQL too, in the CHECK: it knows no calendar, so it lets 30 February through.
PATTERN = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"


def first_day(value: str) -> dt.date:
    """The first day that `value` may mean: `2018-07` is 1 July 2018. ValueError when it is no partial date."""
    if not re.fullmatch(PATTERN, value):
        raise ValueError(f"{value!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
    return dt.date.fromisoformat((value + "-01-01")[:10])


def validate_partial_date(value: str) -> None:
    """ValidationError unless `value` is a partial date that exists in the calendar."""
    try:
        first_day(value)
    except ValueError as error:
        raise ValidationError(
            _("“%(value)s” is not a date: give a year, a year and month, or a full date, such as 2018-07."),
            code="partial_date",
            params={"value": value},
        ) from error


def written_out(value: str) -> str:
    """`2018-07` as the active language writes it: “July 2018”, « juillet 2018 »; empty for an empty value.

    What is stored and yet no date, as it is: a page that shows it must not fail.
    """
    try:
        day = first_day(value)
    except ValueError:
        return value
    return date_format(day, {4: "Y", 7: "YEAR_MONTH_FORMAT", 10: "DATE_FORMAT"}[len(value)])


class PartialDateField(models.CharField):
    """A text column that holds a partial date, or nothing."""

    default_validators = [validate_partial_date]

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 10
        super().__init__(*args, **kwargs)


def is_partial_date(field: str) -> models.Q:
    """The CHECK that goes with a PartialDateField named `field`."""
    return models.Q(**{field: ""}) | models.Q(**{f"{field}__regex": PATTERN})
