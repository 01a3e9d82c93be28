"""Which migrations would stop the pages: `python -m tests.lint_migrations`, part of `make lint`.

squawk checks the SQL of each migration after RELEASED: it knows which statements lock a table for long, and which break
the code that is still running. No database is needed. A migration that must do such a thing says so, with the reason,
in a comment:

    # squawk-ignore ban-drop-column: nothing has read it since 0.3.0
"""

import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

# The number of the last migration of each app in the last release: nobody had data before these. At a release, `python
# -m tests.lint_migrations --release` sets them to the current ones. (0.1.0 is not out yet.)
RELEASED = {"base": 2, "site": 4, "members": 16, "commitments": 15, "practices": 16, "digests": 11}
ROOT = Path(__file__).parent.parent
FOLDERS = {"base": ROOT / "scn_portal" / "base", "site": ROOT / "scn_portal" / "site"}
# Matters of taste, and what `migrate` itself takes care of. A foreign key comes with a new column, so it finds nothing
# to check; a constraint that is replaced by another one must be removed.
EXCLUDED = (
    "adding-foreign-key-constraint",
    "ban-drop-constraint",
    "prefer-text-field",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "require-lock-timeout",
    "require-statement-timeout",
)
IGNORE = re.compile(r"# squawk-ignore ([a-z-]+): \S.+")
POSTGRESQL = (15, 0)  # the oldest supported version


def after_release(app: str, name: str) -> bool:
    """Whether a migration comes after the last release. A squashed migration has the number of the first one that it
    replaces."""
    return int(name.partition("_")[0]) > RELEASED.get(app, 0)


def to_read() -> list[tuple[str, str]]:
    """App and name of each migration to check, in the order of their numbers."""
    found = []
    for app in RELEASED:
        names = sorted(path.stem for path in _folder(app).glob("[0-9]*.py"))
        found += [(app, name) for name in names if after_release(app, name)]
    return found


def _folder(app: str) -> Path:
    return FOLDERS.get(app, ROOT / app) / "migrations"


def release() -> None:
    """Write the last migration of each app into RELEASED, in this file."""
    last = {app: max(int(path.name[:4]) for path in _folder(app).glob("[0-9]*.py")) for app in RELEASED}
    line = "RELEASED = {" + ", ".join(f'"{app}": {number}' for app, number in last.items()) + "}"
    file = Path(__file__)
    file.write_text(re.sub(r"^RELEASED = .*", line, file.read_text(), count=1, flags=re.M))


def main(*arguments: str) -> int:
    """Print what squawk finds. Returns 1 if it finds anything, else 0."""
    if arguments == ("--release",):
        release()
        return 0
    chosen = to_read()
    if not chosen:
        return 0  # without loading Django
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.apps import apps

    if not apps.ready:  # not in a test: another setup would give the log a stream that ends with that test
        django.setup()
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    from scn_portal.base.migration_options import options_put_in_place

    loader = MigrationLoader(None)
    graph, state, faults = loader.graph, ProjectState(real_apps=loader.unmigrated_apps), []
    # One pass through all migrations, so that the state before each one is not built again.
    for key in dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf)):
        migration = graph.nodes[key]
        with options_put_in_place():
            if key in chosen:
                source = Path(sys.modules[type(migration).__module__].__file__ or "").read_text()
                faults += faults_of(migration, state, source)
            else:
                migration.mutate_state(state, preserve=False)
    print("\n".join(faults), end="\n" if faults else "")
    return int(bool(faults))


def faults_of(migration, state, source: str) -> list[str]:
    """What squawk finds in `migration`, which starts from `state`, except what comments in its `source` allow."""
    sql = sql_of(migration, state)
    found = squawk(sql, excluded=[*EXCLUDED, *IGNORE.findall(source)], in_transaction=migration.atomic)
    lines, new_tables = sql.splitlines(), set(re.findall(r'^CREATE TABLE ("\w+")', sql, re.M))
    return [
        f"{migration.app_label}/{migration.name}: {fault['rule_name']}: {fault['message']}\n    {lines[fault['line']]}"
        for fault in found
        if not any(f" {table} " in lines[fault["line"]] for table in new_tables)  # nobody reads a new table
    ]


def squawk(sql: str, *, excluded: list[str], in_transaction: bool) -> list[dict]:
    """The findings of squawk. Raises RuntimeError if it cannot read `sql`."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "squawk",
            *("--reporter", "json"),
            *("--pg-version", ".".join(map(str, POSTGRESQL))),
            *("--exclude", ",".join(excluded)),
            *(["--assume-in-transaction"] if in_transaction else []),
        ],
        input=sql,
        capture_output=True,
        text=True,
    )
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        raise RuntimeError(done.stdout + done.stderr) from error
    if syntax := [fault for fault in found if fault["rule_name"] == "syntax-error"]:
        raise RuntimeError(f"squawk cannot read this: {syntax}")
    return found


def sql_of(migration, state) -> str:
    """The SQL of `migration`, one statement after the other, without a database."""
    from django.db import connection

    offline = connection.copy()
    offline.pg_version = POSTGRESQL[0] * 10_000  # else Django would ask the server
    editor = offline.schema_editor(collect_sql=True)
    offline.ops.compose_sql = lambda sql, params: sql % tuple(editor.quote_value(value) for value in params)
    editor.deferred_sql = []
    asks_the_server = "django.contrib.postgres.operations.CreateExtension.database_forwards"  # and locks no table
    with (
        mock.patch("django.db.transaction.atomic", return_value=nullcontext()),  # of pgtrigger
        mock.patch(asks_the_server),
    ):
        migration.apply(state, editor, collect_sql=True)
    for statement in editor.deferred_sql:
        editor.execute(statement, None)
    return "\n".join(editor.collected_sql)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
