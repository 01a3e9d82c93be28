"""Full-text search in two languages: the search columns, and queries for them.

The migrations of members create the configurations `scn_french` (stemmed), `scn_english` (stemmed) and `scn_names`
(not stemmed). All three ignore accents: `eleves` finds « élèves ».

A query always searches the columns of both languages, each in its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add, or_

from django.contrib.postgres.search import (
    SearchConfig,
    SearchVector,
    SearchVectorField,
)
from django.contrib.postgres.search import SearchQuery as PostgresQuery
from django.db import models
from django.db.models import Func, Value

from scn_portal.base.search.query import Term

CONFIGURATIONS = {"fr": "scn_french", "en": "scn_english"}
NAMES = "scn_names"
# The configurations that know stop words with their accents: « à » is one, « a » is not.
STOPPING = {"scn_french": "french", "scn_english": "english", NAMES: "simple"}

# Articles and prepositions that PostgreSQL's list of French stop words leaves out.
STOPPED_TOO = {"scn_french": {"les", "a"}}
_STOPPED = "numnode(plainto_tsquery(%(expressions)s)) = 0"


def searchable(configuration: str, **fields: tuple[str, ...]) -> models.GeneratedField:
    """A generated column with the words of `fields`, by weight A to D.

    `searchable("scn_french", A=("title_fr",), B=("summary_fr",))`.
    """
    weighted = [(name, weight) for weight, names in sorted(fields.items()) for name in names]
    vectors = (SearchVector(name, weight=weight, config=configuration) for name, weight in weighted)
    return models.GeneratedField(expression=reduce(add, vectors), output_field=SearchVectorField(), db_persist=True)


class TermQuery(PostgresQuery):
    """A query for all words of `term`, in sequence for a phrase. Empty where all of them are stop words."""

    def __init__(self, term: Term, configuration: str):
        words = "" if term.words.casefold() in STOPPED_TOO.get(configuration, ()) else term.words
        super().__init__(words, config=configuration, search_type="phrase" if term.is_phrase else "plain")
        self.stopping = Func(SearchConfig(STOPPING[configuration]), Value(words), template=_STOPPED)

    def as_sql(self, compiler, connection, function=None, template=None):
        query, query_params = super().as_sql(compiler, connection, function, template)
        stopped, stopped_params = compiler.compile(self.stopping)
        # Only constants: PostgreSQL evaluates it once, before it chooses an index.
        return f"CASE WHEN {stopped} THEN ''::tsquery ELSE {query} END", [*stopped_params, *query_params]


def any_of(terms: Iterable[Term], configuration: str):
    """A query for any of `terms`, at least one."""
    return reduce(or_, (TermQuery(term, configuration) for term in terms))


def array_of(keys: Iterable[int]) -> str:
    """`keys` as the text of a PostgreSQL array, for a parameter: for thousands of keys, the driver takes six times as
    long with a list."""
    return f"{{{','.join(map(str, keys))}}}"


class Among(Func):
    """The condition for `filter` that the primary key of a row is one of `keys`, all in one parameter. PostgreSQL finds
    thousands of them in one pass through the index."""

    arg_joiner = " = ANY ("
    template = "%(expressions)s::bigint[])"
    output_field = models.BooleanField()

    def __init__(self, keys: Iterable[int]):
        super().__init__(models.F("pk"), Value(array_of(keys)))


@dataclass(frozen=True)
class NamedPlace:
    """Cities that `terms` of a query name, directly or by their country. Their rows need match only the other terms."""

    terms: frozenset[Term]
    cities: tuple[int, ...]
