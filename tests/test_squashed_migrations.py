"""The short way to a database, by one migration an app, and the long way by those that it replaces: one result.

A database that began on the long way goes on with it; one that ended it has nothing to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.writer import MigrationWriter

from tests.schema import schema

OURS = ("base", "members", "commitments", "practices", "digests", "site")
SQUASHED = {app: {key for key in MigrationLoader(None).replacements if key[0] == app} for app in OURS}
LONG_WAY = MigrationLoader(None, replace_migrations=False)
# The last migrations of earlier states of the portal, each of which somebody may have a demo of.
BEFORE_THE_DESK = [
    ("members", "0007_public_record"),
    ("commitments", "0004_public_record"),
    ("practices", "0006_public_record"),
    ("digests", "0008_plain_words"),
    ("site", "0001_text_pages"),
]
AT_FIRST = [
    ("members", "0001_initial"),
    ("commitments", "0002_initial"),
    ("practices", "0001_initial"),
    ("digests", "0002_initial"),
]
# `NextIssue` had another name once, and PostgreSQL keeps the names of what belongs to a table that is renamed.
RENAMED = {"digests_upcoming": "digests_nextissue", "cac0172e": "46b68268", "10d1c26d": "480263f3"}
# Earlier reasons may be shorter: the long way does not look at them.
NOT_CHECKED = "commitments_progressupdate.update_gives_its_reason"


def is_squashed(key: tuple[str, str]) -> bool:
    return key in SQUASHED.get(key[0], ())


def replaced(key: tuple[str, str]) -> set[tuple[str, str]]:
    return set(LONG_WAY.disk_migrations[key].replaces)


def ends_of_the_long_way() -> list[tuple[str, str]]:
    """The last migration of each app, without those that replace others and all that comes after these."""
    return [max(replaced(key)) for keys in SQUASHED.values() for key in keys]


def plan() -> list[tuple[str, str]]:
    """What `migrate` would do here, in its order. InconsistentMigrationHistory where it would refuse."""
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _backwards in steps]


def forget_all_but(keys: set[tuple[str, str]]) -> None:
    """Have the records say that of our migrations only `keys` were done."""
    for row in MigrationRecorder(connection).migration_qs.filter(app__in=OURS):
        if (row.app, row.name) not in keys:
            row.delete()


def up_to(targets: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """`targets` and all that they build on, on the long way."""
    return {key for target in targets for key in LONG_WAY.graph.forwards_plan(target) if not is_squashed(key)}


# --- What the files say ----------------------------------------------------------------------------------------------


def test_every_app_with_more_than_one_replaced_migration_has_one_that_replaces_them():
    assert {app: len(keys) for app, keys in SQUASHED.items()} == dict.fromkeys(OURS, 1) | {"base": 0}
    for app, keys in SQUASHED.items():
        for key in keys:
            last = max(replaced(key))
            assert (
                replaced(key) == {each for each in LONG_WAY.disk_migrations if each[0] == app and each <= last} - keys
            )


def test_both_ways_lead_to_the_same_models():
    short = MigrationLoader(None).project_state([key for keys in SQUASHED.values() for key in keys])
    long = LONG_WAY.project_state(ends_of_the_long_way())
    for key, model in long.models.items():
        assert key in short.models
        same = short.models[key]
        assert (same.bases, same.options) == (model.bases, model.options)
        assert MigrationWriter.serialize(sorted(same.fields.items())) == MigrationWriter.serialize(
            sorted(model.fields.items())
        )
    assert set(short.models) == set(long.models)


# --- What databases go on with ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_empty_database_takes_the_short_way():
    MigrationRecorder(connection).migration_qs.all().delete()
    ours = [key for key in plan() if key[0] in OURS]
    assert {key for keys in SQUASHED.values() for key in keys} <= set(ours)
    assert not any(key in replaced(short) for keys in SQUASHED.values() for short in keys for key in ours)


@pytest.mark.django_db
def test_a_database_that_ended_the_long_way_has_nothing_of_it_to_do():
    forget_all_but(up_to(ends_of_the_long_way()))
    assert not set(plan()) & (up_to(ends_of_the_long_way()) | {key for keys in SQUASHED.values() for key in keys})


@pytest.mark.django_db
@pytest.mark.parametrize("targets", [AT_FIRST, BEFORE_THE_DESK], ids=["at-first", "before-the-desk"])
def test_a_database_that_began_the_long_way_goes_on_with_it(targets):
    done = up_to(targets)
    forget_all_but(done)
    steps = set(plan())
    for app, keys in SQUASHED.items():
        began = any(key[0] == app for key in done)
        rest = {key for short in keys for key in replaced(short)} - done
        assert (rest if began else keys) <= steps
        assert not (keys if began else rest) & steps


# --- What they are then ----------------------------------------------------------------------------------------------


@contextmanager
def another_database(name: str) -> Iterator[None]:
    """Connected to a new, empty database, which is dropped at the end."""
    usual = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


def go_the_long_way(targets: list[tuple[str, str]]) -> None:
    """Migrate as a checkout did that had none of the squashed migrations yet."""
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    executor.migrate(targets)
    MigrationRecorder(connection).migration_qs.filter(app__in=OURS, name__contains="_squashed_").delete()


def by_the_names_of_today(lines: set[str]) -> set[str]:
    for before, now in RENAMED.items():
        lines = {line.replace(before, now) for line in lines}
    return {line.removesuffix(" NOT VALID") if line.startswith(NOT_CHECKED) else line for line in lines}


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun", [AT_FIRST, BEFORE_THE_DESK, None], ids=["at-first", "before-the-desk", "whole"])
def test_both_ways_lead_to_the_same_database(begun):
    with another_database("scn_long_way"):
        go_the_long_way(begun or ends_of_the_long_way())
        call_command("migrate", verbosity=0)
        assert plan() == []
        long = schema()
    with another_database("scn_short_way"):
        call_command("migrate", verbosity=0)
        assert plan() == []
        short = schema()
    for kind, lines in long.items():
        assert by_the_names_of_today(lines) ^ short[kind] == set()
    assert min(map(len, short.values())) > 0


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_the_short_way_can_be_gone_back():
    with another_database("scn_back_again"):
        call_command("migrate", verbosity=0)
        for app in reversed(OURS):
            call_command("migrate", app, "zero", verbosity=0)
        tables = connection.introspection.table_names()
    assert [table for table in tables if table.startswith(OURS)] == []
