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
from django.db.models import Case, Count, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from scn_portal.base.languages import CODES
from scn_portal.base.search.expansion import Concept, concepts
from scn_portal.base.search.full_text import CONFIGURATIONS, NamedPlace, TermQuery, any_of
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
    def condition(self) -> Q:
        texts = [Q(**{f"search_{code}": _exact(self.concept, CONFIGURATIONS[code])}) for code in CODES]
        if self.concept.related:
            texts += [Q(**{f"search_{code}": any_of(self.concept.related, CONFIGURATIONS[code])}) for code in CODES]
        if self.city and self.cities:
            texts.append(Q(**{f"{self.city}__in": self.cities}))
        return reduce(or_, texts)

    def prominence(self, language: str) -> Greatest:
        """How prominently a row has the concept, about 0 to 1."""
        ranks: list = [Value(0.0, FloatField())]
        for code in CODES:
            own = OWN_LANGUAGE if code == language else 1.0
            ranks.append(_rank(code, _exact(self.concept, CONFIGURATIONS[code]), own))
            if self.concept.related:
                ranks.append(_rank(code, any_of(self.concept.related, CONFIGURATIONS[code]), own * RELATED))
        if self.city and self.cities:
            in_place = When(**{f"{self.city}__in": self.cities}, then=Value(OF_THE_PLACE))
            ranks.append(Case(in_place, default=Value(0.0), output_field=FloatField()))
        return Greatest(*ranks, output_field=FloatField())


class Scoring:
    """How the texts of `rows` answer `query`, for a reader of `language`.

    `rows` have `search_fr` and `search_en`; `city` is the path to their city, which may answer for a word by its name.
    One query, once: how many of the rows have each concept.
    """

    def __init__(
        self, rows: QuerySet, query: SearchQuery, language: str, places: Iterable[NamedPlace] = (), city: str = ""
    ):
        self.rows, self.query, self.language = _without_unwanted(rows, query), query, language
        places = list(places)
        found = {concept.terms: concept for clause in query.clauses for concept in concepts(clause.wanted)}
        self.parts = [
            _Part(concept, tuple(key for place in places if place.terms & set(terms) for key in place.cities), city)
            for terms, concept in found.items()
        ]

    @cached_property
    def weights(self) -> list[float]:
        """The inverse document frequency of each concept; 0 for one that no row has."""
        has = {f"has_{number}": Count("pk", filter=part.condition) for number, part in enumerate(self.parts)}
        counts = self.rows.order_by().aggregate(total=Count("pk"), **has)
        return [_idf(counts["total"], counts[f"has_{number}"]) for number in range(len(self.parts))]

    @property
    def score(self) -> Combinable:
        """An expression to order rows by, higher is better."""
        weighted = zip(self.parts, self.weights, strict=True)
        scores = [Value(weight) * part.prominence(self.language) for part, weight in weighted if weight]
        return reduce(add, scores, Value(0.0, FloatField()))

    @property
    def has_all(self) -> QuerySet:
        """The rows that have every concept, in these words or in related ones; of a query with “or”, none."""
        if not self.parts or len(self.query.clauses) > 1:
            return self.rows.none()
        return self.rows.filter(reduce(and_, (part.condition for part in self.parts)))

    @property
    def has_some(self) -> QuerySet:
        """The rows that have any concept, and every quoted phrase: what was quoted stays exact."""
        if not self.parts:
            return self.rows.none()
        phrases = [part.condition for part in self.parts if any(term.is_phrase for term in part.concept.terms)]
        return self.rows.filter(reduce(or_, (part.condition for part in self.parts)), *phrases)


def _idf(total: int, frequency: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0


def _exact(concept: Concept, configuration: str):
    return reduce(and_, (any_of(same, configuration) for same in concept.exact))


def _rank(code: str, query, weight: float) -> Case:
    rank = Value(weight) * (Value(PRESENCE) + Value(1 - PRESENCE) * Rank(f"search_{code}", query))
    return Case(When(**{f"search_{code}": query}, then=rank), default=Value(0.0), output_field=FloatField())


def _without_unwanted(rows: QuerySet, query: SearchQuery) -> QuerySet:
    unwanted = [term for clause in query.clauses for term in clause.unwanted]
    for term in unwanted:
        rows = rows.exclude(reduce(or_, (Q(**{f"search_{c}": TermQuery(term, CONFIGURATIONS[c])}) for c in CODES)))
    return rows
