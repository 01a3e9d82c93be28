"""Statements that stop after so many rows, however many there would be."""

from collections.abc import Sequence

from django.db import connections

# Where a LIMIT ends a join early, hashing or sorting one side first reads all of it. The planner does that wherever it
# cannot know how many rows match. Both at once with the statement, so that nothing more goes to the server and back.
_BY_INDEX = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
_AS_EVER = "; SET LOCAL enable_hashjoin = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT"


def fetch(using: str, sql: str, params: Sequence, *, by_index: bool = True) -> list[tuple]:
    """The rows of a SELECT whose parts all have a LIMIT, joined by indexes alone. One query.

    Without `by_index`, as the planner likes: for a statement that has no such LIMIT, or joins nothing.
    """
    with connections[using].cursor() as cursor:
        if not by_index:
            cursor.execute(sql, params)
            return cursor.fetchall()
        cursor.execute(f"{_BY_INDEX}{sql}{_AS_EVER}", params)
        cursor.set_result(-3)  # counted from the end: history and a pooler put statements of theirs in front
        return cursor.fetchall()


def without_switches(statement: str) -> str:
    """A statement that was sent by `fetch`, as it was handed in."""
    return statement.removeprefix(_BY_INDEX).removesuffix(_AS_EVER)
