import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg.errors import LockNotAvailable

from scn_portal.base import processes
from scn_portal.base.migration_options import options_put_in_place
from scn_portal.base.postgresql.pooled import require_a_session

LOCK_SECONDS = 5
# Seconds between two tries, in which requests are served: while a migration waits for a lock, all wait behind it.
PAUSES = (5, 15, 30, 60)


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} Waits {LOCK_SECONDS} seconds at most for a table that is in use, and tries again "
        f"{len(PAUSES)} times: what a migration began by then is undone, and the pages are served meanwhile."
    )

    def add_arguments(self, parser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--lock-timeout", type=float, default=LOCK_SECONDS, help="seconds to wait for a table")
        parser.add_argument("--no-retry", action="store_true", help="give up at the first table that is in use")

    def handle(self, *args, **options) -> None:
        connection, lock_seconds = connections[options["database"]], options["lock_timeout"]
        require_a_session(connection)
        processes.tell(connection)
        pauses = iter(() if options["no_retry"] else PAUSES)
        while True:
            try:
                with waiting_for_statements_and_not_for_locks(connection, lock_seconds):
                    before = MigrationRecorder(connection).applied_migrations().keys()
                    # With existing rows Django's usual, slower way is used; there are few migrations to run then.
                    with nullcontext() if before else options_put_in_place():
                        super().handle(*args, **options)
                    analyze_what_is_new(connection, before)
                    return
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                pause = next(pauses, None)
                if pause is None:
                    raise CommandError(in_use(connection, lock_seconds)) from error
                self.stderr.write(f"A table is in use. What this migration began is undone; again in {pause} seconds.")
                time.sleep(pause)


@contextmanager
def waiting_for_statements_and_not_for_locks(connection, lock_seconds: float) -> Iterator[None]:
    """Inside the block, a statement may take any time, but waits at most `lock_seconds` for a lock of somebody else."""
    connection.ensure_connection()
    patience, connection.connection.answer_seconds = connection.connection.answer_seconds, None
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = 0; SET lock_timeout = {int(lock_seconds * 1000)}")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            connection.connection.answer_seconds = patience
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout; RESET lock_timeout")


def analyze_what_is_new(connection, before: Collection) -> None:
    """Run ANALYZE after new migrations: the planner has no statistics about a new column or an indexed expression, and
    autovacuum only collects them once a tenth of the table has changed. A database without migrations `before` was
    empty and needs none."""
    if before and before != MigrationRecorder(connection).applied_migrations().keys():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def in_use(connection, lock_seconds: float) -> str:
    """The message for a table that stayed in use, with the sessions that have been in a transaction for the longest
    time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, usename, application_name, date_trunc('second', now() - xact_start)::text"
            " FROM pg_stat_activity"
            " WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
            " ORDER BY xact_start LIMIT 5"
        )
        rows = cursor.fetchall()
    sessions = "".join(f"\n  pid {pid}, {who} {what or ''}: in a transaction for {age}" for pid, who, what, age in rows)
    return (
        f"A table was in use for more than {lock_seconds:g} seconds each time. The migrations before this one are "
        f"applied, and nothing of this one: run `migrate` again.{sessions}"
    )
