"""Counts for facets: one statement reads the rows of a list once, up to a limit, and counts them for every facet.

However large a table is, a page reads at most `most` + 1 rows of each set.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import Expression, F, ForeignObjectRel, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.db.models.sql import Query

from scn_portal.base.statements import fetch

Values = Mapping[str, list[str]]  # by facet
PAIRED = "&"  # between two names, and between two values


@dataclass(frozen=True)
class Measure:
    """A value of each row that is counted under `name`. With `items`, it is an array, and each item is counted."""

    name: str
    value: Expression | F
    items: bool = False


class KeptUnder(NamedTuple):
    """Where counts of a set of rows, or of parts of it, are kept: the values of a facet, or of two, `paired`.

    If one of these counts is greater than `above`, the set has too many rows to count.
    """

    facet: str
    values: list[str]
    above: int


@dataclass
class Numbers:
    """The results of a Statement.

    `totals` has the number of rows by set, at most one more than its `most`. `counts` has the number of rows by name
    and value; a set with more than `most` rows has none. `labels` and `kept` are by name and value, too.
    """

    totals: dict[str, int] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    labels: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    kept: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


class Statement:
    """One SELECT over sets of rows of any size. Add what is needed, labels last, then call `run()`.

    `kept` has the counts that are kept for the list, if any: rows of facet, value and count. `first` limits the number
    of values by measure: the most frequent ones are returned, and among equally frequent ones the first in alphabetical
    order. Values that are `chosen` are always returned.
    """

    def __init__(
        self,
        using: str,
        *,
        kept: QuerySet | None = None,
        chosen: Values | None = None,
        first: Mapping[str, int] | None = None,
    ):
        self._using, self._chosen, self._first = using, chosen or {}, first or {}
        self._sets: list[tuple[str, list]] = []
        self._numbers: list[tuple[str, list]] = []  # each a SELECT of kind, name, value, number
        self._labels: list[tuple[str, list]] = []  # the same with a label before the number
        self._empty: list[str] = []
        self._read: set[str] = set()
        if kept is not None:
            sql, params = self._sql(kept.order_by().values_list("facet", "value", "count"))
            self._sets.append((f"kept (facet, value, count) AS NOT MATERIALIZED ({sql})", params))

    def count(
        self,
        name: str,
        rows: QuerySet,
        measures: Iterable[Measure],
        most: int | None,
        kept_under: KeptUnder | None = None,
    ) -> None:
        """Count the set `name`: all of `rows`, and their values. If there are more than `most`, the values are left
        out.

        If the counts `kept_under` a facet say that there are too many rows, none are read, and the total of the set is
        0.
        """
        measures, unless = list(measures), ("TRUE", [])
        if kept_under:
            under = "SELECT FROM kept WHERE kept.facet = %s AND kept.value = ANY (%s)"
            unless = f"NOT EXISTS ({under} AND kept.count > %s)", list(kept_under)
        if not self._add_set(name, rows, measures, [(), *((measure,) for measure in measures)], most, unless):
            return
        self._numbers.append((f"SELECT 'total', '{name}', '', number FROM {name} WHERE by IS NULL", []))
        for measure in measures:
            self._add_numbers(measure.name, f"SELECT 'count', %s, {_counted(name, [measure])}", [measure.name])

    def count_pairs(self, rows: QuerySet, measures: Iterable[Measure], above: int) -> None:
        """Count each pair of values of two measures that more than `above` of `rows` have, under `paired` names."""
        for place, pair in enumerate(combinations(measures, 2)):
            # One set for each pair: groups that do not fit into memory would be sorted, which is slower than reading
            # again.
            if self._add_set(f"pair_{place}", rows, pair, [pair]):
                sql = f"SELECT 'count', %s, {_counted(f'pair_{place}', pair)} HAVING sum(number) > {above}"
                self._numbers.append((sql, [_name(pair)]))

    def add_kept(self, names: Mapping[str, list[str]], also: Iterable[KeptUnder]) -> None:
        """Return kept counts as well: for each set that has no counts, those of the facets that `names` lists for it;
        and those of the facets and values in `also`."""
        kept, wanted, given = "SELECT 'kept', kept.* FROM kept WHERE", "FALSE", []
        for name, values, _above in also:
            wanted += " OR (kept.facet = %s AND kept.value = ANY (%s))"
            given += [name, values]
        for of, measured in names.items():
            wanted += f" OR (kept.facet = ANY (%s) AND {self._has_no_counts(of)})"
            given.append([name for name in measured if name not in self._first])
            for name in self._first.keys() & measured:
                self._add_numbers(name, f"{kept} kept.facet = %s AND {self._has_no_counts(of)}", [name])
        self._numbers.append((f"{kept} {wanted}", given))

    def add_labels(self, name: str, pairs: QuerySet) -> None:
        """Return labels under `name` as well: the `label_text` of each `value` of `pairs` that is counted, kept or
        chosen, or of all values if none is counted or kept."""
        # A plain queryset of Django: the one of a translated model may return columns in another order.
        pairs = QuerySet(pairs.model, pairs.query.chain()).annotate(text=Cast("value", TextField()))
        sql, params = self._sql(pairs.order_by().values_list("text", "label_text"))
        arm, params = f"SELECT 'label', %s, pair.*, 0 FROM ({sql}) AS pair", [name, *params]
        if self._numbers:
            values = "SELECT value FROM numbers WHERE name = %s"
            arm += f""" WHERE pair."text" = ANY (%s) OR pair."text" IN ({values}) OR NOT EXISTS ({values})"""
            params += [list(self._chosen.get(name, [])), name, name]
        self._labels.append((arm, params))

    def run(self) -> Numbers:
        """The results, in one query at most."""
        numbers = Numbers(totals=dict.fromkeys(self._empty, 0))
        for kind, name, value, label, number in self._fetched() if self._numbers or self._labels else []:
            if kind == "total":
                numbers.totals[name] = number
            elif kind == "label":
                numbers.labels[name][value] = label
            elif kind == "kept":
                numbers.kept[name][value] = number
            elif value is not None:
                numbers.counts[name][value] = number
        return numbers

    # --- Internals -------------------------------------------------------------------------------------------------

    def _add_set(
        self,
        name: str,
        rows: QuerySet,
        measures: Sequence[Measure],
        groups: Sequence[tuple[Measure, ...]],
        most: int | None = None,
        condition: tuple[str, list] = ("TRUE", []),
    ) -> bool:
        """Read at most `most` + 1 of `rows` and count, for each of `groups` of measures, the rows with the same values
        or arrays.

        This takes one pass, and no row is kept. Returns False if there can be no rows.
        """
        columns = {_columns([measure]): measure.value for measure in measures}
        read = _without_duplicates(rows).annotate(row=Value(1), **columns)
        assert not fans_out(read.query), "each row has one value, or an array of them"
        try:
            # A LIMIT makes the planner look for the first rows, not for all of them.
            sql, params = self._sql(read.values_list(*columns, "row")[: None if most is None else most + 1])
        except EmptyResultSet:
            self._empty.append(name)
            return False
        by = " ".join(f"WHEN GROUPING({_columns(of)}) = 0 THEN '{_name(of)}'" for of in groups if of)
        # The greatest number is that of all rows, which are grouped by no measure.
        grouped = f"""
            SELECT {f"CASE {by} END" if by else "NULL"} AS by, {_columns(measures, "count(*) AS number")},
                max(count(*)) OVER () AS total
            FROM ({sql}) AS each ({_columns(measures, "row")}) WHERE {condition[0]}
            GROUP BY GROUPING SETS ({", ".join(f"({_columns(of)})" for of in groups)})"""
        few = f"WHERE by IS NULL OR total <= {most}" if most is not None else ""
        self._sets.append(
            (f"{name} AS MATERIALIZED (SELECT * FROM ({grouped}) AS grouped {few})", [*params, *condition[1]])
        )
        self._read.add(name)
        return True

    def _add_numbers(self, name: str, sql: str, params: list) -> None:
        if most := self._first.get(name):
            order = "row_number() OVER (ORDER BY number DESC, value) AS place"
            placed = f"SELECT *, {order} FROM ({sql}) AS each (kind, name, value, number)"
            sql = f"SELECT kind, name, value, number FROM ({placed}) AS placed WHERE place <= %s OR value = ANY (%s)"
            params = [*params, most, list(self._chosen.get(name, []))]
        self._numbers.append((sql, params))

    def _has_no_counts(self, name: str) -> str:
        """The condition that the set is not read, has no rows, or has too many to count their values."""
        return f"NOT EXISTS (SELECT FROM {name} WHERE by IS NOT NULL)" if name in self._read else "TRUE"

    def _fetched(self) -> list[tuple]:
        parts, arms = list(self._sets), list(self._labels)
        if self._numbers:
            sql, params = _united(self._numbers)
            parts.append((f"numbers (kind, name, value, number) AS MATERIALIZED ({sql})", params))
            arms.insert(0, ("SELECT kind, name, value, '', number FROM numbers", []))
        sql, params = _united(arms)
        sql = f"WITH {', '.join(part for part, _params in parts)} {sql}" if parts else sql
        return fetch(self._using, sql, [param for _sql, given in parts for param in given] + params)

    def _sql(self, rows: QuerySet) -> tuple[str, list]:
        sql, params = rows.query.get_compiler(self._using).as_sql()
        return sql, list(params)


def paired(names: Iterable[str]) -> str:
    """The name of a pair, from the names of both; also used for values."""
    return PAIRED.join(names)


def _name(measures: Iterable[Measure]) -> str:
    return paired(measure.name for measure in measures)


def _columns(measures: Iterable[Measure], *more: str) -> str:
    return ", ".join([*(f"facet_{measure.name}" for measure in measures), *more])


def _counted(name: str, measures: Sequence[Measure]) -> str:
    """SQL for the values, or items, of `measures`, and for the number of rows of the set `name` with each
    combination."""
    which = f"FROM {name}{{each}} WHERE by = '{_name(measures)}'"
    if len(measures) == 1 and not measures[0].items:
        return f"{_columns(measures)}::text, number {which.format(each='')}"
    items = (f"unnest({_columns([each])})" if each.items else f"(VALUES ({_columns([each])}))" for each in measures)
    each = "".join(f", LATERAL {item} AS item_{place} (value)" for place, item in enumerate(items))
    value = f" || '{PAIRED}' || ".join(f"item_{place}.value::text" for place in range(len(measures)))
    return f"{value}, sum(number)::bigint {which.format(each=each)} GROUP BY 3"


def _united(selects: list[tuple[str, list]]) -> tuple[str, list]:
    sql = " UNION ALL ".join(sql for sql, _params in selects)
    return sql, [param for _sql, params in selects for param in params]


def _without_duplicates(rows: QuerySet) -> QuerySet:
    """`rows` as a plain queryset of Django, each row once."""
    if fans_out(rows.query) or rows.query.combinator or rows.query.is_sliced or rows.query.distinct:
        return QuerySet(rows.model).filter(pk__in=rows.order_by().values("pk"))
    return QuerySet(rows.model, rows.query.chain()).order_by()


def fans_out(query: Query) -> bool:
    """Whether a join of `query` may give a row more than once."""
    joins = (getattr(join, "join_field", None) for join in query.alias_map.values())
    return any(isinstance(by, ForeignObjectRel) and by.multiple for by in joins)
