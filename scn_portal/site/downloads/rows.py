"""Reading many rows without holding all of them in memory: in chunks, by their keys, since server-side cursors do not
work behind PgBouncer."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet

# A file with at most this many rows costs about as much as a page, and is made while the reader waits.
AT_ONCE = 300
ROWS_PER_CHUNK = 500


def few(rows: QuerySet) -> list[Any] | None:
    """The rows, if there are at most AT_ONCE; else None."""
    found = list(rows[: AT_ONCE + 1])
    return found if len(found) <= AT_ONCE else None


class Chunked:
    """The rows of a queryset, in its order, read in chunks during iteration. `say` is called with the number of rows
    read so far."""

    def __init__(self, rows: QuerySet, say: Callable[[int], None] = lambda count: None) -> None:
        self._rows, self._say = rows, say
        self._keys = list(rows.values_list("pk", flat=True))

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self._keys), ROWS_PER_CHUNK):
            keys = self._keys[start : start + ROWS_PER_CHUNK]
            read = {row.pk: row for row in self._rows.filter(pk__in=keys).order_by()}
            yield from (read.pop(key) for key in keys if key in read)  # so that no two chunks are held at once
            self._say(start + len(keys))
