"""Running a statement that was composed as SQL, if needed with some methods of the query planner disabled."""

from collections.abc import Sequence

from django.db import connections

# If a LIMIT ends a join early, hashing or sorting one side first would read all of it. The planner does so when it
# cannot estimate how many rows match.
BY_INDEX = ("enable_hashjoin", "enable_mergejoin")
# For a condition that an index answers and that is expensive to check row by row, which the planner underestimates.
BY_WORDS = ("enable_indexscan", "enable_seqscan")
# For reading rows in the order of an index until a LIMIT: parallel processes would read far more than is needed.
IN_ORDER = ("enable_gathermerge",)


def fetch(using: str, sql: str, params: Sequence, *, off: Sequence[str] = ()) -> list[tuple]:
    """The rows of a SELECT, in one query. `off` are settings of the planner to disable for it: BY_INDEX if all parts
    have a LIMIT and all joins should use indexes; BY_WORDS to find the rows of a table only by its index of words;
    IN_ORDER to read rows in the order of an index until there are enough."""
    with connections[using].cursor() as cursor:
        # Settings and statement in one message, which saves round trips.
        cursor.execute(f"{_before(off)}{sql}{_after(off)}", params)
        if off:  # counted from the end: history and a pooler add statements in front
            cursor.set_result(-1 - len(off))
        return cursor.fetchall()


def handed_in(statement: str) -> tuple[str, Sequence[str]]:
    """The SELECT in a statement that `fetch` may have sent, and the settings that were disabled for it."""
    for off in (BY_INDEX, BY_WORDS, IN_ORDER):
        if statement.startswith(_before(off)):
            return statement.removeprefix(_before(off)).removesuffix(_after(off)), off
    return statement, ()


def _before(off: Sequence[str]) -> str:
    return "".join(f"SET LOCAL {name} = off; " for name in off)


def _after(off: Sequence[str]) -> str:
    return "".join(f"; SET LOCAL {name} = DEFAULT" for name in off)
