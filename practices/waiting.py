"""How `WaitingRevision` is kept: what waits, by the practices that it is of."""

from practices.models import Revision, WaitingRevision
from practices.models.waiting import STATUSES
from scn_portal.base.kept import KeptCopy


def _practices() -> list[int]:
    waiting = Revision.objects.filter(status__in=STATUSES)
    return list(waiting.order_by("practice").values_list("practice", flat=True))


KEPT = KeptCopy(
    "waiting", WaitingRevision, "scn_waiting_revisions", "scn_keep_waiting", keys=_practices, by="practice_id"
)
