"""What facets count: rows are fetched once, at most so many, and each facet counts among them, in one statement.

However large a table is, a page reads no more of it than `most` rows of each set.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.db.models import (
    Count,
    Exists,
    Expression,
    F,
    ForeignObjectRel,
    Func,
    IntegerField,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from django.db.models.sql import Query

from scn_portal.base.few_rows import fetch

Values = Mapping[str, list[str]]  # by facet


@dataclass(frozen=True)
class Measure:
    """What is counted of a row under `name`: its value, or each item of an array."""

    name: str
    value: Expression | F
    items: bool = False


@dataclass
class Numbers:
    """What was counted. By set: how many rows, at most one more than its `most`. By name: the rows of each value.

    A set that has more than `most` rows has no counts. `labels` and `kept` are by name, too.
    """

    totals: dict[str, int] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    labels: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    kept: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


class Statement:
    """One SELECT over sets of rows of any size. Add what is wanted, then `run()`."""

    def __init__(self, using: str):
        self._using = using
        self._sets: list[tuple[str, list]] = []
        self._arms: list[tuple[str, list]] = []
        self._empty: list[str] = []
        self._most: dict[str, int] = {}  # of each set that has a limit
        self._values: dict[tuple[str, str], str] = {}  # by set and what is counted: its values, as a column

    def count(
        self, name: str, rows: QuerySet, measures: Iterable[Measure], most: int | None, unless: QuerySet | None = None
    ) -> None:
        """Count the set `name`: all of `rows`, and their values. Of more than `most`, the values are left out.

        Where there is a row of `unless`, the rows are not read: their number is 0.
        """
        measures, plain = list(measures), _without_duplicates(rows)
        columns = {
            f"facet_{number}": measure for number, measure in enumerate(measures) if not _fans_out_by(plain, measure)
        }
        if unless is not None:
            plain = plain.filter(~Exists(unless))
        fetched = plain.annotate(**{column: measure.value for column, measure in columns.items()})
        try:
            sql, params = self._sql(fetched.values_list("pk", *columns)[: None if most is None else most + 1])
        except EmptyResultSet:
            self._empty.append(name)
            return
        if most is not None:
            self._most[name] = most
        self._values |= {
            (name, measure.name): f"unnest({column})" if measure.items else column
            for column, measure in columns.items()
        }
        # MATERIALIZED, so that it is run once. A LIMIT makes the planner look for the first rows, not for all of them.
        self._sets.append((f"{name} ({', '.join(['pk', *columns])}) AS MATERIALIZED ({sql})", params))
        self._arms.append((f"SELECT 'total'::text, '{name}'::text, ''::text, ''::text, count(*) FROM {name}", []))
        few = f"(SELECT count(*) FROM {name}) <= {most}" if most is not None else "TRUE"
        for column, measure in columns.items():
            values = f"{name}, unnest({column}) AS value" if measure.items else name
            value = "value" if measure.items else column
            counted = f"SELECT 'count', %s, {value}::text, '', count(*) FROM {values} WHERE {few} GROUP BY {value}"
            self._arms.append((counted, [measure.name]))
        for measure in measures:
            if measure not in columns.values():
                self._count_apart(measure, rows.model, f"(SELECT pk FROM {name} WHERE {few})")

    def add_labels(self, name: str, pairs: QuerySet, counted_in: str = "", also: Iterable[str] = ()) -> None:
        """The labels `label_text` of each `value` of `pairs`, under `name`.

        Where it is counted in a set, only those of the values that it has there, and of `also`; all, if the set has no
        counts.
        """
        # A queryset of Django's own: that of a translated model gives its columns in any order.
        pairs = QuerySet(pairs.model, pairs.query.chain()).annotate(text=Cast("value", TextField()))
        sql, params = self._sql(pairs.order_by().values_list("text", "label_text"))
        arm, params = f"SELECT 'label', %s, pair.*, 0 FROM ({sql}) AS pair", [name, *params]
        if values := self._values.get((counted_in, name)):
            arm += f""" WHERE pair."text" = ANY (%s) OR {self._has_no_counts(counted_in)}"""
            arm += f""" OR pair."text" IN (SELECT {values}::text FROM {counted_in})"""
            params.append(list(also))
        self._arms.append((arm, params))

    def add_kept(self, rows: QuerySet, names: Mapping[str, list[str]], chosen: Values) -> None:
        """What is kept: of `rows` of facet, value, count, the total, the `chosen` values, and by set all of its `names`
        where the set has no counts."""
        sql, params = self._sql(rows.order_by().values_list("facet", "value", "count"))
        wanted, params = "kept.facet = ''", list(params)
        for name, values in chosen.items():
            wanted += " OR (kept.facet = %s AND kept.value = ANY (%s))"
            params += [name, values]
        for of, measured in names.items():
            wanted += f" OR (kept.facet = ANY (%s) AND {self._has_no_counts(of)})"
            params.append(measured)
        arm = f"SELECT 'kept', kept.facet, kept.value, '', kept.count FROM ({sql}) AS kept WHERE {wanted}"
        self._arms.append((arm, params))

    def run(self) -> Numbers:
        """One query."""
        numbers = Numbers(totals=dict.fromkeys(self._empty, 0))
        for kind, name, value, label, number in self._fetched() if self._arms else []:
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

    def _has_no_counts(self, name: str) -> str:
        """The condition that a set is not read, or has more rows than are counted."""
        if name not in self._most:
            return "TRUE"
        return f"(SELECT count(*) FROM {name}) NOT BETWEEN 1 AND {self._most[name]}"

    def _fetched(self) -> list[tuple]:
        sets, arms = self._sets, self._arms
        sql = " UNION ALL ".join(arm for arm, _params in arms)
        sql = f"WITH {', '.join(each for each, _params in sets)} {sql}" if sets else sql
        params = [param for _sql, params in (*sets, *arms) for param in params]
        return fetch(self._using, sql, params)

    def _count_apart(self, measure: Measure, model, keys: str) -> None:
        """Count a value of which a row may have several, and each once."""
        within = QuerySet(model).filter(pk__in=_These(keys))
        value = Func(measure.value, function="unnest") if measure.items else measure.value
        by_value = within.annotate(facet_value=Cast(value, TextField())).values("facet_value")
        sql, params = self._sql(by_value.annotate(rows=Count("pk", distinct=True)).order_by())
        counted = f"SELECT 'count', %s, x.facet_value, '', x.rows FROM ({sql}) AS x"
        self._arms.append((counted, [measure.name, *params]))

    def _sql(self, rows: QuerySet) -> tuple[str, list]:
        sql, params = rows.query.get_compiler(self._using).as_sql()
        return sql, list(params)


class _These(Func):
    """The keys of a set, for `pk__in`."""

    output_field = IntegerField()

    def __init__(self, keys: str):
        super().__init__(Value(0), template=keys)

    def as_sql(self, compiler, connection, **context):
        return self.extra["template"], []


def _without_duplicates(rows: QuerySet) -> QuerySet:
    """`rows` as a plain queryset of Django's own, in which each is once."""
    if fans_out(rows.query) or rows.query.combinator or rows.query.is_sliced or rows.query.distinct:
        return QuerySet(rows.model).filter(pk__in=rows.order_by().values("pk"))
    return QuerySet(rows.model, rows.query.chain()).order_by()


def _fans_out_by(rows: QuerySet, measure: Measure) -> bool:
    return fans_out(QuerySet(rows.model).annotate(facet_value=measure.value).query)


def fans_out(query: Query) -> bool:
    """Whether a join of `query` may give a row more than once."""
    joins = (getattr(join, "join_field", None) for join in query.alias_map.values())
    return any(isinstance(by, ForeignObjectRel) and by.multiple for by in joins)
