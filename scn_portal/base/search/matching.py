"""Which rows of a table answer a query, as conditions in SQL, and how prominently a row has each idea of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from scn_portal.base.languages import CODES
from scn_portal.base.search import conditions as sql
from scn_portal.base.search.expansion import Concept
from scn_portal.base.search.full_text import CONFIGURATIONS, NamedPlace
from scn_portal.base.search.query import OrClause, SearchQuery, Term

# Weights of the fields D, C, B, A: story, results, summary, title.
FIELD_WEIGHTS = "'{0.1, 0.2, 0.4, 1.0}'::float4[]"
# What it counts to have a word at all, beside how prominently.
PRESENCE = 0.35
RELATED = 0.45
OF_THE_PLACE = 0.8
OWN_LANGUAGE = 1.05

# Of an idea, how rare it is as typed, and with its related words; 0 for what no row has.
Weight = tuple[float, float]


@dataclass(frozen=True)
class Part:
    """A concept of the query: the names of its queries by language, the cities that its terms name."""

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
        # Phrases apart: no index knows where words stand, so each row that it finds for a query with one is read.
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
        """The text of a row has the concept."""
        return self.in_exact if self.in_related == sql.NEVER else f"({self.in_exact} OR {self.in_related})"

    @property
    def branches(self) -> list[str]:
        """The conditions of which a row that has the concept meets one."""
        return [self.in_text, *([sql.in_cities(self.cities)] if self.cities else [])]

    @property
    def apart(self) -> list[str]:
        """The same, words as they were typed and related words each by themselves."""
        return [each for each in (self.in_exact, self.in_related, *self.branches[1:]) if each != sql.NEVER]

    @property
    def either(self) -> str:
        """The row has the concept, as it was typed or in related words, or its city is named so."""
        return f"({' OR '.join(self.branches)})"

    def score(self, language: str, exact: float, related: float) -> str:
        """How prominently a row has the concept, times its weight as it was typed or in related words. The row has its
        words in `r.texts`, in the order of CODES."""
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
    """The conditions for a row of `table` to answer `query`, whose ideas are `wanted`.

    `allowed`: nothing excluded is in it. `typed`: it has all words as typed if it meets one of these; `related`: all
    ideas, in these or in related words. Each of them can use its index.
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
        """There is one idea with no other word for it: nothing that counts more or less than something else."""
        return len(self.parts) == 1 and not self.parts[0].concept.related

    @property
    def whole(self) -> str:
        """The row answers the query, in whatever words."""
        return f"({' OR '.join(f'({each})' for each in (*self.typed, *self.related))}) AND {self.allowed}"

    def rows(self, where: str, most: int | None = None) -> str:
        """A SELECT of the keys of allowed rows, at most so many."""
        limit = "" if most is None else f" LIMIT {most}"
        return f"(SELECT pk FROM {self.table.sql} WHERE {sql.every([where, self.allowed])}{limit})"

    def typed_keys(self, most: int, newest: int) -> sql.Piece:
        """A SELECT of the keys of what has the words as typed, of each condition `most`; with `newest`, of that many of
        the newest rows all."""
        since = f"(SELECT newest FROM {self.table.sql} ORDER BY newest DESC OFFSET {newest - 1} LIMIT 1)"
        recent, limit, tables = ([f"r.newest >= {since}"], None, 2) if newest else ([], most, 1)
        each = (self.rows(sql.every([branch, *recent]), limit) for branch in self.typed)
        return " UNION ".join(each), [*self.table.params * len(self.typed) * tables]

    def related_keys(self, most: int, only_if: str) -> sql.Piece:
        """A SELECT of the keys of what has the ideas in related words, of each condition `most`, some twice."""
        each = (self.rows(sql.every([branch, only_if]), most) for branch in self.related)
        return " UNION ALL ".join(each), [*self.table.params * len(self.related)]

    def partial_keys(self, most: int, weights: list[Weight]) -> sql.Piece | None:
        """A SELECT of the keys of what has some idea, of each `most`, the rarest first, as `weights` say; of what has
        all phrases. None where there is nothing to have."""
        phrases = sql.every(part.either for part in self.parts if part.is_phrase)
        rarest_first = sorted(zip(weights, self.parts, strict=True), key=lambda pair: -max(pair[0]))
        branches = [sql.every([branch, phrases]) for _weights, part in rarest_first for branch in part.branches]
        each = (self.rows(branch, most) for branch in branches)
        return (" UNION ALL ".join(each), [*self.table.params * len(branches)]) if branches else None

    def scores(self, which: sql.Piece, language: str, weights: list[Weight]) -> sql.Piece:
        """A SELECT of `pk` and `score` of the rows for which `which` holds: how well they answer, for a reader of
        `language`."""
        pairs = zip(self.parts, weights, strict=True)
        score = " + ".join(part.score(language, *pair) for part, pair in pairs if any(pair)) or "0"
        city = "r.city, " if "city" in self.table.columns else ""
        # In an array, for which what a row says is read once, and not once for each rank; OFFSET 0 keeps it there.
        texts = f"ARRAY[{', '.join(f'r.search_{code}' for code in CODES)}] AS texts"
        read = f"SELECT r.pk, {city}{texts} FROM {self.table.sql} WHERE {which[0]} OFFSET 0"
        return f"SELECT r.pk, ({score})::float8 AS score FROM ({read}) r", [*self.table.params, *which[1]]

    def _branches(self, clause: OrClause) -> list[str]:
        """All of the words as typed, in one language; for each place, all that does not name it."""
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
        """All of the ideas, each in either language; then with those that the city of a row answers."""
        if len(self.parts) == 1:
            return self.parts[0].apart
        branches = [sql.every(part.in_text for part in self.parts)]
        if cities := {city for part in self.parts for city in part.cities}:
            branches.append(sql.every([sql.in_cities(cities), *(part.either for part in self.parts)]))
        return branches

    def _without(self, clause: OrClause) -> str:
        """No excluded term, in a text or in the place."""
        found = []
        for term in clause.unwanted:
            terms = {code: self._queries.all_of([term], CONFIGURATIONS[code]) for code in CODES}
            found.append(f"NOT {self._queries.in_either(terms)}")
            if cities := {city for place in self._places if term in place.terms for city in place.cities}:
                found.append(f"NOT {sql.in_cities(cities)}")
        return sql.every(found)
