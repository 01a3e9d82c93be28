"""Facets: the ways to narrow a list, each with how many rows every choice would leave.

A list page, its map, its downloads and the API narrow through the same `Narrowing`, from the same query string.
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

from scn_portal.languages import other

# A question with more values of one facet, or with longer ones, is no reader's.
MOST_VALUES = 50
LONGEST_VALUE = 100

Asked = dict[str, list[str]]  # by facet: values
Names = dict[str, Mapping[str, str]]  # by facet: the name of each value
Counts = dict[str, dict[str, int]]  # by facet: the rows of each value


class Unnest(Func):
    """The items of an array, one row each."""

    function = "unnest"
    set_returning = True


def named_in(language: str, field: str) -> Coalesce:
    """The translated `field` in `language`, or in the other language where that is empty."""
    preferred = NullIf(F(f"{field}_{language}"), Value(""), output_field=TextField())
    return Coalesce(preferred, F(f"{field}_{other(language)}"), output_field=TextField())


def labels_of(choices: Iterable[Choices], language: str) -> dict[str, str]:
    """What each of the choices of a field is called in `language`, in their order."""
    with override(language):
        return {choice.value: str(choice.label) for choice in choices}


def sorted_by_name(names: Mapping[str, str]) -> dict[str, str]:
    """`names` in the alphabetical order of what they call."""
    return dict(sorted(names.items(), key=_by_label))


def without_accents(name: str) -> str:
    """What to sort a name by, so that “Égypte” stands between “Danemark” and “Finlande”."""
    return slugify(name)


@dataclass(frozen=True)
class Facet:
    """One way to narrow a list, by one or several of its values.

    `name` stands in the address. `value` is the path from a row to the value, over relations that may be many, or an
    expression of it; null is no value. With `items` it is an array, and each of its items is a value.

    `labels` gives, for a language, the name of every value that there is: a mapping, in the order to show them; or a
    queryset annotated with `value` and `named`, shown in alphabetical order. What it does not name is unknown.
    """

    name: str
    label: str | Promise
    value: str | Expression
    labels: Callable[[str], Mapping[str, str] | QuerySet]
    items: bool = False

    def having(self, rows: QuerySet, values: Iterable[str]) -> QuerySet:
        """Those of `rows` that have any of `values`, each once however often it has them."""
        kind, lookup = (ArrayField(TextField()), "overlap") if self.items else (TextField(), "in")
        everything = QuerySet(rows.model).alias(asked=Cast(self._expression, kind))
        return rows.filter(pk__in=everything.filter(**{f"asked__{lookup}": list(values)}).values("pk"))

    def counted(self, rows: QuerySet) -> QuerySet:
        """How many of `rows` have each value: (facet, value, "", count), fit to be united with others."""
        value = Unnest(self._expression) if self.items else self._expression
        within = QuerySet(rows.model).filter(pk__in=rows.order_by().values("pk"))
        by_value = within.annotate(facet=Value(self.name), value=Cast(value, TextField()), named=Value(""))
        counted = by_value.values("facet", "value", "named").annotate(rows=Count("pk", distinct=True))
        return counted.values_list("facet", "value", "named", "rows").order_by()

    def named(self, pairs: QuerySet) -> QuerySet:
        """The labels that come from the database, in the columns of `counted`."""
        # A queryset of Django's own: that of a translated model gives its columns in any order.
        pairs = QuerySet(pairs.model, pairs.query.chain())
        pairs = pairs.annotate(facet=Value(self.name), text=Cast("value", TextField()), rows=Value(0, IntegerField()))
        return pairs.values_list("facet", "text", "named", "rows").order_by()

    @property
    def _expression(self) -> Expression | F:
        return F(self.value) if isinstance(self.value, str) else self.value


@dataclass(frozen=True)
class Option:
    """A value of a facet, as it is offered: its name, how many rows it would leave, whether it is chosen.

    `toggled` is the query string with this value chosen, or, where it is, no longer chosen.
    """

    value: str
    label: str
    count: int
    chosen: bool
    toggled: str


@dataclass(frozen=True)
class Offered:
    """A facet as a page shows it: its values that would leave a row, and those that are chosen."""

    name: str
    label: str | Promise
    options: list[Option]

    @property
    def chosen(self) -> list[Option]:
        return [option for option in self.options if option.chosen]


class Narrowing:
    """`rows`, narrowed by what `asked` says of `facets`: any of the values within a facet, all of the facets.

    `rows` may already be narrowed in other ways; `also` tells those to `query`: {"q": "paris"}. Whatever `asked`
    holds, nothing here fails: what makes no sense is left out, and told by `unknown`.
    """

    def __init__(
        self, rows: QuerySet, facets: Iterable[Facet], asked: QueryDict, *, language: str, also: Mapping | None = None
    ):
        self.all, self.facets, self.language = rows, list(facets), language
        self.also = {name: value for name, value in (also or {}).items() if value}
        self._asked = {facet.name: _sane(asked.getlist(facet.name)) for facet in self.facets}
        labels = {facet.name: facet.labels(language) for facet in self.facets}
        self._there = {name: given for name, given in labels.items() if isinstance(given, QuerySet)}
        self._here = {name: given for name, given in labels.items() if not isinstance(given, QuerySet)}

    @cached_property
    def rows(self) -> QuerySet:
        """The rows that answer to every choice."""
        return self._narrowed(self.all, self._chosen)

    @cached_property
    def offered(self) -> list[Offered]:
        """The facets with their options, counted and named in one query, however many they are.

        An option counts the rows that it would leave with the choices made in the other facets.
        """
        return [Offered(facet.name, facet.label, self._options(facet)) for facet in self.facets]

    @property
    def chosen(self) -> list[tuple[Offered, Option]]:
        """What is chosen, each with its facet."""
        return [(facet, option) for facet in self.offered for option in facet.chosen]

    @cached_property
    def unknown(self) -> list[tuple[str, str]]:
        """What was asked for and is no value: [(label of the facet, value)]."""
        return [
            (str(facet.label), value)
            for facet in self.facets
            for value in self._asked[facet.name]
            if value not in self._chosen[facet.name]
        ]

    @property
    def query(self) -> str:
        """What was understood, as a query string that is the same for the same choices."""
        return self._query(self._chosen)

    @property
    def query_of_none(self) -> str:
        """The query string with no value of any facet chosen."""
        return self._query({facet.name: [] for facet in self.facets})

    # --- How -----------------------------------------------------------------------------------------------------

    def _narrowed(self, rows: QuerySet, chosen: Asked, but: Facet | None = None) -> QuerySet:
        facets = [facet for facet in self.facets if facet is not but and chosen[facet.name]]
        return reduce(lambda left, facet: facet.having(left, chosen[facet.name]), facets, rows)

    @cached_property
    def _chosen(self) -> Asked:
        """What was asked for and is a value. Where only the database knows, it is asked."""
        if any(self._asked[name] for name in self._there):
            return self._read[0]
        return self._asked | _known(self._asked, self._here)

    @cached_property
    def _read(self) -> tuple[Asked, Names, Counts]:
        """What is chosen; the names of all values; how many rows each would leave. A second query only where the first
        shows that something unknown was asked for."""
        asked = self._asked | _known(self._asked, self._here)
        names, counts = self._ask(asked)
        known = _known(asked, names)
        if known != asked:
            names, counts = self._ask(known)
        return known, names, counts

    def _ask(self, chosen: Asked) -> tuple[Names, Counts]:
        parts = [facet.counted(self._narrowed(self.all, chosen, but=facet)) for facet in self.facets]
        parts += [facet.named(self._there[facet.name]) for facet in self.facets if facet.name in self._there]
        there: dict[str, dict[str, str]] = defaultdict(dict)
        counts: Counts = defaultdict(dict)
        for name, value, label, rows in parts[0].union(*parts[1:], all=True):
            if label:
                there[name][value] = label
            elif value is not None:
                counts[name][value] = rows
        return self._here | {name: sorted_by_name(there[name]) for name in self._there}, counts

    def _options(self, facet: Facet) -> list[Option]:
        chosen, names, counts = self._read
        here, counted = chosen[facet.name], counts[facet.name]
        return [
            Option(value, str(label), counted.get(value, 0), value in here, self._toggled(facet, value))
            for value, label in names[facet.name].items()
            if value in here or value in counted
        ]

    def _toggled(self, facet: Facet, value: str) -> str:
        here = self._chosen[facet.name]
        toggled = [each for each in here if each != value] if value in here else [*here, value]
        return self._query({**self._chosen, facet.name: toggled})

    def _query(self, chosen: Asked) -> str:
        pairs = [(facet.name, value) for facet in self.facets for value in sorted(chosen[facet.name])]
        return urlencode([*self.also.items(), *pairs])


def _sane(values: Iterable[str]) -> list[str]:
    """The values that a reader may have meant, each once; what no database could hold is shown as it can be."""
    cut = (value.replace("\0", "\ufffd").strip()[:LONGEST_VALUE] for value in values)
    return list(dict.fromkeys(value for value in cut if value))[:MOST_VALUES]


def _known(asked: Asked, names: Names) -> Asked:
    return {name: [value for value in asked[name] if value in known] for name, known in names.items()}


def _by_label(pair: tuple[str, str]) -> str:
    return without_accents(pair[1])
