"""How many pledges and practices the whole network has: kept where there are many, for counting them takes a while."""

from dataclasses import dataclass, fields

from django.db.models import Count, Q

from commitments.models import Pledge
from practices.choices import Evaluation
from practices.models import Revision
from scn_portal.base import kept_counts

LIST = "network"


@dataclass(frozen=True)
class Numbers:
    """Of listed cities. `kept` are the pledges that are done, `prior` the actions older than the Declaration, which are
    in none of the others; `compiled` is what the team of the portal compiled, `evaluated` is by others than the city.
    """

    pledges: int
    kept: int
    prior: int
    compiled_pledges: int
    practices: int
    compiled_practices: int
    evaluated: int


def numbers() -> Numbers:
    """As they are kept, in one query; where nothing is kept, counted in three more."""
    kept = kept_counts.read(LIST).get(LIST)
    counts = kept.counts if kept else count()
    return Numbers(*(counts.get((field.name, ""), 0) for field in fields(Numbers)))


def count() -> dict[tuple[str, str], int]:
    """All of it, counted anew: what is kept."""
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
