"""Behind a pooler in transaction mode: whoever commits gives the server to somebody else.

So nothing is left in a session that others get, and nothing there is relied upon. What a session would be told once
(the time-outs, the name under which history keeps a change) is told with each transaction and for it alone, in front
of its first statement and in the same message: it takes no round trip more. Outside a transaction a statement is a
transaction of its own.
"""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql as quoting
from psycopg.pq import TransactionStatus

# What PostgreSQL runs in a message of its own alone. Who needs it connects past the pooler.
ALONE = ("vacuum", "create database", "drop database", "alter system")


# Besides the time-outs: the name of a setting, and what it is now.
also_said: dict[str, Callable[[], str]] = {}


def is_pooled(connection: BaseDatabaseWrapper) -> bool:
    return "EACH_TRANSACTION" in connection.settings_dict


def leads_through_a_pooler(connection: BaseDatabaseWrapper) -> bool:
    """Whether somebody stands in between: a pooler gives its clients numbers of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0] != connection.connection.info.backend_pid


def require_a_session(connection: BaseDatabaseWrapper) -> None:
    """Called by what needs one session from its start to its end: migrations, pg_dump. CommandError behind a pooler."""
    connection.ensure_connection()
    if leads_through_a_pooler(connection):
        raise CommandError("This needs PostgreSQL itself, and DATABASE_URL leads to a pooler: give that of the server.")
    connection.settings_dict.pop("EACH_TRANSACTION", None)


def say_first(execute: Callable, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """A wrapper of Django for every statement of a connection (`execute_wrappers`)."""
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
    """`SET LOCAL` and not set_config(), which would be a query, after which the isolation cannot be chosen."""
    said = connection.settings_dict["EACH_TRANSACTION"] | {name: value() for name, value in also_said.items()}
    return "".join(f"SET LOCAL {name} = {_literal(connection, value)}; " for name, value in said.items())


def _literal(connection: BaseDatabaseWrapper, value: str) -> str:
    return quoting.Literal(value).as_string(connection.connection)
