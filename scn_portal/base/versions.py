"""The version of a row: a number that the database raises at each UPDATE, whatever code makes it.

A form carries the version at which it was opened, so that nobody overwrites what somebody else has saved since.
"""

from collections.abc import Collection

import pgtrigger
from django.db import models


class Versioned(models.Model):
    """A row with a `version`. The model adds `raises_version()` to its `Meta.triggers`."""

    # `db_default` too: the previous release, if it still runs, writes rows without a version.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        abstract = True


def raises_version(*, but_for: Collection[str] = ()) -> pgtrigger.Trigger:
    """The trigger that counts each UPDATE of the row, including those of the admin, an import or the shell.

    An UPDATE that changes only the columns `but_for`, which other triggers fill in, is not counted.
    """
    func = "NEW.version := OLD.version + 1; RETURN NEW;"
    if but_for:
        left_out = f"'{{{','.join(but_for)}}}'::text[]"
        changes = f"to_jsonb(NEW) - {left_out} IS DISTINCT FROM to_jsonb(OLD) - {left_out}"
        func = f"IF {changes} THEN NEW.version := OLD.version + 1; END IF; RETURN NEW;"
    return pgtrigger.Trigger(name="raises_version", when=pgtrigger.Before, operation=pgtrigger.Update, func=func)
