"""Facets: filters of a list, with the number of rows that each choice would leave.

A list page, its map, its downloads and the API filter by the same facets and query string. At most MAX_COUNTED rows are
counted. For a larger list, a worker keeps the counts (`scn_portal.base.kept_counts`). If choices or words narrow such a
list and still leave more than MAX_COUNTED rows, the page says so and offers the options without numbers. If there are
at most two choices, that is known from the kept counts, without reading rows.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.db.models import Choices, Expression, F, Field, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import override

from scn_portal.base import kept_counts
from scn_portal.base.facet_counts import KeptUnder, Measure, Numbers, Statement, fans_out, paired
from scn_portal.base.facet_options import MAX_OFFERED, FacetOptions, Option, most_frequent_first, sort_labels
from scn_portal.base.languages import other
from scn_portal.base.totals import MAX_COUNTED, Total

# Limits against abuse: no reader needs more values of one facet, or longer ones.
MAX_VALUES = 50
MAX_VALUE_LENGTH = 100
MAX_DIGITS = 9
# An estimate of more rows than this means too many to count: estimates may be wrong by half.
TOO_MANY = 2 * MAX_COUNTED

Values = dict[str, list[str]]  # by facet: values
Names = dict[str, Mapping[str, str]]  # by facet: the label of each value
# By facet: the number of rows of each value; None if it is not known, with the most frequent values first.
Counts = dict[str, dict[str, int | None]]


def in_language(language: str, field: str) -> Coalesce:
    """An expression for the translated `field` in `language`, or in the other language if that is empty."""
    preferred = NullIf(F(f"{field}_{language}"), Value(""), output_field=TextField())
    return Coalesce(preferred, F(f"{field}_{other(language)}"), output_field=TextField())


def choice_labels(choices: Iterable[Choices], language: str) -> dict[str, str]:
    """The labels of `choices` in `language`, by value, in their order."""
    with override(language):
        return {choice.value: str(choice.label) for choice in choices}


@dataclass(frozen=True)
class Facet:
    """A filter of a list by one or several values.

    `name` is the query parameter. `value` is a lookup path from a row to the value, also over many-to-many relations,
    or an expression; a row where it is NULL has no value. With `items` it is an array, and each item is a value.

    `labels` returns the labels of all valid values in a language: a mapping, or a queryset annotated with `value` and
    `label_text`, which is sorted alphabetically. The most frequent values are shown first, and equally frequent ones in
    the order of `labels`. With `in_order`, all values are shown in the order of `labels`: use it for values with an
    order of their own, such as years, the numbered commitments, and the steps of a scale. If a facet `has_many` values,
    thousands of them, only those that a page offers are read.

    `in_title` is how a title names a choice: `%(value)s` stands for the label or labels chosen.

    `where` returns the condition for a row to have any of the values. Give it if `value` is an expression, since no
    index serves that, or leads over a many-to-many relation, since an EXISTS is faster. It may be given values that do
    not exist.
    """

    name: str
    label: str | Promise
    value: str | Expression
    labels: Callable[[str], Mapping[str, str] | QuerySet]
    items: bool = False
    in_order: bool = False
    has_many: bool = False
    in_title: str | Promise = "%(value)s"
    where: Callable[[list[str]], Q] | None = None

    def filter_by(self, rows: QuerySet, values: Iterable[str]) -> QuerySet:
        """The `rows` that have any of `values`, without duplicates."""
        values = list(values)
        if self.where:
            return rows.filter(self.where(values))
        if self.items and isinstance(self.value, str):
            return rows.filter(**{f"{self.value}__overlap": values})
        if self.items:
            each = Cast(self._expression, ArrayField(TextField()))
            return rows.alias(facet_value=each).filter(facet_value__overlap=values)
        if isinstance(self.value, str) and not fans_out(QuerySet(rows.model).annotate(facet_value=F(self.value)).query):
            return rows.filter(**{f"{self.value}__in": _fitting(_field_at(rows, self.value), values)})
        everything = QuerySet(rows.model).alias(facet_value=Cast(self._expression, TextField()))
        return rows.filter(pk__in=everything.filter(facet_value__in=values).values("pk"))

    @property
    def measure(self) -> Measure:
        """What a Statement counts for this facet."""
        return Measure(self.name, self._expression, self.items)

    @property
    def _expression(self) -> Expression | F:
        return F(self.value) if isinstance(self.value, str) else self.value


def _field_at(rows: QuerySet, path: str) -> Field:
    """The field that the lookup `path` leads to from `rows`."""
    return QuerySet(rows.model).annotate(facet_value=F(path)).query.annotations["facet_value"].output_field


def _fitting(field: Field, values: Iterable[str]) -> list:
    """The `values` that the `field` of a row can have: in a field of numbers, 2018 but not “two”."""
    if not isinstance(field, IntegerField):
        return list(values)
    return [int(value) for value in values if value.isascii() and value.isdecimal() and len(value) <= MAX_DIGITS]


class FacetedSearch:
    """`rows` filtered by the `params` of `facets`: a row has any of the chosen values of each facet.

    `rows` may already be filtered in other ways; `extra_params`, such as {"q": "paris"}, are repeated in `query`.
    Invalid values raise nothing: they are left out and listed in `ignored_values`.

    `kept` is the name under which the counts of the list are kept, if they are. `is_narrowed` means that `rows` are not
    all of that list, and `exceeds` that there are known to be more than MAX_COUNTED of them. `share` is the estimated
    share of the list that `rows` are, such as 0.25; 0 if unknown. Sets of options with an estimate above TOO_MANY rows
    are not read: their options have no numbers.
    """

    def __init__(
        self,
        rows: QuerySet,
        facets: Iterable[Facet],
        params: QueryDict,
        *,
        language: str,
        extra_params: Mapping | None = None,
        kept: str = "",
        is_narrowed: bool = False,
        exceeds: bool = False,
        share: float = 0.0,
    ):
        self.all, self.facets, self.language = rows, list(facets), language
        self.extra_params = {name: value for name, value in (extra_params or {}).items() if value}
        self._kept, self._exceeds = kept, exceeds
        self._is_narrowed, self._share = is_narrowed, share
        self._requested = {facet.name: _sane(params.getlist(facet.name)) for facet in self.facets}
        labels = {facet.name: facet.labels(language) for facet in self.facets}
        self._labels_in_db = {name: source for name, source in labels.items() if isinstance(source, QuerySet)}
        self._labels_in_code = {name: source for name, source in labels.items() if not isinstance(source, QuerySet)}

    @cached_property
    def rows(self) -> QuerySet:
        """The rows that match every facet."""
        return self._filtered(self.all, self._chosen)

    def narrowed(self, rows: QuerySet) -> QuerySet:
        """Other `rows` of the same table, filtered by the chosen values."""
        return self._filtered(rows, self._chosen)

    @cached_property
    def facet_options(self) -> list[FacetOptions]:
        """The facets with their options, in one query for all counts and labels.

        The count of an option takes into account what is chosen in the other facets.
        """
        return [FacetOptions(facet.name, facet.label, *self._options(facet)) for facet in self.facets]

    @cached_property
    def total(self) -> Total:
        """How many rows match every facet, from the query of `facet_options`."""
        return self._counted[3]

    @property
    def chosen(self) -> list[tuple[FacetOptions, Option]]:
        """The chosen options, each with its facet."""
        if not any(self._chosen.values()):
            return []  # without making an option of each value
        return [(facet, option) for facet in self.facet_options for option in facet.chosen]

    @cached_property
    def ignored_values(self) -> list[tuple[str, str]]:
        """Requested values that no facet has: [(label of the facet, value)]."""
        return [
            (str(facet.label), value)
            for facet in self.facets
            for value in self._requested[facet.name]
            if value not in self._chosen[facet.name]
        ]

    @property
    def query(self) -> str:
        """The valid parameters as a query string, the same for the same choices."""
        return self._query(self._chosen)

    @property
    def query_without_facets(self) -> str:
        """The query string with no value of any facet chosen."""
        return self._query({facet.name: [] for facet in self.facets})

    # --- Internals -------------------------------------------------------------------------------------------------

    def _filtered(self, rows: QuerySet, chosen: Values, except_for: Facet | None = None) -> QuerySet:
        facets = [facet for facet in self.facets if facet is not except_for and chosen[facet.name]]
        return reduce(lambda left, facet: facet.filter_by(left, chosen[facet.name]), facets, rows)

    def _exceeds_with(self, chosen: Values) -> bool:
        """Whether more rows than MAX_COUNTED are known to match all `chosen` values."""
        return self._exceeds and not any(chosen.values())

    @cached_property
    def _chosen(self) -> Values:
        """The requested values that exist. Reads the database only if labels come from it."""
        if any(self._requested[name] for name in self._labels_in_db):
            return self._counted[0]
        return self._requested | _existing(self._requested, self._labels_in_code)

    @property
    def version(self) -> Hashable | None:
        """A value that changes whenever the options or their numbers may change; None if there is no such value."""
        return None

    @cached_property
    def _counted(self) -> tuple[Values, Names, Counts, Total]:
        return self._count()

    def _count(self) -> tuple[Values, Names, Counts, Total]:
        """The chosen values, the labels of all values, the number of rows that each value would leave, and the total.

        Requested values whose labels are in the database are first assumed to be valid, so that labels and counts come
        in one query. If some do not exist, it runs again without them.
        """
        requested = self._requested | _existing(self._requested, self._labels_in_code)
        sets = _Sets(self, requested)
        valid = _existing(requested, sets.labels)
        if valid != requested:
            sets = _Sets(self, valid)
        return valid, sets.labels, {facet.name: sets.counts_of(facet) for facet in self.facets}, sets.total

    def _options(self, facet: Facet) -> tuple[list[Option], bool]:
        """The options of a facet, and whether there are more."""
        values, all_labels, all_counts, _total = self._counted
        chosen, labels, counts = values[facet.name], all_labels[facet.name], all_counts[facet.name]
        left = [value for value in labels if value in chosen or value in counts]
        is_cut = len(left) > MAX_OFFERED
        if not facet.in_order:
            left = most_frequent_first(left, labels, counts, MAX_OFFERED)
        offered = left[:MAX_OFFERED]
        offered += [value for value in chosen if value not in offered]
        options = [
            Option(each, str(labels[each]), counts.get(each, 0), True, self._without(facet, each))
            if each in chosen
            else Option(each, str(labels[each]), counts.get(each, 0), False, "")
            for each in offered
        ]
        return options, is_cut

    def _without(self, facet: Facet, value: str) -> str:
        left = [each for each in self._chosen[facet.name] if each != value]
        return self._query({**self._chosen, facet.name: left})

    def _query(self, chosen: Values) -> str:
        pairs = [(facet.name, value) for facet in self.facets for value in sorted(chosen[facet.name])]
        return urlencode([*self.extra_params.items(), *pairs])


class _Sets:
    """The sets of rows in which facets are counted, read in one query: the rows that match all choices, and for each
    facet with a choice the rows that match the choices in the other facets."""

    def __init__(self, faceted: FacetedSearch, chosen: Values):
        self._faceted, self._chosen = faceted, chosen
        self._active = [facet.name for facet in faceted.facets if chosen[facet.name]]
        in_set = {self._name_for(facet): [] for facet in (None, *faceted.facets)}
        for facet in faceted.facets:
            in_set[self._name_for(facet)].append(facet)
        # One more than are offered, so that it is known whether there are more.
        first = {facet.name: MAX_OFFERED + 1 for facet in faceted.facets if facet.has_many}
        kept = kept_counts.rows_of(faceted._kept) if faceted._kept else None
        statement = Statement(faceted.all.db, kept=kept, chosen=chosen, first=first)
        for name, facets in in_set.items():
            if not self._is_known_to_exceed(name):
                rows = faceted._filtered(faceted.all, chosen, except_for=facets[0] if name != _ALL else None)
                measures = [facet.measure for facet in facets]
                statement.count(name, rows, measures, self._most(name), self._kept_under(name))
        if faceted._kept:
            names = {name: [facet.name for facet in facets] for name, facets in in_set.items()}
            also = [key for name in in_set if (key := self._kept_under(name))]
            statement.add_kept(names, [KeptUnder("", [""], 0), *also])
        for name, pairs in faceted._labels_in_db.items():
            statement.add_labels(name, pairs)
        self._numbers: Numbers = statement.run()
        read = {name: _sorted_if_few(self._numbers.labels[name]) for name in faceted._labels_in_db}
        self.labels: Names = faceted._labels_in_code | read

    def counts_of(self, facet: Facet) -> dict[str, int | None]:
        """The counts of `facet`, in the form described at Counts."""
        name, kept = self._name_for(facet), self._numbers.kept.get(facet.name, {})
        if self._total(name) <= self._most(name):
            return dict(self._numbers.counts[facet.name])
        if kept and self._is_whole(name):
            return dict(kept)
        return dict.fromkeys(sorted(kept, key=lambda value: -kept[value]) or self.labels[facet.name])

    @property
    def total(self) -> Total:
        number, most = self._total(_ALL), self._most(_ALL)
        if number <= most:
            return Total(number)
        under, kept = self._kept_under(_ALL), self._kept_numbers(_ALL)
        return Total(kept[0]) if under and len(under.values) == 1 and kept else Total(most, is_exact=False)

    def _name_for(self, facet: Facet | None) -> str:
        return self._name_for_name(facet.name) if facet else _ALL

    def _name_for_name(self, facet: str) -> str:
        return f"all_but_{self._active.index(facet)}" if facet in self._active else _ALL

    def _total(self, name: str) -> int:
        """The number of rows in the set, counted or kept; it is not exact if it is greater than `_most`."""
        if self._is_known_to_exceed(name):
            return MAX_COUNTED + 1
        return max(self._numbers.totals[name], sum(self._kept_numbers(name)))

    def _kept_numbers(self, name: str) -> list[int]:
        """The kept counts that are greater than `_most`, among those for each combination of one chosen value per
        facet."""
        if (under := self._kept_under(name)) is None:
            return []
        kept = self._numbers.kept.get(under.facet, {})
        return [number for value in under.values if (number := kept.get(value, 0)) > under.above]

    def _kept_under(self, name: str) -> KeptUnder | None:
        """The kept counts of the set, or of parts of it; None if there are none, or if more than two facets narrow the
        set. For a search they count all rows that are searched, and only tell which sets of options are too large."""
        active = [facet for facet in self._active if self._name_for_name(facet) != name or name == _ALL]
        above = self._kept_above(name)
        if above is None or len(active) > 2:
            return None
        values = [paired(values) for values in product(*(self._chosen[facet] for facet in active))]
        return KeptUnder(paired(active), values, above)

    def _kept_above(self, name: str) -> int | None:
        """The kept count above which the set has too many rows to count; None if kept counts do not tell."""
        faceted = self._faceted
        if faceted._kept and not faceted._is_narrowed:
            return self._most(name)
        if faceted._kept and faceted._share and name != _ALL:
            return round(TOO_MANY / faceted._share)
        return None

    def _is_known_to_exceed(self, name: str) -> bool:
        if name == _ALL:
            return self._faceted._exceeds_with(self._chosen)
        return self._faceted._exceeds and self._has_no_choice(name)

    def _is_whole(self, name: str) -> bool:
        """Whether nothing narrows the set."""
        return not self._faceted._is_narrowed and self._has_no_choice(name)

    def _has_no_choice(self, name: str) -> bool:
        return len(self._active) <= (name != _ALL)

    def _most(self, name: str) -> int:
        kept = self._faceted._kept
        return kept_counts.threshold(kept) if kept and self._is_whole(name) else MAX_COUNTED


_ALL = "everything"


def _sane(values: Iterable[str]) -> list[str]:
    """`values` cut, without duplicates, and with the NUL characters that PostgreSQL refuses replaced."""
    cut = (value.replace("\0", "\ufffd").strip()[:MAX_VALUE_LENGTH] for value in values)
    return list(dict.fromkeys(value for value in cut if value))[:MAX_VALUES]


def _existing(requested: Values, labels: Names) -> Values:
    return {name: [value for value in requested[name] if value in known] for name, known in labels.items()}


def _sorted_if_few(names: Mapping[str, str]) -> Mapping[str, str]:
    """`names` in alphabetical order; in any order if there are more than a page offers."""
    return sort_labels(names) if len(names) <= MAX_OFFERED else names
