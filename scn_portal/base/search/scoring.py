"""Which rows match a query, and which of them match best: the more words of the query, and the rarer, the better.

PostgreSQL's own ranks do not know how rare a word is. Here each concept of the query counts by its inverse document
frequency, as in BM25, times how prominently the text has it (ts_rank: field weights, saturating with repetition).
`bench/search_quality` measures it beside BM25.

At most MAX_MATCHES rows are counted, and MAX_RANKED ranked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, BooleanField, F, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import RawSQL

from scn_portal.base.search import conditions as sql
from scn_portal.base.search.expansion import concepts
from scn_portal.base.search.frequencies import Frequencies, known_share
from scn_portal.base.search.full_text import NamedPlace, array_of
from scn_portal.base.search.matching import Conditions, Weight
from scn_portal.base.search.query import SearchQuery
from scn_portal.base.statements import fetch


@dataclass(frozen=True)
class Source:
    """Rows to search, with `search_fr` and `search_en`. `city` is the path to the city whose name may match a word.

    `newest` is the column of a moment that has an index. For very common words, the newest rows are ranked; without
    `newest`, those that the database finds first.
    """

    rows: QuerySet
    city: str = ""
    newest: str = ""


class Match(NamedTuple):
    """A row that matches a query: the name of its source, its key, how much of the query it has, and its score.

    The score is 0 for rows that were found but not ranked; they come last.
    """

    source: str
    pk: int
    level: int
    score: float


# All words as typed; all concepts, as typed or in related words; some concepts.
TYPED, RELATED_WORDS, PARTIAL = 2, 1, 0
# If fewer than FEW rows match the whole query, up to MAX_PARTIAL partial matches are added that score at least
# NEAR_THE_BEST times the best of them.
FEW, MAX_PARTIAL, NEAR_THE_BEST = 3, 12, 0.35
MAX_MATCHES = 10_000
# A word counts as common if statistics expect it in COMMON times as many rows as are counted.
COMMON = 2.0
# The newest rows are searched if ENOUGH times as many matches as are counted are expected among them,
# and they are at most NEAR times as many rows as that. For rarer words there would be too many rows to read.
ENOUGH, NEAR = 1.25, 4
# In each source; for partial matches, for each concept.
MAX_RANKED = 500


@dataclass(frozen=True)
class _Found:
    """The keys of rows that match the whole query, the newest first: as typed, or only in related words."""

    typed: list[int]
    related: list[int]

    @property
    def keys(self) -> list[int]:
        return [*self.typed, *self.related]

    def __len__(self) -> int:
        return len(self.typed) + len(self.related)


class BestMatches:
    """The rows of `sources` that match `query`, best first, for a reader of `language`. It takes two statements.

    The first finds the keys of the rows that match the whole query, and counts how rare each concept is. The second
    scores the rows that are ranked and, if fewer than FEW match the whole query, finds and scores partial matches.

    Excluded terms are in none of the rows, and a quoted phrase stays exact. `exceeds` says that more than `most` rows
    (MAX_MATCHES) of a source match the whole query; then the newest MAX_RANKED of them are ranked, and the others
    follow.
    """

    def __init__(
        self,
        sources: dict[str, Source],
        query: SearchQuery,
        language: str,
        places: Iterable[NamedPlace] = (),
        most: int | None = None,
    ):
        self._most = MAX_MATCHES if most is None else most
        self.query, self.language, self.places = query, language, list(places)
        self.sources = sources
        wanted = {concept.terms: concept for clause in query.clauses for concept in concepts(clause.wanted)}
        self._concepts = list(wanted.values())

    @cached_property
    def complete(self) -> list[Match]:
        """The rows that match the whole query, at most `most` of each source."""
        found = []
        for name, scores in self._scores.items():
            typed = set(self._found[name].typed)
            levels = ((key, TYPED if key in typed else RELATED_WORDS) for key in self._best_first(name))
            found += [Match(name, key, level, scores.get(key, 0.0)) for key, level in levels]
        return _sorted(found) if len(self._scores) > 1 else found

    @cached_property
    def complete_keys(self) -> list[int]:
        """The keys of `complete` if there is only one source. For thousands of rows this is faster than `complete`."""
        assert len(self.sources) == 1, "the keys of several sources need their names"
        return [key for name in self._scores for key in self._best_first(name)]

    @property
    def found_keys(self) -> list[int]:
        """The same keys in no order, without the second statement."""
        return [key for found in self._found.values() for key in found.keys][: self._most]

    @property
    def exceeds(self) -> bool:
        """Whether more than `most` rows of a source match the whole query."""
        return bool(self.exceeding)

    @cached_property
    def exceeding(self) -> set[str]:
        """The sources in which more than `most` rows match the whole query."""
        return {name for name, found in self._found.items() if len(found) > self._most}

    @property
    def is_common(self) -> bool:
        """Whether so many rows match the whole query, according to statistics, that a caller who wants only some of
        them, such as those of a country, should filter first. An estimate: what is shown is counted all the same."""
        return bool(self._windows) and all(self._windows.values())

    @property
    def share(self) -> float:
        """About how many of the rows of the one source match the whole query, as 0.25; 0 if statistics do not tell."""
        return next(iter(self._shares.values()))[1] if self._shares else 0.0

    @property
    def finds_all_words(self) -> bool:
        """Whether any row matches the whole query."""
        return any(len(found) for found in self._found.values())

    @cached_property
    def partial(self) -> list[Match]:
        """The rows that match part of the query, if fewer than FEW match all of it."""
        some: list[Match] = []
        for name, scores in self._scores.items() if self._are_few else ():
            whole = set(self._found[name].keys)
            some += [Match(name, key, PARTIAL, score) for key, score in scores.items() if key not in whole]
        some = _sorted(some)
        return [match for match in some if match.score >= NEAR_THE_BEST * some[0].score][:MAX_PARTIAL]

    def condition(self, name: str, *, in_their_order: bool = False) -> RawSQL:
        """The condition for a row of the source to match the whole query, for `filter` of its rows.

        `in_their_order`: the condition does not use the index of words, for reading the first rows in some order.
        """
        queries = sql.Queries()
        asked = self._conditions_for(name, queries)
        condition, params = queries.inline(asked.whole, asked.table.columns)
        condition = f"{condition} IS TRUE" if in_their_order else condition
        return RawSQL(condition, params, output_field=BooleanField())

    # --- What is asked ---------------------------------------------------------------------------------------------

    def _conditions_for(self, name: str, queries: sql.Queries) -> Conditions:
        source = self.sources[name]
        places = self.places if source.city else []
        table = sql.table_of(source.rows, source.city, source.newest)
        return Conditions(self.query, self._concepts, places, table, queries)

    @cached_property
    def _conditions(self) -> tuple[sql.Queries, dict[str, Conditions]]:
        """The conditions for each source that has rows."""
        queries, conditions = sql.Queries(), {}
        for name in self.sources:
            try:
                conditions[name] = self._conditions_for(name, queries)
            except EmptyResultSet:
                continue
        return queries, conditions

    @property
    def _shares(self) -> dict[str, tuple[float, float]]:
        """For each source, how many rows its table has and which share of them matches the whole query, according to
        statistics; zeros if there are none."""
        queries, conditions = self._conditions
        is_plain = len(self.query.clauses) == 1 and not self.query.clauses[0].unwanted
        if not is_plain or any(term.is_phrase for term in self.query.wanted):
            return dict.fromkeys(conditions, (0.0, 0.0))
        return {
            name: known_share(self.sources[name].rows.model, queries, self._using, asked.parts)
            for name, asked in conditions.items()
        }

    @property
    def _windows(self) -> dict[str, int]:
        """For each source, among how many of its newest rows more than `most` match the whole query, according to
        statistics; 0 if there are no statistics, or too few matches."""
        return {
            name: round(ENOUGH * (self._most + 1) / share) if rows * share > COMMON * self._most else 0
            for name, (rows, share) in self._shares.items()
        }

    @property
    def _newest_of(self) -> dict[str, int]:
        """For each source, among how many of its newest rows matches are searched; 0 for all rows, if the source is
        only part of a table or the words are not common enough."""
        farthest = NEAR * ENOUGH * (self._most + 1)
        whole = {name for name, source in self.sources.items() if source.newest and not source.rows.query.where}
        windows = self._windows.items()
        return {name: window if name in whole and window <= farthest else 0 for name, window in windows}

    # --- The first statement ---------------------------------------------------------------------------------------

    @property
    def _found(self) -> dict[str, _Found]:
        return self._answered[0]

    @property
    def _are_few(self) -> bool:
        return sum(len(found) for found in self._found.values()) < FEW

    @cached_property
    def _answered(self) -> tuple[dict[str, _Found], dict[str, list[Weight]]]:
        """By source: the rows that match the whole query, and the weights of its concepts."""
        conditions = self._conditions[1]
        if not self.query or not conditions:
            return {}, {}
        windows = self._newest_of
        answered = self._find(windows)
        if self._newest_of != windows:  # the statement before has read new statistics
            windows = self._newest_of
            answered = self._find(windows)
        if any(windows[name] and len(found) <= self._most for name, found in answered[0].items()):
            answered = self._find(dict.fromkeys(conditions, 0))  # the statistics promised more
        return answered

    def _find(self, windows: dict[str, int]) -> tuple[dict[str, _Found], dict[str, list[Weight]]]:
        """`_answered`, searched among as many of the newest rows of each source as `windows` say; 0 means all rows.

        For each source, one SELECT gives the keys of rows with the words as typed; another those with related words,
        unless there are too many already; others count how rare each concept is.
        """
        queries, conditions = self._conditions
        frequencies, with_, selects = Frequencies(queries, self._using), [], []
        for number, (name, asked) in enumerate(conditions.items()):
            frequencies.count(name, self.sources[name].rows.model, asked)
            keys, params = asked.typed_keys(self._most + 1, windows[name])
            with_.append((f"typed_{number} AS MATERIALIZED ({keys})", params))
            selects.append((f"SELECT 'typed', %s, 0, 0, array_agg(pk) FROM typed_{number}", [name]))
            few = f"(SELECT count(*) FROM typed_{number}) <= {self._most}"
            if asked.related:
                keys, params = asked.related_keys(self._most + 1, few)
                selects.append((f"SELECT 'related', %s, 0, 0, array_agg(pk) FROM ({keys}) u", [name, *params]))
        rows = self._fetch([*selects, *frequencies.selects], with_)
        keys_of = {(name, kind): keys or [] for kind, name, _place, _number, keys in rows}
        found = {name: _found(keys_of[name, "typed"], keys_of.get((name, "related"), [])) for name in conditions}
        return found, frequencies.read(row[1:4] for row in rows if row[0] == "counted")

    # --- The second statement --------------------------------------------------------------------------------------

    @cached_property
    def _scores(self) -> dict[str, dict[int, float]]:
        """By source, the scores by key: of the first MAX_RANKED rows that match the whole query and, if these are few,
        of partial matches."""
        conditions, weights = self._conditions[1], self._answered[1]
        scores: dict[str, dict[int, float]] = {name: {} for name in self._found}
        selects = []
        for name, found in self._found.items():
            asked, which = conditions[name], []
            if keys := found.keys[:MAX_RANKED]:
                which.append(("r.pk = ANY(%s::bigint[])", [array_of(keys)]))
            if self._are_few and (some := asked.partial_keys(MAX_RANKED, weights[name])):
                which.append((f"r.pk IN ({some[0]})", some[1]))
            for each in which:
                select, params = asked.scores(each, self.language, weights[name])
                selects.append((f"SELECT %s, array_agg(pk), array_agg(score) FROM ({select}) s", [name, *params]))
        for name, keys, values in self._fetch(selects) if selects else ():
            scores[name] |= zip(keys or (), values or (), strict=True)
        return scores

    def _best_first(self, name: str) -> list[int]:
        """The keys of the rows that match the whole query, at most `most`: ranked ones first, best first."""
        found, scores, ordered = self._found[name], self._scores[name], []
        for keys in (found.typed, found.related):
            ordered += sorted(keys[:MAX_RANKED], key=lambda key: -scores.get(key, 0.0)) + keys[MAX_RANKED:]
        return ordered[: self._most]

    # --- Both ------------------------------------------------------------------------------------------------------

    def _fetch(self, selects: list[sql.Piece], with_: list[sql.Piece] | None = None) -> list[tuple]:
        """The rows of all `selects`, in one statement."""
        asked = self._conditions[0].sql()
        ctes = ", ".join(piece for piece, _params in (asked, *(with_ or ())))
        united = " UNION ALL ".join(piece for piece, _params in selects)
        params = [param for _piece, params in (asked, *(with_ or ()), *selects) for param in params]
        return fetch(self._using, f"WITH {ctes} {united}", params)

    @property
    def _using(self) -> str:
        return next((source.rows.db for source in self.sources.values()), DEFAULT_DB_ALIAS)


def _found(typed: list[int], related: list[int]) -> _Found:
    others = set(related).difference(typed)
    return _Found(sorted(typed, reverse=True), sorted(others, reverse=True))


def _sorted(matches: list[Match]) -> list[Match]:
    return sorted(matches, key=lambda match: (-match.level, -match.score, match.source, -match.pk))


def in_order_of(keys: list[int]) -> Func:
    """To order rows by their place in `keys`."""
    return Func(
        Value(keys, ArrayField(BigIntegerField())), F("pk"), function="array_position", output_field=IntegerField()
    )
