"""How much of what kind is public today, for the page on method and limits."""

from dataclasses import dataclass

from django.db.models import Count, Q

from commitments.models import Pledge
from members.membership_counts import STATUS_COUNTS, membership_in_words
from members.models import City
from practices.choices import Evaluation
from practices.models import Revision


@dataclass(frozen=True)
class MethodCounts:
    """`membership` is in words; `prior` are the actions older than the Declaration, in none of the other numbers."""

    membership: str
    pledges: int
    kept: int
    prior: int
    compiled_pledges: int
    practices: int
    compiled_practices: int
    evaluated: int


def method_counts() -> MethodCounts:
    """Four queries."""
    listed = Pledge.objects.of_listed_cities().order_by()
    pledges = listed.since_declaration().aggregate(
        pledges=Count("pk"),
        kept=Count("pk", filter=Q(status=Pledge.Status.DONE)),
        compiled_pledges=Count("pk", filter=Q(created_by=None)),
    )
    practices = Revision.objects.live().order_by().aggregate(
        practices=Count("pk"),
        compiled_practices=Count("pk", filter=Q(author=None)),
        evaluated=Count("pk", filter=Q(evaluation=Evaluation.EXTERNAL)),
    )  # fmt: skip
    return MethodCounts(
        membership=membership_in_words(City.objects.listed().order_by().aggregate(**STATUS_COUNTS)),
        prior=listed.before_declaration().count(),
        **pledges,
        **practices,
    )
