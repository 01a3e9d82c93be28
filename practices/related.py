"""The practices related to a practice: its originals, its adaptations, similar ones."""

import re
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict

from members.models import City
from practices.models import Adaptation, Practice, RelatedPractices, Revision, RevisionCommitment
from practices.search import PracticeSearch
from scn_portal.base.search.full_text import CONFIGURATIONS, TermQuery
from scn_portal.base.search.query import Term
from scn_portal.base.totals import count_up_to

MAX_RELATED = 3
MAX_FOUND = 10
# The number kept for each practice: more than are shown, since some may be taken down.
MAX_KEPT = 12
# In networks with at most this many practices nothing is kept: their pages find related practices themselves.
KEPT_ABOVE = 1_000
# The number of practices sharing anything that are compared, the newest first.
MAX_LOOKED_AT = 2_000
# For a text that is being written: the number of its words that are searched for, and how many must be shared.
MAX_WORDS, MIN_WORDS_SHARED = 24, 3
# The points for each shared commitment, theme and target group, and the fewest points that a related practice needs.
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


def with_kept(practices: QuerySet[Practice]) -> QuerySet[Practice]:
    """`practices`, each with the kept keys of its related practices, so that `related_to` needs no query for these."""
    kept = RelatedPractices.objects.filter(practice=OuterRef("pk"))
    return practices.annotate(related_keys=Subquery(kept.values("others")))


def related_to(revision: Revision, *, besides: list[Revision]) -> QuerySet[Revision]:
    """The live revisions that share most with `revision`, without those in `besides`, which the page shows already."""
    shown = [revision.practice_id, *(other.practice_id for other in besides)]
    kept = _kept(revision)
    if kept is None:
        return _best(revision, without=shown).select_related("practice__city")[:MAX_RELATED]
    found = Revision.objects.live().filter(practice__in=[key for key in kept if key not in shown])
    in_order = Func(Value(kept, ArrayField(BigIntegerField())), F("practice_id"), function="array_position")
    return found.select_related("practice__city").order_by(in_order)[:MAX_RELATED]


def keep(revision: Revision) -> list[int]:
    """Find the practices that share most with the live `revision`, and keep and return their keys."""
    others = list(_best(revision, without=[revision.practice_id]).values_list("practice", flat=True)[:MAX_KEPT])
    RelatedPractices.objects.update_or_create(
        practice_id=revision.practice_id, defaults={"revision": revision.pk, "others": others}
    )
    return others


def keep_due(limit: int = 200) -> int:
    """Find the practices related to those published lately, and find them again for the practices related to those.

    At most `limit` at once. Does nothing in a network of at most KEPT_ABOVE practices. Returns the number of practices
    published lately.
    """
    live = Revision.objects.live()
    if count_up_to(live, KEPT_ABOVE).is_exact:
        return 0
    known = RelatedPractices.objects.filter(practice=OuterRef("practice"), revision=OuterRef("pk"))
    due = list(live.filter(~Exists(known)).order_by("-published_at")[:limit])
    neighbours = {key for revision in due for key in keep(revision)} - {revision.practice_id for revision in due}
    for revision in live.filter(practice__in=neighbours) if len(due) < limit else []:
        keep(revision)
    return len(due)


def rebuild() -> int:
    """Delete all kept rows and find them again. Returns the number of practices. Takes minutes for each 10,000
    practices."""
    RelatedPractices.objects.all().delete()
    found = 0
    while done := keep_due():
        found += done
    return found


def similar_to(text: str, city: City) -> list[Revision]:
    """The live revisions of other cities that share most words with `text`, a title and a summary being written."""
    words = dict.fromkeys(re.findall(r"[^\W\d_]{4,30}", text.casefold()))
    terms = [Term(word, 0, is_phrase=False) for word in list(words)[:MAX_WORDS]]
    if len(terms) < MIN_WORDS_SHARED:
        return []
    scores = (Case(When(_has_term(term), then=Value(1)), default=Value(0)) for term in terms)
    others = Revision.objects.live().exclude(practice__city=city).select_related("practice__city")
    scored = others.annotate(shared=sum(scores, Value(0))).filter(shared__gte=MIN_WORDS_SHARED)
    return list(scored.order_by("-shared", "-published_at", "-pk")[:MAX_RELATED])


def _has_term(term: Term) -> Q:
    by_language = (Q(**{f"search_{code}": TermQuery(term, CONFIGURATIONS[code])}) for code in CONFIGURATIONS)
    return reduce(or_, by_language)


def found_by(words: str, *, besides: Practice, language: str) -> list[Revision]:
    """The live revisions that the list of practices finds for `words`, without `besides`."""
    query = QueryDict(mutable=True)
    query["q"] = words
    found = PracticeSearch(query, language).revisions.exclude(practice=besides)
    return list(found.select_related("practice__city")[:MAX_FOUND])


def _kept(revision: Revision) -> list[int] | None:
    """The keys kept for the practice, which may have been read with it (`with_kept`)."""
    if hasattr(revision.practice, "related_keys"):
        return revision.practice.related_keys
    return RelatedPractices.objects.filter(practice=revision.practice_id).values_list("others", flat=True).first()


def _best(revision: Revision, *, without: list[int]) -> QuerySet[Revision]:
    """The live revisions that share enough with `revision`, best first, of the newest MAX_LOOKED_AT that share any."""
    served = RevisionCommitment.objects.filter(revision=revision).values("commitment")
    serves = RevisionCommitment.objects.filter(revision=OuterRef("pk"), commitment__in=served)
    sharing = Q(themes__overlap=revision.themes) | Q(target_groups__overlap=revision.target_groups) | Q(Exists(serves))
    newest = Revision.objects.live().filter(sharing).order_by("-published_at", "-pk")[:MAX_LOOKED_AT]
    others = Revision.objects.live().filter(pk__in=newest.values("pk")).exclude(practice__in=without)
    scored = others.annotate(shared=_shared_commitments(revision) + _shared_items(revision))
    return scored.filter(shared__gte=MIN_SHARED).order_by("-shared", "-published_at", "-pk")


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
