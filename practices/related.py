"""The practices related to a practice: its originals, its adaptations, similar ones."""

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from practices.models import Adaptation, Practice, Revision, RevisionCommitment

MAX_RELATED = 3
# The points for each shared commitment, theme and target group, and the points that a related practice needs.
SHARED_COMMITMENT, SHARED_THEME, SHARED_GROUP, MIN_SHARED = 2, 3, 1, 3


def originals_of(revision: Revision) -> QuerySet[Revision]:
    """The live revisions of the practices that `revision` was adapted from."""
    originals = Adaptation.objects.filter(revision=revision).values("original")
    return Revision.objects.live().filter(practice__in=originals).select_related("practice__city").order_by("pk")


def adaptations_of(practice: Practice) -> QuerySet[Revision]:
    """The live revisions that name `practice` as their original."""
    names_it = Adaptation.objects.filter(revision=OuterRef("pk"), original=practice)
    live = Revision.objects.live().exclude(practice=practice)
    return live.filter(Exists(names_it)).select_related("practice__city").order_by("pk")


def related_to(revision: Revision, *, besides: list[Revision]) -> QuerySet[Revision]:
    """The live revisions that share most with `revision`, without those `besides` it on the page."""
    shown = [revision.practice_id, *(other.practice_id for other in besides)]
    others = Revision.objects.live().exclude(practice__in=shown).select_related("practice__city")
    scored = others.annotate(shared=_shared_commitments(revision) + _shared_items(revision))
    return scored.filter(shared__gte=MIN_SHARED).order_by("-shared", "-published_at", "-pk")[:MAX_RELATED]


def _shared_commitments(revision: Revision) -> Coalesce:
    served = RevisionCommitment.objects.filter(revision=revision).values("commitment")
    same = RevisionCommitment.objects.filter(revision=OuterRef("pk"), commitment__in=served).order_by()
    count = same.values("revision").annotate(count=Count("pk") * SHARED_COMMITMENT).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def _shared_items(revision: Revision):
    weights = [(Q(themes__contains=[theme]), SHARED_THEME) for theme in revision.themes]
    weights += [(Q(target_groups__contains=[group]), SHARED_GROUP) for group in revision.target_groups]
    scores = (Case(When(shares, then=Value(weight)), default=Value(0)) for shares, weight in weights)
    return sum(scores, Value(0))
