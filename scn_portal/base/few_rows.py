"""Statements that stop after so many rows, however many there would be."""

from collections.abc import Sequence

from django.db import connections

# Where a LIMIT ends a join early, hashing or sorting one side first reads all of it. The planner does that wherever it
# cannot know how many rows match. All at once with the statement, so that nothing more goes to the server and back.
BY_INDEX = ("enable_hashjoin", "enable_mergejoin")
IN_ORDER = (*BY_INDEX, "enable_sort")


def fetch(using: str, sql: str, params: Sequence, *, in_order: bool = False) -> list[tuple]:
    """The rows of a SELECT whose parts all have a LIMIT, joined by indexes alone. One query.

    With `in_order`, each part is read by an index that has its order until it is full: for an order of many rows, of
    which a good share are wanted.
    """
    off = IN_ORDER if in_order else BY_INDEX
    before = "".join(f"SET LOCAL {name} = off; " for name in off)
    after = "".join(f"; SET LOCAL {name} = DEFAULT" for name in off)
    with connections[using].cursor() as cursor:
        cursor.execute(f"{before}{sql}{after}", params)
        # Counted from the end: history and a pooler put statements of theirs in front.
        cursor.set_result(-1 - len(off))
        return cursor.fetchall()
