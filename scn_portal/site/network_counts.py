"""How many pledges and practices the whole network has: kept where there are many, for counting them takes a while."""

from dataclasses import dataclass

from django.db.models import Count, Q

from commitments.models import Pledge
from practices.models import Revision
from scn_portal.base import kept_counts

LIST = "network"


@dataclass(frozen=True)
class Numbers:
    """Of listed cities; actions older than the Declaration are no pledges. `kept` are the pledges that are done."""

    practices: int
    pledges: int
    kept: int


def numbers() -> Numbers:
    """As they are kept, in one query; where nothing is kept, counted in two more."""
    kept = kept_counts.read(LIST).get(LIST)
    counts = kept.counts if kept else count()
    return Numbers(*(counts.get((name, ""), 0) for name in ("practices", "pledges", "kept")))


def count() -> dict[tuple[str, str], int]:
    """All of it, counted anew: what is kept."""
    pledges = Pledge.objects.of_listed_cities().since_declaration().order_by()
    done = Count("pk", filter=Q(status=Pledge.Status.DONE))
    counts = pledges.aggregate(pledges=Count("pk"), kept=done)
    counts["practices"] = Revision.objects.live().order_by().count()
    return {(name, ""): number for name, number in counts.items()}
