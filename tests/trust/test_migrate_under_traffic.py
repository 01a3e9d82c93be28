"""`migrate` does not make the pages wait behind it: it gives up a table that is in use, and comes back for it.

In brief with a statement in the place of the migrations; by `make soak` with a migration of an app of its own.
"""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands import migrate as djangos
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from scn_portal.base.management.commands import migrate
from tests.factories import RegionFactory
from tests.trust.web_server import url_of_the_test_database

pytestmark = pytest.mark.django_db(transaction=True)


def columns() -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, "members_region")}


@pytest.fixture
def reader() -> Iterator[psycopg.Connection]:
    """Somebody who reads the regions, and takes their time."""
    with psycopg.connect(url_of_the_test_database()) as reader:
        reader.execute("SET application_name = 'a slow reader'")
        reader.execute("SELECT * FROM members_region")
        yield reader


@pytest.fixture
def a_column_to_come(monkeypatch) -> Iterator[None]:
    """In the place of all migrations."""

    def add_a_column(command, **options) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE members_region ADD COLUMN note_of_the_test text")

    monkeypatch.setattr(djangos.Command, "handle", add_a_column)
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE members_region DROP COLUMN IF EXISTS note_of_the_test")


def test_a_table_that_stays_in_use_ends_it_with_words_about_who_uses_it(a_column_to_come, reader, capsys, monkeypatch):
    monkeypatch.setattr(migrate, "PAUSES", (0, 0))
    with pytest.raises(CommandError, match=r"in use for more than 0\.05 seconds[^$]+a slow reader"):
        call_command("migrate", lock_timeout=0.05)
    assert capsys.readouterr().err.count("again in 0 seconds") == 2
    assert "note_of_the_test" not in columns()


def test_it_comes_back_once_the_table_is_free(a_column_to_come, reader, monkeypatch):
    monkeypatch.setattr(migrate.time, "sleep", lambda seconds: reader.rollback())
    call_command("migrate", lock_timeout=0.05)
    assert "note_of_the_test" in columns()


def test_pages_are_read_between_its_tries(a_column_to_come, reader, monkeypatch):
    """While it waits for the slow reader, a second one waits behind it, and no longer than it waits itself."""
    read = []

    def second_reader() -> None:
        with psycopg.connect(url_of_the_test_database()) as second:
            read.append(second.execute("SELECT count(*) FROM members_region").fetchone())

    thread = threading.Thread(target=second_reader)

    def pages_pass(seconds: float) -> None:
        thread.start()
        thread.join(60)
        assert read  # the slow reader still holds the table
        reader.rollback()

    monkeypatch.setattr(migrate.time, "sleep", pages_pass)
    call_command("migrate", lock_timeout=0.05)
    assert "note_of_the_test" in columns()


@pytest.mark.django_db  # in a transaction that is rolled back, with its line in the table of migrations
def test_the_planner_knows_the_tables_once_something_was_migrated():
    def rows_expected() -> float:
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'members_region'")
            return cursor.fetchone()[0]

    for number in range(3):
        RegionFactory(slug=f"region-{number}")
    call_command("migrate", verbosity=0)
    assert rows_expected() != 3, "nothing was to be done"
    MigrationRecorder(connection).record_unapplied("digests", "0014_tally")
    call_command("migrate", "digests", fake=True, verbosity=0)
    assert rows_expected() == 3


def test_another_failure_is_told_at_once_and_the_connection_is_as_it_was(a_column_to_come, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()
    call_command("migrate")
    with pytest.raises(Exception, match="already exists"):
        call_command("migrate")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == before


@pytest.mark.soak
def test_a_real_migration_of_a_table_in_use(reader, settings, capsys):
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.trust.late_app"]
    try:
        with pytest.raises(CommandError, match="a slow reader"):
            call_command("migrate", "late_app", lock_timeout=0.1, no_retry=True)
        assert "note_of_the_test" not in columns()
        reader.rollback()
        call_command("migrate", "late_app", lock_timeout=0.1, no_retry=True)
        assert "note_of_the_test" in columns()
    finally:
        call_command("migrate", "late_app", "zero", verbosity=0)
