"""Facets: filters of a list, with the number of rows that each choice would leave.

A list page, its map, its downloads and the API filter by the same facets and query string.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.db.models import Choices, Count, Expression, F, Func, IntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import override

from scn_portal.base.languages import other

# Limits against abuse: no reader needs more values of one facet, or longer ones.
MAX_VALUES = 50
MAX_VALUE_LENGTH = 100

Values = dict[str, list[str]]  # by facet: values
Names = dict[str, Mapping[str, str]]  # by facet: the label of each value
Counts = dict[str, dict[str, int]]  # by facet: the number of rows of each value


class Unnest(Func):
    """The items of an array, one row each."""

    function = "unnest"
    set_returning = True


def in_language(language: str, field: str) -> Coalesce:
    """An expression for the translated `field` in `language`, or in the other where that is empty."""
    preferred = NullIf(F(f"{field}_{language}"), Value(""), output_field=TextField())
    return Coalesce(preferred, F(f"{field}_{other(language)}"), output_field=TextField())


def choice_labels(choices: Iterable[Choices], language: str) -> dict[str, str]:
    """The labels of `choices` in `language`, by value, in their order."""
    with override(language):
        return {choice.value: str(choice.label) for choice in choices}


def sort_labels(names: Mapping[str, str]) -> dict[str, str]:
    """`names` in alphabetical order of the labels."""
    return dict(sorted(names.items(), key=_by_label))


def sort_key(name: str) -> str:
    """A key that sorts “Égypte” between “Danemark” and “Finlande”."""
    return slugify(name)


@dataclass(frozen=True)
class Facet:
    """A filter of a list by one or several values.

    `name` is the query parameter. `value` is a lookup path from a row to the value, also over many-to-many relations,
    or an expression; NULL is no value. With `items` it is an array, and each item is a value.

    `labels` returns, for a language, the labels of all valid values: a mapping, or a queryset annotated with `value`
    and `label_text`, taken in alphabetical order. The most frequent values are shown first, those that are equally
    frequent in the order of `labels`. With `in_order` all are in that order: of choices that have one of their own,
    such as years, the numbered commitments, and the steps of a scale.

    `in_title` is how a title names a choice: `%(value)s` stands for the label or labels chosen.
    """

    name: str
    label: str | Promise
    value: str | Expression
    labels: Callable[[str], Mapping[str, str] | QuerySet]
    items: bool = False
    in_order: bool = False
    in_title: str | Promise = "%(value)s"

    def filter_by(self, rows: QuerySet, values: Iterable[str]) -> QuerySet:
        """The `rows` that have any of `values`, without duplicates."""
        kind, lookup = (ArrayField(TextField()), "overlap") if self.items else (TextField(), "in")
        everything = QuerySet(rows.model).alias(facet_value=Cast(self._expression, kind))
        return rows.filter(pk__in=everything.filter(**{f"facet_value__{lookup}": list(values)}).values("pk"))

    def count_rows(self, rows: QuerySet) -> QuerySet:
        """The number of `rows` with each value, as (facet, value, "", count), for a union with other facets."""
        value = Unnest(self._expression) if self.items else self._expression
        within = QuerySet(rows.model).filter(pk__in=rows.order_by().values("pk"))
        by_value = within.annotate(facet=Value(self.name), value=Cast(value, TextField()), label_text=Value(""))
        counted = by_value.values("facet", "value", "label_text").annotate(rows=Count("pk", distinct=True))
        return counted.values_list("facet", "value", "label_text", "rows").order_by()

    def labels_query(self, pairs: QuerySet) -> QuerySet:
        """The labels that come from the database, in the columns of `count_rows`."""
        # A queryset of Django's own: that of a translated model gives its columns in any order.
        pairs = QuerySet(pairs.model, pairs.query.chain())
        pairs = pairs.annotate(facet=Value(self.name), text=Cast("value", TextField()), rows=Value(0, IntegerField()))
        return pairs.values_list("facet", "text", "label_text", "rows").order_by()

    @property
    def _expression(self) -> Expression | F:
        return F(self.value) if isinstance(self.value, str) else self.value


@dataclass(frozen=True)
class Option:
    """A value of a facet: its label, the number of rows that it would leave, whether it is chosen.

    `toggled` is the query string with this value added, or removed where it is chosen.
    """

    value: str
    label: str
    count: int
    chosen: bool
    toggled: str


# Of more values than FOLDED_ABOVE, a page shows the first SHOWN_FIRST, those chosen, and the others on demand: never
# a button that brings one or two. Among more than SEARCHED_ABOVE, a reader may search.
SHOWN_FIRST, FOLDED_ABOVE, SEARCHED_ABOVE = 6, 8, 12


@dataclass(frozen=True)
class FacetOptions:
    """A facet as shown on a page: the values that would leave a row, and the chosen ones."""

    name: str
    label: str | Promise
    options: list[Option]

    @property
    def chosen(self) -> list[Option]:
        return [option for option in self.options if option.chosen]

    @property
    def shown_first(self) -> int:
        """How many options are shown before the reader asks for all."""
        return SHOWN_FIRST if self.is_folded else len(self.options)

    @property
    def is_folded(self) -> bool:
        return len(self.options) > FOLDED_ABOVE

    @property
    def is_searched(self) -> bool:
        """Whether there are so many options that a reader may search among them."""
        return len(self.options) > SEARCHED_ABOVE


class FacetedSearch:
    """`rows` filtered by the `params` of `facets`: any of the values of a facet, all of the facets.

    `rows` may already be filtered in other ways; `extra_params`, such as {"q": "paris"}, are repeated in `query`.
    Invalid values raise nothing: they are left out and listed in `ignored_values`.
    """

    def __init__(
        self,
        rows: QuerySet,
        facets: Iterable[Facet],
        params: QueryDict,
        *,
        language: str,
        extra_params: Mapping | None = None,
    ):
        self.all, self.facets, self.language = rows, list(facets), language
        self.extra_params = {name: value for name, value in (extra_params or {}).items() if value}
        self._requested = {facet.name: _sane(params.getlist(facet.name)) for facet in self.facets}
        labels = {facet.name: facet.labels(language) for facet in self.facets}
        self._labels_in_db = {name: source for name, source in labels.items() if isinstance(source, QuerySet)}
        self._labels_in_code = {name: source for name, source in labels.items() if not isinstance(source, QuerySet)}

    @cached_property
    def rows(self) -> QuerySet:
        """The rows that match every facet."""
        return self._filtered(self.all, self._chosen)

    @cached_property
    def facet_options(self) -> list[FacetOptions]:
        """The facets with their options, in one query for all counts and labels.

        The count of an option takes into account what is chosen in the other facets.
        """
        return [FacetOptions(facet.name, facet.label, self._options(facet)) for facet in self.facets]

    @property
    def chosen(self) -> list[tuple[FacetOptions, Option]]:
        """The chosen options, each with its facet."""
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

    @cached_property
    def _chosen(self) -> Values:
        """The requested values that exist. Reads the database only where the labels come from it."""
        if any(self._requested[name] for name in self._labels_in_db):
            return self._counted[0]
        return self._requested | _existing(self._requested, self._labels_in_code)

    @cached_property
    def _counted(self) -> tuple[Values, Names, Counts]:
        """What is chosen, the labels of all values, and how many rows each value would leave.

        Requested values whose labels are in the database are taken for valid at first, so that labels and counts come
        in one query. It is run again without those that turn out not to exist.
        """
        requested = self._requested | _existing(self._requested, self._labels_in_code)
        labels, counts = self._labels_and_counts(requested)
        valid = _existing(requested, labels)
        if valid != requested:
            labels, counts = self._labels_and_counts(valid)
        return valid, labels, counts

    def _labels_and_counts(self, chosen: Values) -> tuple[Names, Counts]:
        parts = [facet.count_rows(self._filtered(self.all, chosen, except_for=facet)) for facet in self.facets]
        parts += [facet.labels_query(self._labels_in_db[facet.name]) for facet in self._facets_with_labels_in_db]
        labels: dict[str, dict[str, str]] = defaultdict(dict)
        counts: Counts = defaultdict(dict)
        for name, value, label, rows in parts[0].union(*parts[1:], all=True):
            if label:
                labels[name][value] = label
            elif value is not None:
                counts[name][value] = rows
        return self._labels_in_code | {name: sort_labels(labels[name]) for name in self._labels_in_db}, counts

    @property
    def _facets_with_labels_in_db(self) -> list[Facet]:
        return [facet for facet in self.facets if facet.name in self._labels_in_db]

    def _options(self, facet: Facet) -> list[Option]:
        values, all_labels, all_counts = self._counted
        chosen, labels, counts = values[facet.name], all_labels[facet.name], all_counts[facet.name]
        options = [
            Option(value, str(label), counts.get(value, 0), value in chosen, self._toggled(facet, value))
            for value, label in labels.items()
            if value in chosen or value in counts
        ]
        return options if facet.in_order else sorted(options, key=lambda option: -option.count)

    def _toggled(self, facet: Facet, value: str) -> str:
        chosen = self._chosen[facet.name]
        toggled = [kept for kept in chosen if kept != value] if value in chosen else [*chosen, value]
        return self._query({**self._chosen, facet.name: toggled})

    def _query(self, chosen: Values) -> str:
        pairs = [(facet.name, value) for facet in self.facets for value in sorted(chosen[facet.name])]
        return urlencode([*self.extra_params.items(), *pairs])


def _sane(values: Iterable[str]) -> list[str]:
    """`values` cut, without duplicates, and with the NUL characters that PostgreSQL refuses replaced."""
    cut = (value.replace("\0", "\ufffd").strip()[:MAX_VALUE_LENGTH] for value in values)
    return list(dict.fromkeys(value for value in cut if value))[:MAX_VALUES]


def _existing(requested: Values, labels: Names) -> Values:
    return {name: [value for value in requested[name] if value in known] for name, known in labels.items()}


def _by_label(pair: tuple[str, str]) -> str:
    return sort_key(pair[1])
