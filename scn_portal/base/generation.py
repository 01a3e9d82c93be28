"""The generation of what is public: one number that every committed change raises, by whatever way it came.

PostgreSQL raises it, by triggers at the commit (`scn_portal.base.triggers.RaisesGeneration`). What depends on all that
is public is kept under it: answers by their ETag, fragments that show the whole network.

The rule for whoever keeps something under the number: the number is read first, and only then what is kept. So what is
kept may be newer than its number, which costs one more build; never older, which would show it for ever. Within a
request the number is read once, at its start where the address is public.
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
    """`number` rises with each transaction that changed something public; `taken_down` with those after which something
    that was public must not be seen for a moment longer. Neither ever has a former value again."""

    number: int
    taken_down: int


_kept: ContextVar[list[Generation] | None] = ContextVar("generation", default=None)


def current() -> Generation:
    """The generation that was committed last. Within a request, as it was when first asked for.

    One query of a row, well under a millisecond. OperationalError where the database is away.
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
    """Inside the block, the generation is read once, when it is first asked for."""
    token = _kept.set([])
    try:
        yield
    finally:
        _kept.reset(token)


def raise_by_hand(*, taken_down: bool = False) -> None:
    """Raise it in this transaction, as the owner of the tables: after TRUNCATE, or a load that fires no triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT scn_raise_generation(%s)", [taken_down])


def _read() -> Generation:
    """By psycopg itself: it comes before every public answer, and what Django does around a query takes longer than
    the query. It is also the question whether a connection that was kept still answers, which Django would ask next."""
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
