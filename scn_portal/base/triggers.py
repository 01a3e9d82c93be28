"""Triggers that keep `PublicRecord` true, whatever code or statement changes a row.

They run at the end of the transaction, one transaction at a time: the lock is held until the commit is visible, so that
ids rise in the order of the commits, and what is public is read as it will stand.
"""

import pgtrigger

# Any number that no other advisory lock of the portal has.
LOCK = 5_200_601


class RecordsPublicRows(pgtrigger.Trigger):
    """Records what a changed row makes of public rows, by the function that `base/migrations/0001_public_record` makes.

    With `shown` null or false, a row that was never public gets no record. The clock of records never goes backwards,
    whatever the clock of the machine does.

    `rows` is a SELECT of kind, key, city and whether it is shown, which may read NEW and OLD; `only_if` is a condition
    in SQL. Deferred to the end of the transaction.
    """

    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    timing = pgtrigger.Deferred

    def __init__(self, *, name: str, rows: str, only_if: str = "TRUE", **options):
        self.rows, self.only_if = rows, only_if
        super().__init__(name=name, **options)

    def get_func(self, model) -> str:
        # The lock in a statement of its own: the next one then sees all that was committed before.
        return f"""
            IF {self.only_if} THEN
                PERFORM pg_advisory_xact_lock({LOCK});
                PERFORM scn_record_public_row(kind, key, city, shown)
                FROM ({self.rows}) AS changed (kind, key, city, shown);
            END IF;
            RETURN NULL;
        """
