"""Derived data that the database keeps so that no page computes it: rebuilding it, and checking it.

Each kind is registered once, in the `ready` of its app; `manage.py kept` rebuilds or checks all of them. The triggers
that keep a copy of rows up to date are `scn_portal.base.triggers.KeepsCopy`; `keeping` writes the function they call,
for migrations.

A copy that pages read has the trigger RaisesGeneration, so that a repair shows like any other change.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection
from django.db.models import Model


class Kept(Protocol):
    """One kind of kept data."""

    @property
    def name(self) -> str: ...

    def keep_all(self) -> int:
        """Rebuild all of it, in batches. Returns the number of rows kept."""

    def wrong(self) -> Sequence[object]:
        """What is missing, superfluous or different, as keys or in words. Empty if everything is correct."""


@dataclass(frozen=True)
class KeptCopy:
    """A table that two database functions maintain: for an array of keys, `rows` returns the rows as they should be,
    and `keep` writes them.

    The keys are primary keys of the table, or values of its column `by`. `keys` returns all keys there should be, in
    the order in which to write them. `differs` is an SQL condition on the rows `kept` and `now`, for a copy in which
    some differences are allowed. Each transaction takes `batch` keys.
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
    """Add a kind to what `manage.py kept` rebuilds and checks."""
    _registered[kept.name] = kept


def registered() -> dict[str, Kept]:
    """All kinds, by name."""
    return dict(_registered)


def keeping(
    function: str, *, table: str, columns: Sequence[str], rows: str, before: str = "", parameter: str = "the_keys"
) -> str:
    """For migrations: the SQL that creates `function`, which brings the rows of `table` with the given keys in line
    with the function `rows`. It writes only rows that differ, with the rights of the owner.

    `columns` are all columns of the table, in their order, the key first. `before` is a statement to run first, such as
    a lock that makes two transactions that change the same source rows run one after the other.
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
