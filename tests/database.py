"""Helpers for tests of the database: expecting a violation, listing constraints, saving and restoring rows."""

import fcntl
import pickle
import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def refused_by(name: str):
    """Expect the database to refuse the block, with a message that has `name`, the name of a constraint or other
    words."""
    with pytest.raises(DatabaseError, match=re.escape(name)), transaction.atomic():
        yield


def constraints_of(app_label: str) -> set[str]:
    """The names of every constraint that the models of an app declare."""
    return {
        constraint.name
        for model in apps.get_app_config(app_label).get_models()
        for constraint in model._meta.constraints
    }


class Snapshot:
    """Every row of every table when this object was created. `restore` is many times faster than loading the rows
    again."""

    def __init__(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            self._sequences = _rows(cursor, "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences")
            self._tables = {}
            for table, columns in _rows(cursor, _COLUMNS):
                with cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT') as copy:
                    self._tables[table] = (columns, b"".join(bytes(part) for part in copy))
            self._checksums = self._current_checksums(cursor)

    def restore(self) -> None:
        """Bring the database back to the state of the snapshot, rows and sequences."""
        with transaction.atomic(), connection.cursor() as cursor:
            # Append-only tables and foreign keys are not checked here.
            cursor.execute("SET LOCAL session_replication_role = replica")
            current = self._current_checksums(cursor)
            # Most tests touch a few tables. Emptying all of them and creating every permission again, as Django's
            # `flush` does, takes ten times as long.
            for table in [table for table, checksum in self._checksums.items() if current[table] != checksum]:
                columns, rows = self._tables[table]
                cursor.execute(f'DELETE FROM "{table}"')
                with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                    copy.write(rows)
            names, lasts = zip(*self._sequences, strict=True)
            cursor.execute(_SEQUENCES_SET, [list(names), list(lasts)])
        ContentType.objects.clear_cache()

    def _current_checksums(self, cursor) -> dict[str, tuple]:
        selects = (
            f'SELECT \'{table}\', count(*), sum(hashtextextended("{table}"::text, 0)) FROM "{table}"'
            for table in self._tables
        )
        return {table: checksum for table, *checksum in _rows(cursor, " UNION ALL ".join(selects))}


def once_a_run(kept: Path, load: Callable[[], None]) -> Snapshot:
    """A snapshot of the rows that `load` writes, which are in the database afterwards. The first process of the run
    that calls this loads them and saves them in the file `kept`; the others wait for that, and restore them from
    there."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            snapshot: Snapshot = pickle.loads(kept.read_bytes())
            snapshot.restore()
        else:
            load()
            snapshot = Snapshot()
            kept.write_bytes(pickle.dumps(snapshot))
    return snapshot


class Standing:
    """The state to which the database of a process is restored after a test that commits: the one after the migrations
    or, as long as consecutive tests use the same rows, those rows. Such tests use a fixture, whose name is then in
    `fixture`."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self._blocker, self.fixture = blocker, ""
        with blocker.unblock():
            self._migrated = self._standing = Snapshot()

    def restore(self) -> None:
        self._standing.restore()

    def stay(self, snapshot: Snapshot, fixture: str) -> None:
        """From now on, restore the rows of `snapshot`, which are in the database now, after each test."""
        self._standing, self.fixture = snapshot, fixture

    def leave(self) -> None:
        """Restore the state after the migrations."""
        self._standing, self.fixture = self._migrated, ""
        with self._blocker.unblock():
            self.restore()


STANDING = pytest.StashKey[Standing]()  # in the configuration of a process, once it has a database

# The columns of each table that can be written, so without generated ones.
_COLUMNS = """
    SELECT table_name, string_agg(quote_ident(column_name), ',' ORDER BY ordinal_position)
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
        AND table_name <> 'django_migrations'
    GROUP BY table_name
"""


_SEQUENCES_SET = """
    SELECT setval(name::regclass, COALESCE(last, 1), last IS NOT NULL)
    FROM unnest(%s::text[], %s::bigint[]) AS sequences (name, last)
"""


def _rows(cursor, query: str) -> list[tuple]:
    cursor.execute(query)
    return cursor.fetchall()
