"""The practices related to a practice: its originals, its adaptations, similar ones."""

import re
from functools import reduce
from operator import or_

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import QueryDict

from members.models import City
from practices.models import Adaptation, Practice, Revision, RevisionCommitment
from practices.search import PracticeSearch
from scn_portal.base.search.full_text import CONFIGURATIONS, TermQuery
from scn_portal.base.search.query import Term

MAX_RELATED = 3
MAX_FOUND = 10
# Of a text that is being written: so many of its words are looked for, and so many must be shared.
MAX_WORDS, MIN_WORDS_SHARED = 24, 3
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


def similar_to(text: str, city: City) -> list[Revision]:
    """The live revisions of other cities that share most words with `text`, a title and a summary being written."""
    words = dict.fromkeys(re.findall(r"[^\W\d_]{4,30}", text.casefold()))
    terms = [Term(word, 0, is_phrase=False) for word in list(words)[:MAX_WORDS]]
    if len(terms) < MIN_WORDS_SHARED:
        return []
    scores = (Case(When(_has(term), then=Value(1)), default=Value(0)) for term in terms)
    others = Revision.objects.live().exclude(practice__city=city).select_related("practice__city")
    scored = others.annotate(shared=sum(scores, Value(0))).filter(shared__gte=MIN_WORDS_SHARED)
    return list(scored.order_by("-shared", "-published_at", "-pk")[:MAX_RELATED])


def _has(term: Term) -> Q:
    by_language = (Q(**{f"search_{code}": TermQuery(term, CONFIGURATIONS[code])}) for code in CONFIGURATIONS)
    return reduce(or_, by_language)


def found_by(words: str, *, besides: Practice, language: str) -> list[Revision]:
    """The live revisions that the list of practices finds for `words`, without `besides`."""
    query = QueryDict(mutable=True)
    query["q"] = words
    found = PracticeSearch(query, language).revisions.exclude(practice=besides)
    return list(found.select_related("practice__city")[:MAX_FOUND])


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
