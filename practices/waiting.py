"""How `WaitingRevision` is rebuilt: in batches of practices with a revision that waits."""

from practices.models import Revision, WaitingRevision
from practices.models.waiting import STATUSES
from scn_portal.base.kept import KeptCopy


def _practices() -> list[int]:
    waiting = Revision.objects.filter(status__in=STATUSES)
    return list(waiting.order_by("practice").values_list("practice", flat=True))


KEPT = KeptCopy(
    "waiting", WaitingRevision, "scn_waiting_revisions", "scn_keep_waiting", keys=_practices, by="practice_id"
)
