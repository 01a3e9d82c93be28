"""Writing many rows fast: with COPY, while the triggers of the tables are off.

The module `records` then writes what the triggers would have written, with one statement for each table. CHECK
constraints, unique indexes and generated columns work as usual. Foreign keys are triggers too, so tests look for rows
with broken references.
"""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models

Row = dict[str, Any]
# The indexes of these tables are built again at the end, since adding a row to them costs more than the row itself.
REBUILT = ("practices_revision", "practices_searchedrevision", "commitments_pledge", "commitments_searchedpledge")


@contextmanager
def triggers_at_rest() -> Iterator[None]:
    """No trigger runs inside the block: no history, no records, no check of foreign keys. Raises ImproperlyConfigured
    in production.

    It must be used in a transaction, with which it ends at the latest, and by the owner of the database, who is a
    superuser.
    """
    if settings.PRODUCTION:
        raise ImproperlyConfigured("In production, no row is written without its history.")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def indexes_built_at_the_end() -> Iterator[None]:
    """Drop the search indexes of REBUILT, and create them again at the end of the block, as they were."""
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
    """The next primary keys of a table."""

    def __init__(self, model: type[models.Model]):
        self.next = (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1

    def __call__(self) -> int:
        self.next += 1
        return self.next - 1


def copy(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Write `rows`, which all have the same columns, in their order."""
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
    """Move the sequence, so that the next row gets a key after the existing ones."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT setval(pg_get_serial_sequence(%s, %s), GREATEST(1, (SELECT MAX("{column}") FROM {table})))',
            [table, column],
        )
