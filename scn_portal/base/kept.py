"""What the database keeps so that no page computes it: making all of it anew, and comparing it with what is true.

Whoever keeps something registers it once, in the `ready` of its app; `manage.py kept` makes it anew, or compares. What
a migration creates for a copy of rows, the function that keeps it true, is written by `keeping`; the triggers that call
it are `scn_portal.base.triggers.KeepsCopy`.

A copy that a page reads has the trigger RaisesGeneration, so that a repair is seen as any other change is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection
from django.db.models import Model


class Kept(Protocol):
    """Something that is kept."""

    @property
    def name(self) -> str: ...

    def keep_all(self) -> int:
        """Make all of it anew, some at a time. Returns how many rows are kept."""

    def wrong(self) -> Sequence[object]:
        """What is kept and should not be so, or should be kept and is not: keys, or words. Empty where all is true."""


@dataclass(frozen=True)
class KeptCopy:
    """A table of which two functions of the database know the rows: for an array of keys, `rows` returns them as they
    should be, and `keep` writes them.

    The keys are those of the table, or what its column `by` refers to. `keys` returns all that there should be, in the
    order in which to write them. `differs` is a condition in SQL on the rows `kept` and `now`, for a copy of which not
    every difference is wrong. `batch` keys are one transaction.
    """

    name: str
    model: type[Model]
    rows: str
    keep: str
    keys: Callable[[], Iterable[int]]
    by: str = ""
    differs: str = "kept IS DISTINCT FROM now"
    batch: int = 1_000

    def keep_all(self) -> int:
        for keys in self._batches():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {self.keep}(%s)", [keys])
        return self.model._default_manager.count()

    def wrong(self) -> list[int]:
        table, key = self.model._meta.db_table, self.model._meta.pk.column
        found: list[int] = []
        for keys in self._batches():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT COALESCE(kept.{key}, now.{key})"
                    f" FROM (SELECT * FROM {table} WHERE {self.by or key} = ANY (%s)) AS kept"
                    f" FULL JOIN {self.rows}(%s) AS now ON now.{key} = kept.{key} WHERE {self.differs}",
                    [keys, keys],
                )
                found += [pk for (pk,) in cursor.fetchall()]
        return found

    def _batches(self) -> Iterator[list[int]]:
        kept = self.model._default_manager.order_by("pk").values_list(self.by or "pk", flat=True)
        keys = list(dict.fromkeys([*self.keys(), *kept]))
        for start in range(0, len(keys), self.batch):
            yield keys[start : start + self.batch]


_registered: dict[str, Kept] = {}


def register(kept: Kept) -> None:
    """Have `manage.py kept` know it."""
    _registered[kept.name] = kept


def registered() -> dict[str, Kept]:
    """All that is kept, by name."""
    return dict(_registered)


def keeping(
    function: str, *, table: str, columns: Sequence[str], rows: str, before: str = "", parameter: str = "the_keys"
) -> str:
    """For migrations: the SQL that creates `function`, which makes the rows of `table` with these keys what the
    function `rows` says they are. Only what differs is written, with the rights of the owner.

    `columns` are all of the table, in their order, the key first. `before` is a statement that comes first, such as the
    lock under which two transactions that change what the rows are made of are one after the other.
    """
    key, *others = columns
    return f"""
CREATE FUNCTION {function}({parameter} bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    {before}
    DELETE FROM {table} kept WHERE {key} = ANY ({parameter})
        AND NOT EXISTS (SELECT FROM {rows}({parameter}) now WHERE now.{key} = kept.{key});
    INSERT INTO {table} AS kept SELECT * FROM {rows}({parameter})
    ON CONFLICT ({key}) DO UPDATE SET ({", ".join(others)})
        = ({", ".join(f"excluded.{column}" for column in others)})
    WHERE kept IS DISTINCT FROM excluded;
END $$;
"""
