"""For a pooler in transaction mode: after each commit, the pooler gives the server to another client.

So nothing is left in a session, and nothing in it is relied upon. Settings that a session would get once (time-outs,
the name of the process for history) are made for each transaction, before its first statement and in the same message,
which costs no additional round trip. Outside a transaction, each statement is its own transaction.
"""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql as quoting
from psycopg.pq import TransactionStatus

# Statements that PostgreSQL runs only in a separate message. Code that needs them connects without the pooler.
ALONE = ("vacuum", "create database", "drop database", "alter system")


# More settings, in addition to the time-outs: their names, and functions for their current values.
also_said: dict[str, Callable[[], str]] = {}


def is_pooled(connection: BaseDatabaseWrapper) -> bool:
    return "EACH_TRANSACTION" in connection.settings_dict


def leads_through_a_pooler(connection: BaseDatabaseWrapper) -> bool:
    """Whether there is a pooler in between: it gives its clients other process ids than PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0] != connection.connection.info.backend_pid


def require_a_session(connection: BaseDatabaseWrapper) -> None:
    """Called by commands that need one session from start to end, such as migrations and pg_dump. Raises CommandError
    behind a pooler."""
    connection.ensure_connection()
    if leads_through_a_pooler(connection):
        raise CommandError("This needs PostgreSQL itself, and DATABASE_URL leads to a pooler: give that of the server.")
    connection.settings_dict.pop("EACH_TRANSACTION", None)


def say_first(execute: Callable, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """A wrapper for every statement of a connection (Django's `execute_wrappers`): makes the settings first, if the
    statement begins a transaction behind a pooler."""
    connection: BaseDatabaseWrapper = context["connection"]
    if not is_pooled(connection) or not _begins_a_transaction(connection) or _is_alone(sql):
        return execute(sql, params, many, context)
    said = _as_sql(connection)
    if many and connection.get_autocommit():
        with transaction.atomic(using=connection.alias):
            return say_first(execute, sql, params, many, context)
    if (
        many or getattr(context["cursor"], "name", None) or not isinstance(sql, str)
    ):  # nothing fits in front: a message before
        connection.connection.execute(said)
        return execute(sql, params, many, context)
    done = execute((said if params is None else said.replace("%", "%%")) + sql, params, many, context)
    while done is not None and done.nextset():
        pass
    return done


def _begins_a_transaction(connection: BaseDatabaseWrapper) -> bool:
    return connection.connection.info.transaction_status == TransactionStatus.IDLE


def _is_alone(sql: Any) -> bool:
    start = sql.lstrip()[:200].lower() if isinstance(sql, str) else ""
    return start.startswith(ALONE) or "concurrently" in start


def _as_sql(connection: BaseDatabaseWrapper) -> str:
    """The settings as SQL. It is `SET LOCAL`, since after a query such as set_config(), the isolation level cannot be
    set."""
    said = connection.settings_dict["EACH_TRANSACTION"] | {name: value() for name, value in also_said.items()}
    return "".join(f"SET LOCAL {name} = {_literal(connection, value)}; " for name, value in said.items())


def _literal(connection: BaseDatabaseWrapper, value: str) -> str:
    return quoting.Literal(value).as_string(connection.connection)
