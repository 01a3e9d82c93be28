"""The generation of the public content: one number that every committed public change raises, whichever code made it.

Triggers raise it at the commit (`scn_portal.base.triggers.RaisesGeneration`). ETags, and fragments that show the whole
network, depend on it.

The rule for keeping something under the number: read the number first, and only then the content. The content may then
be newer than its number, which costs one more build, but never older, which would show old content for ever. Within a
request the number is read once; on public addresses, at the start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection

DATABASE_AWAY = (OperationalError, InterfaceError)
_READ = "SELECT max(number), max(taken_down) FROM base_generation"


@dataclass(frozen=True)
class Generation:
    """`number` rises with each transaction that changes something public; `taken_down` only with those after which
    something that was public must no longer be seen. Neither ever returns to an earlier value."""

    number: int
    taken_down: int


_kept: ContextVar[list[Generation] | None] = ContextVar("generation", default=None)


def current() -> Generation:
    """The latest committed generation; within a request, the one that was read first.

    One query for one row, well under a millisecond. Raises OperationalError if the database is away.
    """
    kept = _kept.get()
    if kept:
        return kept[0]
    generation = _read()
    if kept is not None:
        kept.append(generation)
    return generation


@contextmanager
def read_once() -> Iterator[None]:
    """Inside the block, the generation is read only once, when it is first needed."""
    token = _kept.set([])
    try:
        yield
    finally:
        _kept.reset(token)


def raise_by_hand(*, taken_down: bool = False) -> None:
    """Raise it in this transaction, as the owner of the tables, after TRUNCATE or a load without triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT scn_raise_generation(%s)", [taken_down])


def _read() -> Generation:
    """Read it with psycopg directly: every public answer needs it, and Django's work around a query takes longer than
    the query. It also replaces Django's own check whether a persistent connection still answers."""
    kept = connection.connection is not None
    connection.ensure_connection()
    try:
        found = _ask()
    except DATABASE_AWAY:
        if not kept or connection.in_atomic_block:
            raise
        connection.close()
        connection.ensure_connection()
        found = _ask()
    connection.health_check_done = True
    return Generation(*found)


def _ask() -> tuple[int, int]:
    with connection.wrap_database_errors:
        return connection.connection.execute(_READ).fetchone()
