"""What waits, as `WaitingRevision` has it: making all of it anew, and comparing."""

from collections.abc import Iterator

from django.db import connection

from practices.models import Revision, WaitingRevision
from practices.models.waiting import STATUSES

BATCH = 1_000  # practices looked at in one transaction


def keep_all() -> int:
    """Make all anew, some at a time. Returns how many revisions wait."""
    for keys in _batches():
        with connection.cursor() as cursor:
            cursor.execute("SELECT scn_keep_waiting(%s)", [keys])
    return WaitingRevision.objects.count()


def wrong() -> list[int]:
    """The keys of the revisions of which something else is kept than what waits."""
    found: list[int] = []
    for keys in _batches():
        with connection.cursor() as cursor:
            cursor.execute(_DIFFERENT, [keys, keys])
            found += [key for (key,) in cursor.fetchall()]
    return found


_DIFFERENT = """
    SELECT COALESCE(kept.revision_id, now.revision_id)
    FROM (SELECT * FROM practices_waitingrevision WHERE practice_id = ANY (%s)) AS kept
    FULL JOIN scn_waiting_revisions(%s) AS now ON now.revision_id = kept.revision_id
    WHERE kept IS DISTINCT FROM now
"""


def _batches() -> Iterator[list[int]]:
    waiting = Revision.objects.filter(status__in=STATUSES).order_by()
    kept = WaitingRevision.objects.values_list("practice", flat=True)
    keys = sorted({*waiting.values_list("practice", flat=True), *kept})
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
