"""The practices beside a practice: what it was adapted from, what was adapted from it, what is like it."""

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from practices.models import Adaptation, Practice, Revision, RevisionCommitment

MAX_RELATED = 3
# What a shared commitment, theme or target group counts for; whoever shares less than this is not related.
SHARED_COMMITMENT, SHARED_THEME, SHARED_GROUP, LEAST_SHARED = 2, 3, 1, 3


def originals_of(revision: Revision) -> QuerySet[Revision]:
    """What the public sees of the practices that `revision` says it was adapted from."""
    originals = Adaptation.objects.filter(revision=revision).values("original")
    return Revision.objects.live().filter(practice__in=originals).select_related("practice__city").order_by("pk")


def adaptations_of(practice: Practice) -> QuerySet[Revision]:
    """What the public sees of the practices that say, in public, that they were adapted from `practice`."""
    says_so = Adaptation.objects.filter(revision=OuterRef("pk"), original=practice)
    live = Revision.objects.live().exclude(practice=practice)
    return live.filter(Exists(says_so)).select_related("practice__city").order_by("pk")


def related_to(revision: Revision, *, besides: list[Revision]) -> QuerySet[Revision]:
    """The live revisions that share most with `revision`, which serves its commitments; none of the practices
    `besides`."""
    shown = [revision.practice_id, *(one.practice_id for one in besides)]
    others = Revision.objects.live().exclude(practice__in=shown).select_related("practice__city")
    ranked = others.annotate(shared=_shared_commitments(revision) + _shared_items(revision))
    return ranked.filter(shared__gte=LEAST_SHARED).order_by("-shared", "-published_at", "-pk")[:MAX_RELATED]


def _shared_commitments(revision: Revision) -> Coalesce:
    served = [commitment.pk for commitment in revision.commitments.all()]
    same = RevisionCommitment.objects.filter(revision=OuterRef("pk"), commitment__in=served).order_by()
    count = same.values("revision").annotate(count=Count("pk") * SHARED_COMMITMENT).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def _shared_items(revision: Revision):
    weights = [(Q(themes__contains=[theme]), SHARED_THEME) for theme in revision.themes]
    weights += [(Q(target_groups__contains=[group]), SHARED_GROUP) for group in revision.target_groups]
    scores = (Case(When(shares, then=Value(weight)), default=Value(0)) for shares, weight in weights)
    return sum(scores, Value(0))
