"""Statements that are put together as SQL, and switches of the planner for one of them."""

from collections.abc import Sequence

from django.db import connections

# Where a LIMIT ends a join early, hashing or sorting one side first reads all of it. The planner does that wherever it
# cannot know how many rows match; what is searched and counted in one narrow table leaves it no such way.
BY_INDEX = ("enable_hashjoin", "enable_mergejoin")
# For a condition whose words an index has, and that is dear to look for in a row: the planner takes it for cheap.
BY_WORDS = ("enable_indexscan", "enable_seqscan")
# For rows in the order of an index until a LIMIT: processes beside read far more, and take longer to begin than that.
IN_ORDER = ("enable_gathermerge",)


def fetch(using: str, sql: str, params: Sequence, *, off: Sequence[str] = ()) -> list[tuple]:
    """The rows of a SELECT. One query, with the switches `off` of the planner turned off for it: BY_INDEX, where all of
    its parts have a LIMIT and its joins go by indexes alone; BY_WORDS, to find rows of one table by the index of its
    words alone; IN_ORDER, to read them in the order of an index until there are enough."""
    with connections[using].cursor() as cursor:
        # All at once with the statement, so that nothing more goes to the server and back.
        cursor.execute(f"{_before(off)}{sql}{_after(off)}", params)
        if off:  # counted from the end: history and a pooler put statements of theirs in front
            cursor.set_result(-1 - len(off))
        return cursor.fetchall()


def handed_in(statement: str) -> tuple[str, Sequence[str]]:
    """Of a statement that `fetch` sent, or anybody: its SELECT, and which switches were off."""
    for off in (BY_INDEX, BY_WORDS, IN_ORDER):
        if statement.startswith(_before(off)):
            return statement.removeprefix(_before(off)).removesuffix(_after(off)), off
    return statement, ()


def _before(off: Sequence[str]) -> str:
    return "".join(f"SET LOCAL {name} = off; " for name in off)


def _after(off: Sequence[str]) -> str:
    return "".join(f"; SET LOCAL {name} = DEFAULT" for name in off)
