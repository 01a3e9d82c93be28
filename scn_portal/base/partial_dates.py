"""Partial dates: a year, a month or a day, as `2018`, `2018-07`, `2018-07-19`.

Sources often give no more, and a guessed day would be false. They are stored as text in ISO 8601, which sorts by date;
a date that is compared with today, such as a deadline, is stored as a day with its precision.
"""

import calendar
import datetime as dt
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import ExtractDay, Least, Left, Length
from django.db.models.lookups import Exact, LessThan
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

# PostgreSQL uses it too, in a CHECK. It accepts 30 February.
PATTERN = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
# A deadline on the last day of the calendar has no day after it, and no calendar, feed or timeline can show it.
PLAUSIBLE_DAYS = FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 12, 31)
PLAUSIBLE_YEAR = r"^(19|20|21|2200)"
NOT_PLAUSIBLE = _("Enter a date between the years 1900 and 2200.")


def first_day(value: str) -> dt.date:
    """The first day of `value`: 1 July 2018 for `2018-07`. Raises ValueError if it is not a partial date."""
    if not re.fullmatch(PATTERN, value):
        raise ValueError(f"{value!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
    return dt.date.fromisoformat((value + "-01-01")[:10])


def last_day(value: str) -> dt.date:
    """The last day of `value`: 31 July 2018 for `2018-07`. Raises ValueError if it is not a partial date."""
    day = first_day(value)
    month = 12 if len(value) == len("2018") else day.month
    if len(value) < len("2018-07-19"):
        return dt.date(day.year, month, calendar.monthrange(day.year, month)[1])
    return day


def is_surely_before(value: str, other: str) -> bool:
    """Whether every day of `value` is before every day of `other`; False if either is empty or they may overlap."""
    shared = min(len(value), len(other))
    return bool(shared) and value[:shared] < other[:shared]


def surely_before(field: str, other: str) -> models.Q:
    """The condition `is_surely_before` for two fields, in a query."""
    shared = Least(Length(field), Length(other))
    return models.Q(LessThan(Left(field, shared), Left(other, shared))) & ~models.Q(**{field: ""})


def validate_day(day: dt.date) -> None:
    """Raises ValidationError unless `day` is between the years 1900 and 2200, both included."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(NOT_PLAUSIBLE, code="not_plausible")


def validate_partial_date(value: str) -> None:
    """Raises ValidationError unless `value` is an existing partial date between the years 1900 and 2200."""
    try:
        validate_day(first_day(value))
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
        # “janvier 2016” is not a date; an error about more than ten characters would not help.
        return super().formfield(**{"max_length": None, "validators": [validate_partial_date]} | kwargs)


def is_partial_date(field: str) -> models.Q:
    """The CHECK for a PartialDateField named `field`."""
    return models.Q(**{field: ""}) | models.Q(**{f"{field}__regex": PATTERN})


def plausible_days(table: str, *names: str) -> list[models.CheckConstraint]:
    """For each of the days `names`, the constraint that it is between the years 1900 and 2200, if it is known.

    The name of the constraint begins with `table`.
    """
    return [_plausible(table, name, _unknown_or_in(name, PLAUSIBLE_DAYS)) for name in names]


def plausible_moments(table: str, *names: str) -> list[models.CheckConstraint]:
    """The same for moments."""
    start, end = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in PLAUSIBLE_DAYS)
    return [_plausible(table, name, _unknown_or_in(name, (start, end))) for name in names]


def plausible_partial_dates(table: str, *names: str) -> list[models.CheckConstraint]:
    """The same for PartialDateFields."""
    return [
        _plausible(table, name, models.Q(**{name: ""}) | models.Q(**{f"{name}__regex": PLAUSIBLE_YEAR}))
        for name in names
    ]


def _unknown_or_in(name: str, limits: tuple) -> models.Q:
    return models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__range": limits})


def _plausible(table: str, name: str, condition: models.Q) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=condition,
        name=f"{table}_{name}_plausible",
        violation_error_message=NOT_PLAUSIBLE,
        violation_error_code="not_plausible",
    )


# --- A day with its precision ----------------------------------------------------------------------------------------


class Precision(models.TextChoices):
    """The known part of a date."""

    YEAR = "year", _("Year")
    MONTH = "month", _("Month")
    DAY = "day", _("Day")


# The number of characters of 2018-07-19 that each keeps.
LENGTHS: dict[str, int] = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
PRECISIONS = {length: precision for precision, length in LENGTHS.items()}


class PrecisionField(models.CharField):
    """The column for the precision of the day in another column. Existing days count as exact."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs |= {"max_length": 5, "choices": Precision.choices, "default": Precision.DAY, "db_default": Precision.DAY}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {key: kwargs[key] for key in kwargs.keys() & {"verbose_name", "editable"}}


def as_partial(day: dt.date | str | None, precision: str) -> str:
    """The partial date of a row with `day` and its `precision`; "" without a day."""
    return str(day)[: LENGTHS[precision]] if day else ""


def partly(name: str, *, is_last: bool) -> property:
    """A property for the partial date that is stored in the columns `name` and `precision_of(name)`.

    The stored day is the last of the year or month with `is_last`, and otherwise the first. Setting it to a text that
    is not a partial date raises ValueError; "" stores no day.
    """
    precision = precision_of(name)

    def read(row: Any) -> str:
        return as_partial(getattr(row, name), getattr(row, precision))

    def write(row: Any, value: str) -> None:
        setattr(row, name, (last_day if is_last else first_day)(value) if value else None)
        setattr(row, precision, PRECISIONS[len(value)] if value else Precision.DAY)

    return property(read, write)


def precision_of(name: str) -> str:
    """The column with the precision of the day `name`: `due_precision` for `due_on`."""
    return f"{name.removesuffix('_on')}_precision"


class NextDay(models.Func):
    """The day after the value of a column."""

    template = "(%(expressions)s + 1)"
    output_field = models.DateField()


def is_first_of_its_period(name: str) -> models.Q:
    """The CHECK that the day `name` is the first of its year or month if no more of it is known."""
    return _of_its_period(name, models.Q(**{f"{name}__month": 1, f"{name}__day": 1}), models.Q(**{f"{name}__day": 1}))


def is_last_of_its_period(name: str) -> models.Q:
    """The CHECK that the day `name` is the last of its year or month if no more of it is known."""
    ends_month = models.Q(Exact(ExtractDay(NextDay(name)), 1))
    return _of_its_period(name, models.Q(**{f"{name}__month": 12, f"{name}__day": 31}), ends_month)


def _of_its_period(name: str, of_year: models.Q, of_month: models.Q) -> models.Q:
    precision = precision_of(name)
    unknown = models.Q(**{f"{name}__isnull": True, f"{precision}__in": list(Precision)})
    exact = models.Q(**{precision: Precision.DAY})
    return (
        unknown
        | exact
        | (models.Q(**{precision: Precision.MONTH}) & of_month)
        | (models.Q(**{precision: Precision.YEAR}) & of_year)
    )
