"""The database backend: Django's own, with a limit for every wait, and with support for a pooler and several servers.

The server enforces `statement_timeout`. A server that hangs (a frozen machine, a full network disk) enforces nothing,
and a client would wait for ever and block its thread.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.postgresql import base

from scn_portal.base.postgresql import addresses
from scn_portal.base.postgresql.pooled import is_pooled, say_first
from scn_portal.base.postgresql.time_outs import MARGIN, WORK

# Seconds after which a waiting thread checks for a Ctrl-C, as in psycopg.
LOOK_SECONDS = 0.1
NO_ANSWER = "the database does not answer"


class Silence:
    """Remembers, for all threads of this process, that the server did not answer.

    For SECONDS after that, no thread asks it; then one thread tries, while the others are still refused. So a server
    that hangs blocks one thread, and not all of them.
    """

    SECONDS = 3.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: float | None = None

    def refuse(self) -> None:
        """Raise psycopg.OperationalError if this thread must not ask the server now."""
        if self._until is None:
            return
        with self._lock:
            if self._until is not None and self._clock() < self._until:
                raise psycopg.OperationalError(NO_ANSWER)
            self._until = self._clock() + self.SECONDS

    def begins(self) -> None:
        self._until = self._clock() + self.SECONDS

    def ends(self) -> None:
        self._until = None


silence = Silence()


class Connection(psycopg.Connection):
    """Gives up after `answer_seconds` without an answer, and is then closed, since nobody knows what the server does
    with the statement. None means no limit."""

    answer_seconds: float | None = None

    def wait(self, gen: Any, interval: float = LOOK_SECONDS, timeout: float | None = None) -> Any:
        if timeout is not None or self.answer_seconds is None:
            return super().wait(gen, interval, timeout)
        silence.refuse()
        try:
            answer = super().wait(gen, interval, self.answer_seconds)
        except psycopg.errors._WaitTimeout as error:
            silence.begins()
            self.pgconn.finish()
            raise psycopg.OperationalError(NO_ANSWER) from error
        silence.ends()
        return answer


class DatabaseWrapper(base.DatabaseWrapper):
    """In its entry in DATABASES, ANSWER_SECONDS is the longest wait for an answer. With a pooler, EACH_TRANSACTION has
    the settings with which each transaction begins (`time_outs.TimeOuts.put_into`)."""

    Database = SimpleNamespace(**vars(psycopg) | {"connect": Connection.connect})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(say_first)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        silence.refuse()
        try:
            connection = super().get_new_connection(addresses.last_to_answer_first(conn_params))
        except psycopg.errors.ConnectionTimeout:
            silence.begins()
            raise
        silence.ends()
        addresses.answered(connection)
        connection.answer_seconds = self.settings_dict.get("ANSWER_SECONDS")
        return connection

    def chunked_cursor(self) -> Any:
        """A server-side cursor if possible: it needs one server while it is read, so behind a pooler a transaction."""
        return self.cursor() if is_pooled(self) and not self.in_atomic_block else super().chunked_cursor()

    def is_usable(self) -> bool:
        """Whether a persistent connection still answers, within the time limit for a new connection."""
        if self.connection is None:
            return False
        patience, self.connection.answer_seconds = self.connection.answer_seconds, self._connect_seconds()
        try:
            return super().is_usable()
        finally:
            self.connection.answer_seconds = patience

    def _connect_seconds(self) -> float | None:
        return self.settings_dict["OPTIONS"].get("connect_timeout")


@contextmanager
def as_long_as_a_worker() -> Iterator[None]:
    """Inside the block, which is in a transaction, a statement may take as long as one of a worker, even for a page."""
    connection, seconds = connections["default"], WORK.statement
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{seconds}s'")
    patience, connection.connection.answer_seconds = connection.connection.answer_seconds, seconds + MARGIN
    try:
        yield
    finally:
        if connection.connection is not None:
            connection.connection.answer_seconds = patience
