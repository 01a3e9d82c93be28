"""A search as SQL: the tsqueries are computed once, in a WITH clause, and conditions refer to them by name.

Repeating a composed tsquery in every condition would make a statement of tens of kilobytes, which takes most of the
time of a short search. Also, if the planner knows the tsquery, it reads the whole table for a common word. That costs a
hundred times its estimate, because the words of each row are stored out of line. It cannot estimate a tsquery from a
subquery, and uses the index.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from cachetools import LRUCache
from django.db.models import QuerySet

from scn_portal.base.languages import CODES
from scn_portal.base.search.expansion import Concept
from scn_portal.base.search.full_text import STOPPED_TOO, STOPPING
from scn_portal.base.search.query import Term
from scn_portal.base.statements import fetch

# One row with all tsqueries in an array, to be read by number.
_TERMS = """
    typed AS MATERIALIZED (
        SELECT array_agg(
            CASE WHEN numnode(plainto_tsquery(stopping::regconfig, words)) = 0 THEN ''::tsquery
                WHEN is_phrase THEN phraseto_tsquery(config::regconfig, words)
                ELSE plainto_tsquery(config::regconfig, words) END ORDER BY place) AS term
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[])
            WITH ORDINALITY AS given (words, config, stopping, is_phrase, place))
"""
_LEXEME = re.compile(r"'((?:[^']|'')*)'")
_lock = threading.Lock()
_lexemes: LRUCache[tuple[str, str, bool], list[str]] = LRUCache(2_000)
NEVER, ALWAYS = "FALSE", "TRUE"

Piece = tuple[str, list]  # of a statement, with its parameters


@dataclass
class Queries:
    """The tsqueries that a statement uses, by name."""

    _terms: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def all_of(self, terms: Iterable[Term], configuration: str) -> str:
        """All of `terms`; "" if all of them are stop words."""
        return self._joined(" && ", (self._term(term, configuration) for term in terms))

    def any_of(self, terms: Iterable[Term], configuration: str) -> str:
        """Any of `terms`."""
        return self._joined(" || ", (self._term(term, configuration) for term in terms))

    def exact(self, concept: Concept, configuration: str) -> str:
        """All names of the concept that were typed, each in any spelling."""
        return self._joined(" && ", (self.any_of(same, configuration) for same in concept.exact))

    def named(self, query: str) -> str:
        """The expression for `query` in a condition."""
        name = self._names.setdefault(query, f"x{len(self._names)}")
        return f"(SELECT {name} FROM asked)"

    def in_either(self, *queries: dict[str, str]) -> str:
        """The condition for a row `r` to match any of `queries`, by language."""
        pairs = (pair for each in queries for pair in each.items())
        matching = (f"r.search_{code} @@ {self.named(query)}" for code, query in pairs if query)
        return f"({' OR '.join(matching) or NEVER})"

    def sql(self) -> tuple[str, list]:
        """The WITH clause. Call this after all conditions are written."""
        words = [word for word, _config, _is_phrase in self._terms]
        configs = [config for _word, config, _is_phrase in self._terms]
        phrases = [is_phrase for _word, _config, is_phrase in self._terms]
        columns = ", ".join(f"{query} AS {name}" for query, name in self._names.items()) or "1"
        params = [words, configs, [STOPPING[config] for config in configs], phrases]
        return f"{_TERMS}, asked AS MATERIALIZED (SELECT {columns} FROM typed)", params

    def lexemes(self, using: str) -> dict[int, list[str]]:
        """The words of each term, by its number, as the database stores them: without endings. A stop word has none."""
        with _lock:
            known = {key: _lexemes.get(key) for key in self._terms}
        if None in known.values():
            asked, params = self.sql()
            [(found,)] = fetch(using, f"WITH {asked} SELECT term::text[] FROM typed", params)
            for key, query in zip(self._terms, found, strict=True):
                known[key] = [word.replace("''", "'") for word in _LEXEME.findall(query)]
            with _lock:
                _lexemes.update((key, words) for key, words in known.items() if words is not None)
        return {self._terms[key]: words or [] for key, words in known.items()}

    def inline(self, condition: str, columns: dict[str, str]) -> tuple[str, list]:
        """`condition` and its parameters, for use outside the subquery `r`; `columns` maps the names in `r` to SQL."""
        for name, column in columns.items():
            condition = condition.replace(f"r.{name} ", f"{column} ")
        asked, params = self.sql()
        pieces = condition.split(" FROM asked)")
        # Each is computed once, because it refers to no column of the row.
        parts = [piece.replace("(SELECT x", f"(WITH {asked} SELECT x") for piece in pieces[:-1]]
        return f"({' FROM asked)'.join([*parts, pieces[-1]])})", params * len(parts)

    def _term(self, term: Term, configuration: str) -> str:
        if term.words.casefold() in STOPPED_TOO.get(configuration, ()):
            return ""
        key = (term.words, configuration, term.is_phrase)
        return f"term[{self._terms.setdefault(key, len(self._terms) + 1)}]"

    def _joined(self, by: str, queries: Iterable[str]) -> str:
        parts = list(dict.fromkeys(filter(None, queries)))
        return f"({by.join(parts)})" if len(parts) > 1 else "".join(parts)


@dataclass(frozen=True)
class Table:
    """The rows to search, as SQL: a subquery named `r` with pk, search_fr, search_en and, if available, city and newest
    (the moment by which the newest rows are found)."""

    sql: str
    params: tuple
    # The SQL of each column inside the subquery.
    columns: dict[str, str]


def table_of(rows: QuerySet, city: str, newest: str = "") -> Table:
    """Raises EmptyResultSet if there can be no rows."""
    asked = {"pk": "pk"} | {f"search_{code}": f"search_{code}" for code in CODES} | {"city": city, "newest": newest}
    names = [name for name, path in asked.items() if path]
    paths = [asked[name] for name in names]
    plain = QuerySet(rows.model, rows.query.chain()).order_by().values_list(*paths)  # see Statement.add_labels
    compiler = plain.query.get_compiler(rows.db)
    sql, params = compiler.as_sql()
    columns = [column for _expression, (column, _params), _alias in compiler.select]
    return Table(f"({sql}) AS r ({', '.join(names)})", tuple(params), dict(zip(names, columns, strict=True)))


def in_cities(cities: Iterable[int]) -> str:
    """The condition for a row `r` to belong to any of `cities` (keys)."""
    keys = ",".join(str(int(key)) for key in sorted(set(cities)))
    return f"r.city = ANY('{{{keys}}}'::bigint[])"


def every(conditions: Iterable[str]) -> str:
    return " AND ".join(condition for condition in conditions if condition != ALWAYS) or ALWAYS


def without_implied(branches: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """The `branches`, made by `every`, that are implied neither by another branch nor by one of `known`. An implied
    branch would find the same rows a second time."""
    left: list[str] = []
    known = list(known)
    for branch in branches:
        if not any(branch == other or branch.startswith(f"{other} AND ") for other in (*known, *left)):
            left.append(branch)
    return left
