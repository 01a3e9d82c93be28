"""Statements that stop after so many rows, however many there would be."""

from collections.abc import Sequence

from django.db import connections

# Where a LIMIT ends a join early, hashing or sorting one side first reads all of it. The planner does that wherever it
# cannot know how many rows match. Both at once with the statement, so that nothing more goes to the server and back.
_BY_INDEX = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
_AS_EVER = "; SET LOCAL enable_hashjoin = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT"


def fetch(using: str, sql: str, params: Sequence) -> list[tuple]:
    """The rows of a SELECT whose parts all have a LIMIT, joined by indexes alone. One query."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"{_BY_INDEX}{sql}{_AS_EVER}", params)
        cursor.set_result(-3)  # counted from the end: history and a pooler put statements of theirs in front
        return cursor.fetchall()
