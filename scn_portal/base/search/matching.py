"""SQL conditions for a row to match a query, and the score of a row for each concept of the query."""

from collections.abc import Iterable
from dataclasses import dataclass

from scn_portal.base.languages import CODES
from scn_portal.base.search import conditions as sql
from scn_portal.base.search.expansion import Concept
from scn_portal.base.search.full_text import CONFIGURATIONS, NamedPlace
from scn_portal.base.search.query import OrClause, SearchQuery, Term

# Weights of the fields D, C, B, A: story, results, summary, title.
FIELD_WEIGHTS = "'{0.1, 0.2, 0.4, 1.0}'::float4[]"
# The score for having a word at all; how prominent it is adds the rest.
PRESENCE = 0.35
RELATED = 0.45
OF_THE_PLACE = 0.8
OWN_LANGUAGE = 1.05

# How rare a concept is, as typed and including related words; 0 if no row has it.
Weight = tuple[float, float]


@dataclass(frozen=True)
class Part:
    """A concept of the query: its tsqueries by language, and the cities that its terms name."""

    concept: Concept
    cities: tuple[int, ...]
    exact: dict[str, str]
    related: dict[str, str]
    in_exact: str
    in_related: str
    queries: sql.Queries

    @classmethod
    def of(cls, concept: Concept, places: list[NamedPlace], queries: sql.Queries) -> "Part":
        def any_of(terms: Iterable[Term]) -> dict[str, str]:
            return {code: queries.any_of(terms, CONFIGURATIONS[code]) for code in CODES}

        exact = {code: queries.exact(concept, CONFIGURATIONS[code]) for code in CODES}
        # Phrases apart: an index does not know the positions of words, so every row that it finds for a tsquery with a
        # phrase has to be read.
        words, phrases = ([term for term in concept.related if term.is_phrase is kind] for kind in (False, True))
        in_related = queries.in_either(any_of(words), any_of(phrases)) if concept.related else sql.NEVER
        cities = {key for place in places if place.terms & set(concept.terms) for key in place.cities}
        related = any_of(concept.related)
        return cls(concept, tuple(sorted(cities)), exact, related, queries.in_either(exact), in_related, queries)

    @property
    def is_phrase(self) -> bool:
        return any(term.is_phrase for term in self.concept.terms)

    @property
    def in_text(self) -> str:
        """The condition that the text of a row has the concept."""
        return self.in_exact if self.in_related == sql.NEVER else f"({self.in_exact} OR {self.in_related})"

    @property
    def branches(self) -> list[str]:
        """Conditions; a row that has the concept meets at least one of them."""
        return [self.in_text, *([sql.in_cities(self.cities)] if self.cities else [])]

    @property
    def apart(self) -> list[str]:
        """The same as `branches`, but typed words and related words are separate conditions."""
        return [each for each in (self.in_exact, self.in_related, *self.branches[1:]) if each != sql.NEVER]

    @property
    def either(self) -> str:
        """The condition that a row has the concept: as typed, in related words, or as the name of its city."""
        return f"({' OR '.join(self.branches)})"

    def score(self, language: str, exact: float, related: float) -> str:
        """The score of a row for the concept: how prominent it is, times the weight `exact` or `related`. The words of
        the row are in `r.texts`, in the order of CODES."""
        ranks = ["0"]
        for place, code in enumerate(CODES, 1):
            own = OWN_LANGUAGE if code == language else 1.0
            ranks.append(self._rank(f"r.texts[{place}]", self.exact[code], own * exact))
            ranks.append(self._rank(f"r.texts[{place}]", self.related[code], own * RELATED * related))
        if self.cities:
            ranks.append(f"CASE WHEN {sql.in_cities(self.cities)} THEN {OF_THE_PLACE * exact!r}::float8 ELSE 0 END")
        return f"greatest({', '.join(filter(None, ranks))})"

    def _rank(self, text: str, query: str, weight: float) -> str:
        if not query or not weight:
            return ""
        name = self.queries.named(query)
        rank = f"{PRESENCE} + {1 - PRESENCE} * ts_rank({FIELD_WEIGHTS}, {text}, {name})"
        return f"CASE WHEN {text} @@ {name} THEN {weight!r}::float8 * ({rank}) ELSE 0 END"


class Conditions:
    """The conditions for a row of `table` to match `query`, whose concepts are `wanted`.

    `allowed`: the row has no excluded term. `typed`: a row that meets one of these conditions has all words as typed.
    `related`: a row that meets one of these has all concepts, as typed or in related words. Each condition can use an
    index.
    """

    def __init__(
        self,
        query: SearchQuery,
        wanted: list[Concept],
        places: list[NamedPlace],
        table: sql.Table,
        queries: sql.Queries,
    ):
        self.table, self._queries, self._places = table, queries, places
        self.parts = [Part.of(concept, places, queries) for concept in wanted]
        self.allowed = sql.every(self._without(clause) for clause in query.clauses)
        self.typed = sql.without_implied(branch for clause in query.clauses for branch in self._branches(clause))
        related = self._in_related_words() if self.parts and len(query.clauses) == 1 else []
        self.related = sql.without_implied(related, self.typed)

    @property
    def is_of_one_word(self) -> bool:
        """Whether the query is one concept without related words."""
        return len(self.parts) == 1 and not self.parts[0].concept.related

    @property
    def whole(self) -> str:
        """The condition that a row matches the query, as typed or in related words."""
        return f"({' OR '.join(f'({each})' for each in (*self.typed, *self.related))}) AND {self.allowed}"

    def rows(self, where: str, most: int | None = None) -> str:
        """A SELECT of the keys of allowed rows that meet `where`, at most `most`."""
        limit = "" if most is None else f" LIMIT {most}"
        return f"(SELECT pk FROM {self.table.sql} WHERE {sql.every([where, self.allowed])}{limit})"

    def typed_keys(self, most: int, newest: int) -> sql.Piece:
        """A SELECT of the keys of rows that have the words as typed: up to `most` for each condition; with `newest`,
        all of those among that many of the newest rows."""
        since = f"(SELECT newest FROM {self.table.sql} ORDER BY newest DESC OFFSET {newest - 1} LIMIT 1)"
        recent, limit, tables = ([f"r.newest >= {since}"], None, 2) if newest else ([], most, 1)
        each = (self.rows(sql.every([branch, *recent]), limit) for branch in self.typed)
        return " UNION ".join(each), [*self.table.params * len(self.typed) * tables]

    def related_keys(self, most: int, only_if: str) -> sql.Piece:
        """A SELECT of the keys of rows that have the concepts in related words, up to `most` for each condition. A key
        may come twice."""
        each = (self.rows(sql.every([branch, only_if]), most) for branch in self.related)
        return " UNION ALL ".join(each), [*self.table.params * len(self.related)]

    def partial_keys(self, most: int, weights: list[Weight]) -> sql.Piece | None:
        """A SELECT of the keys of rows that have some concept and all phrases: up to `most` for each concept, with the
        rarest concept by `weights` first. None if there are no concepts."""
        phrases = sql.every(part.either for part in self.parts if part.is_phrase)
        rarest_first = sorted(zip(weights, self.parts, strict=True), key=lambda pair: -max(pair[0]))
        branches = [sql.every([branch, phrases]) for _weights, part in rarest_first for branch in part.branches]
        each = (self.rows(branch, most) for branch in branches)
        return (" UNION ALL ".join(each), [*self.table.params * len(branches)]) if branches else None

    def scores(self, which: sql.Piece, language: str, weights: list[Weight]) -> sql.Piece:
        """A SELECT of `pk` and `score` of the rows that meet the condition `which`, for a reader of `language`."""
        pairs = zip(self.parts, weights, strict=True)
        score = " + ".join(part.score(language, *pair) for part, pair in pairs if any(pair)) or "0"
        city = "r.city, " if "city" in self.table.columns else ""
        # In an array, so that the words of a row are read once instead of once for each rank. OFFSET 0 keeps PostgreSQL
        # from merging the subquery into the outer one.
        texts = f"ARRAY[{', '.join(f'r.search_{code}' for code in CODES)}] AS texts"
        read = f"SELECT r.pk, {city}{texts} FROM {self.table.sql} WHERE {which[0]} OFFSET 0"
        return f"SELECT r.pk, ({score})::float8 AS score FROM ({read}) r", [*self.table.params, *which[1]]

    def _branches(self, clause: OrClause) -> list[str]:
        """All words as typed, in one language; and for each place, rows of its cities with the remaining words."""
        branches = [self._has_all(clause.wanted)]
        for place in self._places:
            rest = [term for term in clause.wanted if term not in place.terms]
            if len(rest) < len(clause.wanted):
                branches.append(sql.every([sql.in_cities(place.cities), self._has_all(rest)]))
        return branches

    def _has_all(self, terms: Iterable[Term]) -> str:
        terms = list(terms)
        if not terms:
            return sql.ALWAYS
        return self._queries.in_either({code: self._queries.all_of(terms, CONFIGURATIONS[code]) for code in CODES})

    def _in_related_words(self) -> list[str]:
        """All concepts, each in either language; and rows whose city answers some of the concepts."""
        if len(self.parts) == 1:
            return self.parts[0].apart
        branches = [sql.every(part.in_text for part in self.parts)]
        if cities := {city for part in self.parts for city in part.cities}:
            branches.append(sql.every([sql.in_cities(cities), *(part.either for part in self.parts)]))
        return branches

    def _without(self, clause: OrClause) -> str:
        """The condition that neither the text nor the place of a row has an excluded term."""
        found = []
        for term in clause.unwanted:
            terms = {code: self._queries.all_of([term], CONFIGURATIONS[code]) for code in CODES}
            found.append(f"NOT {self._queries.in_either(terms)}")
            if cities := {city for place in self._places if term in place.terms for city in place.cities}:
                found.append(f"NOT {sql.in_cities(cities)}")
        return sql.every(found)
