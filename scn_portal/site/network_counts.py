"""How many pledges and practices the whole network has: kept if there are many, since counting them takes long."""

from dataclasses import dataclass, fields

from django.db.models import Count, Q

from commitments.models import Pledge
from practices.choices import Evaluation
from practices.models import Revision
from scn_portal.base import kept_counts

LIST = "network"


@dataclass(frozen=True)
class Numbers:
    """The numbers of listed cities. `kept`: pledges that are done; `prior`: actions older than the Declaration, which
    are not in the other numbers; `compiled`: practices compiled by the portal's team; `evaluated`: those
    evaluated by others than the city.
    """

    pledges: int
    kept: int
    prior: int
    compiled_pledges: int
    practices: int
    compiled_practices: int
    evaluated: int


def numbers() -> Numbers:
    """The kept numbers, in one query; if none are kept, counted in three more."""
    kept = kept_counts.read(LIST).get(LIST)
    counts = kept.counts if kept else count()
    return Numbers(*(counts.get((field.name, ""), 0) for field in fields(Numbers)))


def count() -> dict[tuple[str, str], int]:
    """All numbers, counted, for `scn_portal.base.kept_counts`."""
    listed = Pledge.objects.of_listed_cities().order_by()
    counts = listed.since_declaration().aggregate(
        pledges=Count("pk"),
        kept=Count("pk", filter=Q(status=Pledge.Status.DONE)),
        compiled_pledges=Count("pk", filter=Q(created_by=None)),
    )
    counts |= (
        Revision.objects.live()
        .order_by()
        .aggregate(
            practices=Count("pk"),
            compiled_practices=Count("pk", filter=Q(author=None)),
            evaluated=Count("pk", filter=Q(evaluation=Evaluation.EXTERNAL)),
        )
    )
    counts["prior"] = listed.before_declaration().count()
    return {(name, ""): number for name, number in counts.items()}
