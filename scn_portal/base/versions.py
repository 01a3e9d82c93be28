"""The version of a row: a number that the database raises at each UPDATE, whoever makes it.

A form carries the version that it was opened at, so that nobody overwrites what somebody else has saved since.
"""

from collections.abc import Collection

import pgtrigger
from django.db import models


class Versioned(models.Model):
    """A row with a `version`. The model adds `raises_version()` to its `Meta.triggers`."""

    # `db_default` too: the release before this one, still running, writes rows without it.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        abstract = True


def raises_version(*, but_for: Collection[str] = ()) -> pgtrigger.Trigger:
    """The trigger that counts each UPDATE of the row, also of the admin, an import or the shell.

    With `but_for`, columns that other triggers fill in, one that changes nothing else is not counted.
    """
    func = "NEW.version := OLD.version + 1; RETURN NEW;"
    if but_for:
        left_out = f"'{{{','.join(but_for)}}}'::text[]"
        changes = f"to_jsonb(NEW) - {left_out} IS DISTINCT FROM to_jsonb(OLD) - {left_out}"
        func = f"IF {changes} THEN NEW.version := OLD.version + 1; END IF; RETURN NEW;"
    return pgtrigger.Trigger(name="raises_version", when=pgtrigger.Before, operation=pgtrigger.Update, func=func)
