"""How well a text answers a query of which it has some words: the rarer the words, and the more of them, the better.

PostgreSQL's own ranks do not know how rare a word is. Here each concept of the query counts by its inverse document
frequency, as in BM25, times how prominently the text has it (ts_rank: field weights, saturating with repetition).
`bench/search_quality` measures it beside BM25.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add, and_, or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest

from scn_portal.base.languages import CODES
from scn_portal.base.search.expansion import Concept, concepts
from scn_portal.base.search.full_text import CONFIGURATIONS, NamedPlace, TermQuery, any_of, matching
from scn_portal.base.search.query import SearchQuery

# Weights of the fields D, C, B, A: story, results, summary, title.
FIELD_WEIGHTS = [0.1, 0.2, 0.4, 1.0]
# What it counts to have a word at all, beside how prominently.
PRESENCE = 0.35
RELATED = 0.45
OF_THE_PLACE = 0.8
OWN_LANGUAGE = 1.05


class Rank(Func):
    """ts_rank of a column for a query: 0 where it does not match, below 1 elsewhere."""

    function = "ts_rank"
    output_field = FloatField()

    def __init__(self, column: str, query):
        super().__init__(Value(FIELD_WEIGHTS, ArrayField(FloatField())), F(column), query)
        self.template = "%(function)s(%(expressions)s)"

    def as_sql(self, compiler, connection, **context):
        sql, params = super().as_sql(compiler, connection, **context)
        return sql.replace("::double precision[]", "::float4[]"), params


@dataclass(frozen=True)
class _Part:
    """A concept of the query, the cities that its terms name, and the condition for a row to have it."""

    concept: Concept
    cities: tuple[int, ...]
    city: str  # the path from a row to its city

    @property
    def exact(self) -> Q:
        """The row has the concept as it was typed, or its city is named so."""
        conditions = [Q(**{f"search_{code}": _exact(self.concept, CONFIGURATIONS[code])}) for code in CODES]
        if self.city and self.cities:
            conditions.append(Q(**{f"{self.city}__in": self.cities}))
        return reduce(or_, conditions)

    @property
    def condition(self) -> Q:
        """The row has the concept, as it was typed or in related words."""
        if not self.concept.related:
            return self.exact
        related = (Q(**{f"search_{code}": any_of(self.concept.related, CONFIGURATIONS[code])}) for code in CODES)
        return self.exact | reduce(or_, related)

    def score(self, language: str, exact: float, related: float) -> Greatest:
        """How prominently a row has the concept, times its weight as it was typed or in related words."""
        ranks: list = [Value(0.0, FloatField())]
        for code in CODES:
            own = OWN_LANGUAGE if code == language else 1.0
            ranks.append(_rank(code, _exact(self.concept, CONFIGURATIONS[code]), own * exact))
            if self.concept.related:
                query = any_of(self.concept.related, CONFIGURATIONS[code])
                ranks.append(_rank(code, query, own * RELATED * related))
        if self.city and self.cities:
            in_place = When(**{f"{self.city}__in": self.cities}, then=Value(OF_THE_PLACE * exact))
            ranks.append(Case(in_place, default=Value(0.0), output_field=FloatField()))
        return Greatest(*ranks, output_field=FloatField())


@dataclass(frozen=True)
class Source:
    """Rows to search, with `search_fr` and `search_en`; `city` is the path to the city that may answer for a word."""

    rows: QuerySet
    city: str = ""


@dataclass(frozen=True)
class Match:
    """A row that answers a query: the name of its source, its key, how much of the query it has, and its score."""

    source: str
    pk: int
    level: int
    score: float


# All words as typed; all ideas, in these or in related words; some of them.
TYPED, RELATED_WORDS, PARTIAL = 2, 1, 0
# With fewer rows that have all of a query, those that have some of it are added: so many, and none far behind the best.
FEW, MAX_PARTIAL, NEAR_THE_BEST = 3, 12, 0.35
MAX_MATCHES = 10_000


class BestMatches:
    """The rows of `sources` that answer `query`, best first, for a reader of `language`: two queries, each run once.

    What is excluded is in none of them, and a quoted phrase stays exact.
    """

    def __init__(
        self, sources: dict[str, Source], query: SearchQuery, language: str, places: Iterable[NamedPlace] = ()
    ):
        self.query, self.language, self.places = query, language, list(places)
        self.sources = {
            name: Source(_without_unwanted(source.rows, query, self.places, source.city), source.city)
            for name, source in sources.items()
        }
        self._concepts = {concept.terms: concept for clause in query.clauses for concept in concepts(clause.wanted)}

    @cached_property
    def complete(self) -> list[Match]:
        """The rows that have all of the query."""
        return [match for match in self._candidates if match.level > PARTIAL]

    @cached_property
    def partial(self) -> list[Match]:
        """The rows that have some of the query, where fewer than FEW have all of it."""
        if len(self.complete) >= FEW:
            return []
        some = [match for match in self._candidates if match.level == PARTIAL]
        return [match for match in some if match.score >= NEAR_THE_BEST * some[0].score][:MAX_PARTIAL]

    @property
    def _parts(self) -> dict[str, list[_Part]]:
        return {name: [self._part(concept, source.city) for concept in self._concepts.values()]
                for name, source in self.sources.items()}  # fmt: skip

    def _part(self, concept: Concept, city: str) -> _Part:
        keys = (key for place in self.places if place.terms & set(concept.terms) for key in place.cities)
        return _Part(concept, tuple(keys), city)

    @cached_property
    def _weights(self) -> dict[str, list[tuple[float, float]]]:
        """For each source and concept, how rare it is as typed, and with its related words; 0 for what no row has.

        A rare word keeps its weight, however common its synonyms are.
        """
        names = [f"{kind}_{number}" for number in range(len(self._concepts)) for kind in ("exact", "any")]
        counts = []
        for name, source in self.sources.items():
            conditions = [condition for part in self._parts[name] for condition in (part.exact, part.condition)]
            has = {key: Count("pk", filter=condition) for key, condition in zip(names, conditions, strict=True)}
            rows = (
                _in_order_of_columns(source.rows).order_by().annotate(source=Value(name, CharField())).values("source")
            )
            counts.append(rows.annotate(total=Count("pk"), **has).values_list("source", "total", *names))
        weights = dict.fromkeys(self.sources, [(0.0, 0.0)] * len(self._concepts))
        for name, total, *found in _united(counts):
            rarities = [_idf(total, number) for number in found]
            weights[name] = list(zip(rarities[::2], rarities[1::2], strict=True))
        return weights

    @cached_property
    def _candidates(self) -> list[Match]:
        if not self.query:
            return []
        matches = [_in_order_of_columns(self._matches_in(name)) for name in self.sources]
        found = [rows.values_list("source", "pk", "level", "score") for rows in matches]
        return [Match(*row) for row in _united(found).order_by("-level", "-score", "source", "-pk")[:MAX_MATCHES]]

    def _matches_in(self, name: str) -> QuerySet:
        source, parts = self.sources[name], self._parts[name]
        typed = matching(source.rows, self.query, self.places, city=source.city).order_by().values("pk")
        levels = [When(pk__in=typed, then=Value(TYPED))]
        has_any = Q(pk__in=typed)
        if parts and len(self.query.clauses) == 1:
            levels.append(When(reduce(and_, (part.condition for part in parts)), then=Value(RELATED_WORDS)))
        if parts:
            phrases = (part.condition for part in parts if any(term.is_phrase for term in part.concept.terms))
            has_any |= reduce(and_, phrases, reduce(or_, (part.condition for part in parts)))
        weighted = [(part, *weights) for part, weights in zip(parts, self._weights[name], strict=True) if any(weights)]
        best = sum(max(exact, related) for _part, exact, related in weighted) or 1.0
        scores = [part.score(self.language, exact / best, related / best) for part, exact, related in weighted]
        return source.rows.filter(has_any).annotate(
            source=Value(name, CharField()),
            level=Case(*levels, default=Value(PARTIAL), output_field=IntegerField()),
            score=reduce(add, scores, Value(0.0, FloatField())),
        )


def in_order_of(keys: list[int]) -> Func:
    """To order rows by their place in `keys`."""
    return Func(
        Value(keys, ArrayField(BigIntegerField())), F("pk"), function="array_position", output_field=IntegerField()
    )


def _in_order_of_columns(rows: QuerySet) -> QuerySet:
    """`rows` that select columns in the order named, as a union needs them: modeltranslation takes any order."""
    return rows.rewrite(False) if hasattr(rows, "rewrite") else rows


def _united(parts: list[QuerySet]) -> QuerySet:
    first, *others = parts
    return first.union(*others, all=True) if others else first


def _idf(total: int, frequency: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0


def _exact(concept: Concept, configuration: str):
    return reduce(and_, (any_of(same, configuration) for same in concept.exact))


def _rank(code: str, query, weight: float) -> Case:
    rank = Value(weight) * (Value(PRESENCE) + Value(1 - PRESENCE) * Rank(f"search_{code}", query))
    return Case(When(**{f"search_{code}": query}, then=rank), default=Value(0.0), output_field=FloatField())


def _without_unwanted(rows: QuerySet, query: SearchQuery, places: list[NamedPlace], city: str) -> QuerySet:
    """`rows` without those that have an excluded term, in a text or in their place."""
    for term in (term for clause in query.clauses for term in clause.unwanted):
        excluded = reduce(or_, (Q(**{f"search_{c}": TermQuery(term, CONFIGURATIONS[c])}) for c in CODES))
        cities = [key for place in places if term in place.terms for key in place.cities]
        if city and cities:
            excluded |= Q(**{f"{city}__in": cities})
        rows = rows.exclude(excluded)
    return rows
