"""Triggers that keep `PublicRecord`, the generation and copies of rows up to date, whatever code changes a row.

Those of the record and the generation run at the end of the transaction, one transaction at a time: the lock is held
until the commit is visible, so that ids rise in the order of the commits, and rows are read in their final state.
"""

from collections.abc import Sequence

import pgtrigger

# A number that no other advisory lock of the portal has. The migrations of `base` repeat it.
LOCK = 5_200_601


class RaisesGeneration(pgtrigger.Trigger):
    """Raises the generation (`scn_portal.base.generation`) at the commit when a public row has changed.

    `only_if` is an SQL condition on NEW and OLD that leaves out rows that are not public, as far as that is cheap to
    tell: raising too often costs a build, raising too seldom shows outdated pages. `taken_down_if` is the condition
    that something disappeared which nobody may see any longer.

    The function takes the lock first, raises once per transaction, and costs a few microseconds for each further row.
    TRUNCATE and `session_replication_role = replica` fire no triggers: call `generation.raise_by_hand()` with them.
    """

    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    timing = pgtrigger.Deferred

    def __init__(self, *, only_if: str = "TRUE", taken_down_if: str = "FALSE", **options):
        self.only_if, self.taken_down_if = only_if, taken_down_if
        super().__init__(name="raises_generation", **options)

    def get_func(self, model) -> str:
        return f"""
            IF {self.only_if} THEN
                PERFORM scn_raise_generation(COALESCE({self.taken_down_if}, FALSE));
            END IF;
            RETURN NULL;
        """


class RecordsPublicRows(pgtrigger.Trigger):
    """Records the public rows that a changed row affects, with the function of `base/migrations/0001_public_record`.

    If `shown` is null or false, a row that was never public gets no record. The clock of records never goes backwards,
    whatever the clock of the machine does.

    `rows` is a SELECT of (kind, key, city, shown), which may read NEW and OLD; `only_if` is an SQL condition. Deferred
    to the end of the transaction.
    """

    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    timing = pgtrigger.Deferred

    def __init__(self, *, name: str, rows: str, only_if: str = "TRUE", **options):
        self.rows, self.only_if = rows, only_if
        super().__init__(name=name, **options)

    def get_func(self, model) -> str:
        # The lock is a separate statement, so that the next statement sees everything committed before.
        return f"""
            IF {self.only_if} THEN
                PERFORM pg_advisory_xact_lock({LOCK});
                PERFORM scn_record_public_row(kind, key, city, shown)
                FROM ({self.rows}) AS changed (kind, key, city, shown);
            END IF;
            RETURN NULL;
        """


class KeepsCopy(pgtrigger.Trigger):
    """Updates a copy of rows (`scn_portal.base.kept`) after any change of a row, or only of its `columns`.

    `keep` is the database function that updates the copy; `keys` is a SELECT of the keys to pass to it, which may read
    NEW and OLD; `only_if` is an SQL condition on these. Not deferred: the transaction itself sees the updated copy.
    """

    when = pgtrigger.After

    def __init__(self, name: str, keep: str, keys: str, *, columns: Sequence[str] = (), only_if: str = "TRUE"):
        self.keep, self.keys, self.only_if = keep, keys, only_if
        # Not UPDATE OF: a trigger that runs before this one may change a column that the statement does not name.
        operation = pgtrigger.Update if columns else pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
        changed = pgtrigger.AnyChange(*columns) if columns else None
        super().__init__(name=name, operation=operation, condition=changed)

    def get_func(self, model) -> str:
        return f"""
            IF {self.only_if} THEN
                PERFORM {self.keep}(ARRAY({self.keys}));
            END IF;
            RETURN NULL;
        """
