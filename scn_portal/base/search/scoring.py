"""How well a text answers a query of which it has some words: the rarer the words, and the more of them, the better.

PostgreSQL's own ranks do not know how rare a word is. Here each concept of the query counts by its inverse document
frequency, as in BM25, times how prominently the text has it (ts_rank: field weights, saturating with repetition).
`bench/search_quality` measures it beside BM25.

However many texts have the words, no more than MAX_MATCHES of them are counted, and MAX_RANKED ranked.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, BooleanField, F, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import RawSQL

from scn_portal.base.few_rows import fetch
from scn_portal.base.languages import CODES
from scn_portal.base.search import conditions as sql
from scn_portal.base.search.expansion import Concept, concepts
from scn_portal.base.search.frequencies import Frequencies, known_share
from scn_portal.base.search.full_text import CONFIGURATIONS, NamedPlace
from scn_portal.base.search.query import OrClause, SearchQuery

# Weights of the fields D, C, B, A: story, results, summary, title.
FIELD_WEIGHTS = "'{0.1, 0.2, 0.4, 1.0}'::float4[]"
# What it counts to have a word at all, beside how prominently.
PRESENCE = 0.35
RELATED = 0.45
OF_THE_PLACE = 0.8
OWN_LANGUAGE = 1.05


@dataclass(frozen=True)
class Source:
    """Rows to search, with `search_fr` and `search_en`; `city` is the path to the city that may answer for a word.

    `newest` is the column of a moment by whose index the newest rows are found; of words that very many have, the
    newest are then ranked. Without it, those that the database finds first.
    """

    rows: QuerySet
    city: str = ""
    newest: str = ""


class Match(NamedTuple):
    """A row that answers a query: the name of its source, its key, how much of the query it has, and its score.

    The score is 0 for those that were found and not ranked, which come last.
    """

    source: str
    pk: int
    level: int
    score: float


# All words as typed; all ideas, in these or in related words; some of them.
TYPED, RELATED_WORDS, PARTIAL = 2, 1, 0
# With fewer rows that have all of a query, those that have some of it are added: so many, and none far behind the best.
FEW, MAX_PARTIAL, NEAR_THE_BEST = 3, 12, 0.35
MAX_MATCHES = 10_000
# How many times more rows than are counted the statistics must expect, for a word to be common beyond doubt; and among
# the newest rows, to look for that many of them there. Of a rarer word, more rows than NEAR times that many would have
# to be gone through.
COMMON, ENOUGH, NEAR = 2.0, 1.25, 4
# Of each source; with some of the words, of each word. Half of the time of a search for a common word is in these.
MAX_RANKED = 1_000


class BestMatches:
    """The rows of `sources` that answer `query`, best first, for a reader of `language`: two queries, each run once.

    What is excluded is in none of them, and a quoted phrase stays exact. `exceeds` says that more than `most` rows
    (MAX_MATCHES) of a source have all of the query; then the newest MAX_RANKED of these are ranked, and the others
    follow. With `only_few`, it then has no rows at all, for who asks again with less.
    """

    def __init__(
        self,
        sources: dict[str, Source],
        query: SearchQuery,
        language: str,
        places: Iterable[NamedPlace] = (),
        most: int | None = None,
        only_few: bool = False,
    ):
        self._only_few = only_few
        self._most = MAX_MATCHES if most is None else most
        self.query, self.language, self.places = query, language, list(places)
        self.sources = sources
        wanted = {concept.terms: concept for clause in query.clauses for concept in concepts(clause.wanted)}
        self._concepts = list(wanted.values())

    @cached_property
    def complete(self) -> list[Match]:
        """The rows that have all of the query, at most `most` of each source."""
        left, complete = dict.fromkeys(self.sources, self._most), []
        for match in self._found:
            if match.level > PARTIAL and left[match.source]:
                left[match.source] -= 1
                complete.append(match)
        return complete

    @cached_property
    def complete_keys(self) -> list[int]:
        """The keys of `complete`, of one source alone: of thousands of rows, making a Match of each takes longer."""
        assert len(self.sources) == 1, "the keys of several sources need their names"
        return [
            key
            for _source, _number, keys, levels, _scores in self._answered
            for key, level in zip(keys or [], levels or [], strict=True)
            if level > PARTIAL
        ][: self._most]

    @property
    def exceeds(self) -> bool:
        """Whether more rows of a source than `most` have all of the query."""
        return bool(self.exceeding)

    @cached_property
    def exceeding(self) -> set[str]:
        """The sources of which more rows than `most` have all of the query."""
        return {source for source, number, *_found in self._answered if number > self._most}

    @property
    def is_common(self) -> bool:
        """Whether so many rows have all of the query, as far as statistics tell, that who wants only some of them, such
        as those of a country, had better ask for these at once. A guess: what is shown is counted all the same."""
        return bool(self._windows) and all(self._windows.values())

    @property
    def finds_all_words(self) -> bool:
        """Whether a row has all of the query."""
        return bool(self._number)

    @cached_property
    def partial(self) -> list[Match]:
        """The rows that have some of the query, where fewer than FEW have all of it."""
        if self._number >= FEW:
            return []
        some = [match for match in self._found if match.level == PARTIAL]
        return [match for match in some if match.score >= NEAR_THE_BEST * some[0].score][:MAX_PARTIAL]

    def condition(self, name: str, *, in_their_order: bool = False) -> RawSQL:
        """The condition for a row of the source to have all of the query, for `filter` of its rows.

        `in_their_order`: for the first rows in some order, of words that many have; no index finds the words then.
        """
        queries = sql.Queries()
        search = self._search(name, queries)
        whole = f"({' OR '.join(f'({each})' for each in (*search.typed, *search.related))})"
        asked, params = queries.inline(f"{whole} AND {search.allowed}", search.table.columns)
        asked = f"{asked} IS TRUE" if in_their_order else asked
        return RawSQL(asked, params, output_field=BooleanField())

    @property
    def _number(self) -> int:
        """How many rows have all of the query, as far as they were counted."""
        return sum(number for _source, number, *_found in self._answered)

    # --- Internals -------------------------------------------------------------------------------------------------

    def _search(self, name: str, queries: sql.Queries) -> "_Search":
        source = self.sources[name]
        places = self.places if source.city else []
        table = sql.table_of(source.rows, source.city, source.newest)
        return _Search(self.query, self._concepts, places, table, queries)

    @cached_property
    def _searches(self) -> tuple[sql.Queries, dict[str, "_Search"]]:
        queries, searches = sql.Queries(), {}
        for name in self.sources:
            try:
                searches[name] = self._search(name, queries)
            except EmptyResultSet:
                continue
        return queries, searches

    @cached_property
    def _weights(self) -> dict[str, list[tuple[float, float]]]:
        """For each source and concept, how rare it is as typed, and with its related words; 0 for what no row has.

        A rare word keeps its weight, however common its synonyms are. They sum to 1, each with the larger of its two.
        """
        queries, searches = self._searches
        frequencies = Frequencies(queries, self._using)
        for name, search in searches.items():
            frequencies.count(name, search.table, self.sources[name].rows.model, search.parts, search.allowed)
        weights = {}
        for name, (total, found) in frequencies.read().items():
            rarities = [(_idf(total, exact), _idf(total, either)) for exact, either in found]
            best = sum(max(pair) for pair in rarities) or 1.0
            weights[name] = [(exact / best, related / best) for exact, related in rarities]
        return weights

    @cached_property
    def _windows(self) -> dict[str, int]:
        """How many of the newest rows of each source have more than `most` with all of the query among them, as far as
        statistics tell; 0 where they tell nothing, or so few."""
        queries, searches = self._searches
        is_plain = len(self.query.clauses) == 1 and not self.query.clauses[0].unwanted
        if not is_plain or any(term.is_phrase for term in self.query.wanted):
            return dict.fromkeys(searches, 0)
        windows = {}
        for name, search in searches.items():
            rows, share = known_share(self.sources[name].rows.model, queries, self._using, search.parts)
            windows[name] = round(ENOUGH * (self._most + 1) / share) if rows * share > COMMON * self._most else 0
        return windows

    def _window(self, name: str) -> int:
        """Among how many of the newest rows of a source those to be ranked are looked for; 0 for all, in any order."""
        source, window = self.sources[name], self._windows[name]
        is_whole = source.newest and not source.rows.query.where
        return window if is_whole and window <= NEAR * ENOUGH * (self._most + 1) else 0

    @cached_property
    def _found(self) -> list[Match]:
        each = ((source, zip(*columns, strict=True)) for source, _number, *columns in self._answered if columns[0])
        found = [Match(source, *row) for source, rows in each for row in rows]
        if len(self.sources) > 1:
            found.sort(key=lambda match: (-match.level, -match.score, match.source, -match.pk))
        return found

    @cached_property
    def _answered(self) -> list[tuple]:
        """Of each source: its name, how many rows have all of the query, and of what was found, the best first, lists
        of the keys, the levels and the scores (None if nothing was). Thousands of rows would take longer to fetch."""
        queries, searches = self._searches
        if not self.query or not searches:
            return []
        weights, with_, arms = self._weights, [], []
        for number, (name, search) in enumerate(searches.items()):
            with_ += search.complete(number, self._most, self._window(name))
        counts = " + ".join(f"(SELECT count(*) FROM complete_{number})" for number in range(len(searches)))
        with_.append((f"few AS MATERIALIZED (SELECT {counts} < {FEW} AS few)", []))
        for number, (name, search) in enumerate(searches.items()):
            with_ += search.ranked(number, weights[name], self._most if self._only_few else None)
            arms.append(search.answer(number, name, weights[name], self.language))
        asked, params = queries.sql()
        statement = (
            f"WITH {asked}, {', '.join(part for part, _params in with_)} {' UNION ALL '.join(a for a, _p in arms)}"
        )
        params = [*params, *(param for _part, params in (*with_, *arms) for param in params)]
        return fetch(self._using, statement, params)

    @property
    def _using(self) -> str:
        return next((source.rows.db for source in self.sources.values()), DEFAULT_DB_ALIAS)


class _Search:
    """The search of one source, in SQL."""

    def __init__(
        self,
        query: SearchQuery,
        wanted: list[Concept],
        places: list[NamedPlace],
        table: sql.Table,
        queries: sql.Queries,
    ):
        self.table, self._queries, self._places = table, queries, places
        self.parts = [_Part.of(concept, places, queries) for concept in wanted]
        self.allowed = sql.every(self._without(clause) for clause in query.clauses)
        self.typed = sql.without_implied(branch for clause in query.clauses for branch in self._branches(clause))
        related = self._in_related_words() if self.parts and len(query.clauses) == 1 else []
        self.related = sql.without_implied(related, self.typed)
        self._phrases = sql.every(
            part.either for part in self.parts if any(term.is_phrase for term in part.concept.terms)
        )

    def complete(self, number: int, most: int, window: int) -> list[tuple[str, list]]:
        """For WITH: `complete_1`, the rows that have all of the query; of more than `most`, some: the newest, where
        there are more than `most` among the newest `window`."""
        parts = self._newest(number, window) if window else []
        found = f"(SELECT count(*) FROM newest_{number})" if window else ""
        typed = self._united(self.typed, f"{found} <= {most}" if window else "TRUE", most=most + 1)
        typed = f"SELECT DISTINCT pk FROM ({typed}) u"
        if window:
            typed += f" UNION ALL SELECT pk FROM newest_{number} WHERE {found} > {most}"
        parts.append(self._cte(f"typed_{number}", typed, len(self.typed)))
        few = f"(SELECT count(*) FROM typed_{number}) <= {most}"
        others = f"SELECT pk, TRUE AS as_typed FROM typed_{number}"
        if self.related:
            others += f" UNION ALL {self._united(self.related, few, as_typed='FALSE', most=most + 1)}"
        both = f"SELECT pk, bool_or(as_typed) AS as_typed FROM ({others}) u GROUP BY pk"
        parts.append(self._cte(f"complete_{number}", both, len(self.related)))
        return parts

    def _newest(self, number: int, window: int) -> list[tuple[str, list]]:
        """For WITH: `newest_1`, all of the newest `window` rows that have all of the query as typed."""
        since = f"SELECT newest FROM {self.table.sql} ORDER BY newest DESC OFFSET {window - 1} LIMIT 1"
        recent = f"r.newest >= (SELECT newest FROM since_{number})"
        each = (
            f"SELECT pk FROM {self.table.sql} WHERE {sql.every([branch, self.allowed, recent])}"
            for branch in self.typed
        )
        newest = self._cte(f"newest_{number}", " UNION ".join(each), len(self.typed))
        return [self._cte(f"since_{number}", since, 1), newest]

    def ranked(self, number: int, weights: list[tuple[float, float]], most: int | None) -> list[tuple[str, list]]:
        """For WITH: `shown_1`, the rows of `complete_1`, none if they are more than `most`; `ranked_1`, which rows are
        to be ranked, with their level."""
        few = f" WHERE (SELECT count(*) FROM complete_{number}) <= {most}" if most is not None else ""
        shown = self._cte(f"shown_{number}", f"SELECT * FROM complete_{number}{few}", 0)
        level = f"CASE WHEN as_typed THEN {TYPED} ELSE {RELATED_WORDS} END AS level"
        best = f"(SELECT pk, {level} FROM shown_{number} ORDER BY as_typed DESC, pk DESC LIMIT {MAX_RANKED})"
        rarest_first = sorted(zip(weights, self.parts, strict=True), key=lambda pair: -max(pair[0]))
        branches = [sql.every([branch, self._phrases]) for _weights, part in rarest_first for branch in part.branches]
        if branches:
            some = self._united(branches, "(SELECT few FROM few)", most=MAX_RANKED)
            without = f"pk NOT IN (SELECT pk FROM complete_{number})"
            best += f" UNION ALL SELECT DISTINCT pk, {PARTIAL} FROM ({some}) u WHERE {without}"
        return [shown, self._cte(f"ranked_{number}", best, len(branches))]

    def answer(self, number: int, name: str, weights: list[tuple[float, float]], language: str) -> tuple[str, list]:
        """The SELECT of the source, how many rows have all of the query, and keys, levels and scores of what is shown:
        first of what is ranked."""
        terms = [part.score(language, *pair) for part, pair in zip(self.parts, weights, strict=True) if any(pair)]
        # What a row says is read once, and not once for each rank: that is what OFFSET 0 is for.
        texts = ", ".join(f"r.search_{code} || ''::tsvector AS search_{code}" for code in CODES)
        city = ", r.city" if "city" in self.table.columns else ""
        read = (
            f"SELECT k.pk, k.level, {texts}{city} FROM ranked_{number} k JOIN {self.table.sql} ON r.pk = k.pk OFFSET 0"
        )
        ranked = f"SELECT r.pk, r.level, ({' + '.join(terms) or '0'})::float8 FROM ({read}) r"
        level = f"CASE WHEN as_typed THEN {TYPED} ELSE {RELATED_WORDS} END"
        rest = f"SELECT pk, {level}, 0 FROM shown_{number} WHERE pk NOT IN (SELECT pk FROM ranked_{number})"
        columns = (f"array_agg({each} ORDER BY level DESC, score DESC, pk DESC)" for each in ("pk", "level", "score"))
        answer = (
            f"SELECT %s::text, (SELECT count(*) FROM complete_{number}), {', '.join(columns)}"
            f" FROM ({ranked} UNION ALL {rest}) AS found (pk, level, score)"
        )
        return answer, [name, *self.table.params]

    def _cte(self, name: str, query: str, tables: int) -> tuple[str, list]:
        return f"{name} AS MATERIALIZED ({query})", list(self.table.params) * tables

    def _united(self, branches: list[str], condition: str, *, as_typed: str = "", most: int) -> str:
        """A branch for each condition, so that each can use its index."""
        columns = f"pk, {as_typed}" if as_typed else "pk"
        return " UNION ALL ".join(
            f"(SELECT {columns} FROM {self.table.sql} WHERE {where} LIMIT {most})"
            for where in (sql.every([branch, self.allowed, condition]) for branch in branches)
        )

    def _branches(self, clause: OrClause) -> list[str]:
        """All of the words as typed, in one language; for each place, all that does not name it."""
        branches = [self._has_all(clause.wanted)]
        for place in self._places:
            rest = [term for term in clause.wanted if term not in place.terms]
            if len(rest) < len(clause.wanted):
                branches.append(sql.every([sql.in_cities(place.cities), self._has_all(rest)]))
        return branches

    def _has_all(self, terms) -> str:
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


@dataclass(frozen=True)
class _Part:
    """A concept of the query, as SQL: the names of its queries by language, the cities that its terms name."""

    concept: Concept
    cities: tuple[int, ...]
    exact: dict[str, str]
    related: dict[str, str]
    in_exact: str
    in_related: str
    queries: sql.Queries

    @classmethod
    def of(cls, concept: Concept, places: list[NamedPlace], queries: sql.Queries) -> "_Part":
        exact = {code: queries.exact(concept, CONFIGURATIONS[code]) for code in CODES}
        related = {code: queries.any_of(concept.related, CONFIGURATIONS[code]) for code in CODES}
        in_exact = queries.in_either(exact)
        in_related = queries.in_either(related) if any(related.values()) else sql.NEVER
        cities = {key for place in places if place.terms & set(concept.terms) for key in place.cities}
        return cls(concept, tuple(sorted(cities)), exact, related, in_exact, in_related, queries)

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
        """How prominently a row has the concept, times its weight as it was typed or in related words."""
        ranks = ["0"]
        for code in CODES:
            own = OWN_LANGUAGE if code == language else 1.0
            ranks.append(self._rank(code, self.exact[code], own * exact))
            ranks.append(self._rank(code, self.related[code], own * RELATED * related))
        if self.cities:
            ranks.append(f"CASE WHEN {sql.in_cities(self.cities)} THEN {OF_THE_PLACE * exact!r}::float8 ELSE 0 END")
        return f"greatest({', '.join(filter(None, ranks))})"

    def _rank(self, code: str, query: str, weight: float) -> str:
        if not query or not weight:
            return ""
        name, column = self.queries.named(query), f"r.search_{code}"
        rank = f"{PRESENCE} + {1 - PRESENCE} * ts_rank({FIELD_WEIGHTS}, {column}, {name})"
        return f"CASE WHEN {column} @@ {name} THEN {weight!r}::float8 * ({rank}) ELSE 0 END"


def in_order_of(keys: list[int]) -> Func:
    """To order rows by their place in `keys`."""
    return Func(
        Value(keys, ArrayField(BigIntegerField())), F("pk"), function="array_position", output_field=IntegerField()
    )


def _idf(total: float, frequency: float) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0
