"""Writing many rows fast: COPY, with the triggers of the tables at rest.

What the triggers would have written is written afterwards, a statement a table: see `records`. CHECK constraints,
unique indexes and generated columns hold as ever. Foreign keys are triggers too: tests look for rows that lead nowhere.
"""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models

Row = dict[str, Any]
# Built anew at the end: to add a row to them costs more than the row.
REBUILT = ("practices_revision", "practices_searchedrevision", "commitments_pledge", "commitments_searchedpledge")


@contextmanager
def triggers_at_rest() -> Iterator[None]:
    """Inside, no trigger runs: no history, no records, no check of foreign keys. ImproperlyConfigured in production.

    Inside a transaction, whose end is also the end of it; by the owner of the database alone, who is a superuser.
    """
    if settings.PRODUCTION:
        raise ImproperlyConfigured("In production, no row is written without its history.")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def indexes_built_at_the_end() -> Iterator[None]:
    """Drop the search indexes of REBUILT, and make them again, as they were, when the rows are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema"
            " AND tablename = ANY(%s) AND indexdef LIKE '%% USING gin %%'",
            [list(REBUILT)],
        )
        dropped = cursor.fetchall()
        for name, _definition in dropped:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _name, definition in dropped:
            cursor.execute(definition)


class Keys:
    """The primary keys that come next, of one table."""

    def __init__(self, model: type[models.Model]):
        self.next = (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1

    def __call__(self) -> int:
        self.next += 1
        return self.next - 1


def copy(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Write `rows`, all with the same columns, in the order in which they come."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    columns = ", ".join(f'"{column}"' for column in first)
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as receiver,
    ):
        for row in itertools.chain([first], rows):
            receiver.write_row(list(row.values()))
    _move_sequence(model)


def _move_sequence(model: type[models.Model]) -> None:
    """The next row that anybody writes has a key after those that are there."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT setval(pg_get_serial_sequence(%s, %s), GREATEST(1, (SELECT MAX("{column}") FROM {table})))',
            [table, column],
        )
