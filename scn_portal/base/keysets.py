"""Pages that begin at a row (keyset pagination): in a long list, an index finds the row, and no row is skipped.

A cursor holds the values that a row is ordered by, and the number of its page. It is not secret and not signed; its
values are checked against the columns.
"""

import base64
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model, Q, QuerySet

MAX_TOKEN = 400
MAX_PAGE = 10**8


class BadCursor(Exception):
    """The token has no valid cursor."""


@dataclass(frozen=True)
class Cursor:
    """The page `number` that begins after, or ends before, the row with these `values`."""

    token: str
    number: int
    values: tuple


@dataclass(frozen=True)
class Keyset:
    """The order of a list, such as `Keyset("-published_at", "-pk")`: fields, with “-” for descending order.

    The last field is unique, and none is ever NULL. A field is a column, or an annotation of text or numbers.
    """

    fields: tuple[str, ...]

    def __init__(self, *fields: str):
        object.__setattr__(self, "fields", fields)

    def cursor(self, row: Model, number: int) -> str:
        """The token of the page `number`, which begins after `row` or ends before it."""
        values = [_written(getattr(row, name)) for name, _falls in self._names]
        told = json.dumps([number, values], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")

    def read(self, token: str, rows: QuerySet) -> Cursor:
        """The cursor in `rows` that `token` holds. Raises BadCursor if it holds none."""
        number, values = self.told(token)
        try:
            pairs = zip(self._names, values, strict=True)
            return Cursor(token, number, tuple(_read(rows, name, value) for (name, _falls), value in pairs))
        except (ValueError, TypeError, ValidationError, OverflowError) as error:
            raise BadCursor from error

    def told(self, token: str) -> tuple[int, list]:
        """The page number in `token` and a value for each field, of any type. Raises BadCursor if it has none."""
        try:
            padded = token[:MAX_TOKEN] + "=" * (-len(token[:MAX_TOKEN]) % 4)
            number, values = json.loads(base64.urlsafe_b64decode(padded.encode()))
            if type(number) is not int or not 1 < number <= MAX_PAGE or len(values) != len(self.fields):
                raise BadCursor
            return number, list(values)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise BadCursor from error

    def after(self, rows: QuerySet, cursor: Cursor) -> QuerySet:
        """The `rows` after the cursor, in their order."""
        return rows.filter(self._beyond(cursor, lambda falls: falls)).order_by(*self.fields)

    def before(self, rows: QuerySet, cursor: Cursor) -> QuerySet:
        """The `rows` before the cursor, nearest first."""
        turned = (name if falls else f"-{name}" for name, falls in self._names)
        return rows.filter(self._beyond(cursor, lambda falls: not falls)).order_by(*turned)

    @property
    def _names(self) -> list[tuple[str, bool]]:
        return [(field.removeprefix("-"), field.startswith("-")) for field in self.fields]

    def _beyond(self, cursor: Cursor, is_less: Callable[[bool], bool]) -> Q:
        """Rows whose values come later: the first is beyond, or it is equal and the second is beyond, and so on."""
        same, beyond = Q(), []
        first: Q | None = None
        for (name, falls), value in zip(self._names, cursor.values, strict=True):
            lookup = "lt" if is_less(falls) else "gt"
            beyond.append(same & Q(**{f"{name}__{lookup}": value}))
            first = first or Q(**{f"{name}__{lookup}e": value})  # redundant, but an index can use it
            same &= Q(**{name: value})
        assert first is not None, "an order has a field"
        return first & reduce(or_, beyond)


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime | dt.date) else value


def _read(rows: QuerySet, name: str, value: Any) -> Any:
    """`value` in the type of the field. Raises ValueError, TypeError or ValidationError if it does not fit."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(name)
    if name in rows.query.annotations:
        field = rows.query.annotations[name].output_field
    else:
        field = rows.model._meta.pk if name == "pk" else rows.model._meta.get_field(name)
    read = field.to_python(value)
    if isinstance(field, DateTimeField) and read.tzinfo is None:
        raise ValueError(name)
    if (isinstance(read, str) and "\0" in read) or (isinstance(read, int) and abs(read) >= 2**63):
        raise ValueError(name)
    return read
