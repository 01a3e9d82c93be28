"""How many rows have each concept of a search: counted if they are few, else estimated from statistics.

PostgreSQL records how frequent the most common words of each column are (ANALYZE, which autovacuum runs). A word that
is not among them is rare enough to be counted with the index.
"""

import math
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Model

from scn_portal.base.languages import CODES
from scn_portal.base.search import conditions as sql
from scn_portal.base.search.matching import Conditions, Part, Weight
from scn_portal.base.statements import fetch

MAX_COUNTED = 10_000
# In larger tables, a word that is in more rows than this according to statistics is not counted.
MAX_RARE = 2_000
# How long the statistics that were read are used, in seconds.
REMEMBERED = 600.0

_STATISTICS = """
SELECT s.attname, words.word, words.frequency FROM pg_stats s,
    unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS words (word, frequency)
WHERE s.schemaname = current_schema() AND s.tablename = %s AND s.attname = ANY(%s) AND words.word IS NOT NULL
"""
_ROWS = "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = to_regclass(%s)"


@dataclass
class _Known:
    """Statistics of a large table: about how many rows it has, and the frequency of common words by column."""

    rows: float
    words: dict[str, dict[str, float]]
    until: float


_large: dict[str, _Known] = {}


@dataclass
class Frequencies:
    """Counts for one statement: add sources with `count`, put `selects` into the statement, and `read` their rows.

    A row is the word “counted”, the name of the source, what is counted, the number, and NULL."""

    queries: sql.Queries
    using: str
    selects: list[sql.Piece] = field(default_factory=list)
    _estimated: dict[tuple[str, int], float] = field(default_factory=dict)
    _models: dict[str, type[Model]] = field(default_factory=dict)
    _parts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, model: type[Model], asked: Conditions) -> None:
        """Count the allowed rows of a source: all of them, and those that have each part of what is `asked`."""
        self._models[name], self._parts[name] = model, len(asked.parts)
        known = _known(model)
        if known:
            self._estimated[name, 0] = known.rows
        else:
            self._add(name, 0, asked, [sql.ALWAYS])
        lexemes = _Lexemes(self.queries, self.using) if known and asked.parts else None
        for number, part in enumerate(asked.parts):
            in_city = [sql.in_cities(part.cities)] if part.cities else []
            kinds = [((part.exact,), [part.in_exact, *in_city]), ((part.exact, part.related), part.branches)]
            # What has no related words is counted once.
            for place, (queries, branches) in enumerate(kinds[: 2 if part.concept.related else 1], 1 + 2 * number):
                often = known.rows * lexemes.share(known.words, queries) if known and lexemes else 0
                if often > MAX_RARE or (known and asked.is_of_one_word):
                    self._estimated[name, place] = max(often, 1.0)
                else:
                    self._add(name, place, asked, branches)

    def read(self, rows: Iterable[tuple[str, int, int]]) -> dict[str, list[Weight]]:
        """By source, the weights of its parts.

        A rare word keeps its weight, however common its synonyms are. They sum to 1, each with the larger of its two.
        """
        numbers = dict(self._estimated)
        for name, place, number in rows:
            numbers[name, place] = number
            if place == 0 and number > MAX_COUNTED:
                _look_up(self._models[name], self.using)
        return {name: _weights(numbers, name, count) for name, count in self._parts.items()}

    def _add(self, name: str, place: int, asked: Conditions, branches: list[str]) -> None:
        each = " UNION ".join(asked.rows(branch, MAX_COUNTED + 1) for branch in branches)
        found = f"SELECT 'counted', %s, {place}, count(*), NULL::bigint[] FROM ({each}) u"
        self.selects.append((found, [name, *asked.table.params * len(branches)]))


def known_share(model: type[Model], queries: sql.Queries, using: str, parts: Iterable[Part]) -> tuple[float, float]:
    """About how many rows `model` has, and in what share of them all of `parts` are, as typed, by the statistics; 0
    where none are at hand."""
    known, parts = _known(model), list(parts)
    if not known or not parts:
        return 0, 0
    lexemes = _Lexemes(queries, using)
    return known.rows, math.prod(lexemes.share(known.words, (part.exact,)) for part in parts)


class _Lexemes:
    """What the terms of a search are to the database: the words without their endings."""

    def __init__(self, queries: sql.Queries, using: str):
        self._of = queries.lexemes(using)

    def share(self, words: dict[str, dict[str, float]], asked: Iterable[dict[str, str]]) -> float:
        """In what share of the rows at least one of the queries is, as far as common words tell."""
        without = 1.0
        for queries in asked:
            for code in CODES:
                if queries[code]:
                    without *= 1 - self._share_of(queries[code], words.get(f"search_{code}", {}))
        return 1 - without

    def _share_of(self, query: str, common: dict[str, float]) -> float:
        """Of a query of terms joined by && and ||: “((term[1] || term[2]) && term[3])”."""
        shares = {
            number: min((common.get(word, 0.0) for word in found), default=1.0) for number, found in self._of.items()
        }
        every = []
        for either in query.split(" && "):
            without = 1.0
            for number in re.findall(r"term\[(\d+)\]", either):
                without *= 1 - (shares[int(number)] if self._of[int(number)] else 0.0)
            every.append(1 - without)
        return min(every, default=0.0)


def _weights(numbers: dict[tuple[str, int], float], name: str, count: int) -> list[Weight]:
    pairs = []
    for place in range(1, 2 * count + 1, 2):
        exact = numbers[name, place]
        pairs.append((_idf(numbers[name, 0], exact), _idf(numbers[name, 0], numbers.get((name, place + 1), exact))))
    best = sum(max(pair) for pair in pairs) or 1.0
    return [(exact / best, related / best) for exact, related in pairs]


def _idf(total: float, frequency: float) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0


def _known(model: type[Model]) -> _Known | None:
    known = _large.get(model._meta.db_table)
    return known if known and known.until > time.monotonic() else None


def _look_up(model: type[Model], using: str) -> None:
    table, columns = model._meta.db_table, [f"search_{code}" for code in CODES]
    words: dict[str, dict[str, float]] = {}
    for column, word, frequency in fetch(using, _STATISTICS, [table, columns]):
        words.setdefault(column, {})[word] = frequency
    [(rows,)] = fetch(using, _ROWS, [table])
    _large[table] = _Known(max(rows, MAX_COUNTED), words, time.monotonic() + REMEMBERED)
