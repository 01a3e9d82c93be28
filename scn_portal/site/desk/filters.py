"""Filters of a list of the desk: a few selects, kept in the address. Values that a list does not know are ignored."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language

from members.models import City, Region
from members.models.city import as_heading
from scn_portal.base.languages import text_of
from scn_portal.base.lists import ListedPage, page_or_404
from scn_portal.base.statements import BY_INDEX, fetch
from scn_portal.base.totals import count_up_to

MAX_LENGTH_WORDS = 200
MAX_WORDS = 8
MAX_CITIES = 300


class NamedCity(NamedTuple):
    """What an option says of a city. Of 300 objects, most of the time would go into making them."""

    slug: str
    name_en: str
    name_fr: str


@dataclass(frozen=True)
class Filter:
    """One select: `choices()` are (value, label), `condition(value)` is what a row must meet."""

    name: str
    label: str | Promise
    choices: Callable[[], Iterable[tuple[str, str | Promise]]]
    condition: Callable[[str], Q]


@dataclass(frozen=True)
class Select:
    """A filter as a page shows it: `options` are (value, label, is chosen)."""

    name: str
    label: str | Promise
    options: list[tuple[str, str | Promise, bool]]

    @property
    def is_chosen(self) -> bool:
        return any(chosen for _value, _label, chosen in self.options)


class Narrowed:
    """`rows` filtered by the values that `request` has for `filters`; with `search`, also by the words in `q`.

    `search(word)` is the condition that a row has that word.
    """

    def __init__(
        self,
        request: HttpRequest,
        rows: QuerySet,
        filters: Sequence[Filter],
        *,
        search: Callable[[str], Q] | None = None,
    ):
        self._params, self._all, self._filters, self._search = request.GET, rows, filters, search

    @cached_property
    def words(self) -> str:
        return words_of(self._params.get("q", "")) if self._search else ""

    @property
    def is_searched(self) -> bool:
        """Whether the list can be narrowed by words."""
        return self._search is not None

    @cached_property
    def selects(self) -> list[Select]:
        return [
            Select(each.name, each.label, [(value, label, value == self._asked(each)) for value, label in choices])
            for each, choices in ((each, self._choices[each.name]) for each in self._filters)
        ]

    @cached_property
    def rows(self) -> QuerySet:
        rows = self._all
        for name, value in self.chosen.items():
            rows = rows.filter(next(each for each in self._filters if each.name == name).condition(value))
        if self._search:
            for word in self.words.split()[:MAX_WORDS]:
                rows = rows.filter(self._search(word))
        return rows

    @cached_property
    def chosen(self) -> dict[str, str]:
        """The requested values that exist, by the name of their filter."""
        asked = {each.name: self._asked(each) for each in self._filters}
        known = {name: {value for value, _label in choices} for name, choices in self._choices.items()}
        return {name: value for name, value in asked.items() if value in known[name]}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen or self.words)

    @property
    def query(self) -> str:
        """The query string of the chosen values and the words."""
        return urlencode(self.chosen | ({"q": self.words} if self.words else {}))

    def _asked(self, each: Filter) -> str:
        return self._params.get(each.name, "")

    @cached_property
    def _choices(self) -> dict[str, list[tuple[str, str | Promise]]]:
        return {each.name: list(each.choices()) for each in self._filters}


def page_by_keys(rows: QuerySet, request: HttpRequest, shown: QuerySet, *, per_page: int) -> ListedPage:
    """A page of `rows` in an order that no index provides: only their keys are sorted, and then only the rows of the
    page are read from `shown`."""
    page = page_or_404(
        rows.values_list("pk", flat=True), request, per_page=per_page, total=count_up_to(rows.values("pk"))
    )
    keys = list(page.object_list)
    read = shown.in_bulk(keys)
    page.object_list = [read[key] for key in keys if key in read]
    return page


def words_of(typed: str) -> str:
    """The words typed for a search, on one line and cut to a maximum length."""
    return " ".join(typed.replace("\0", " ").split())[:MAX_LENGTH_WORDS]


def regions(path: str, label: str | Promise) -> Filter:
    """A filter by region; `path` leads from a row to its city, such as `practice__city__`."""
    return Filter("region", label, _region_choices, lambda slug: Q(**{f"{path}region__slug": slug}))


def _region_choices() -> list[tuple[str, str]]:
    language = get_language()
    named = [(region.slug, text_of(region, "name", language).value) for region in Region.objects.all()]
    return sorted(named, key=lambda pair: pair[1])


def cities(path: str, label: str | Promise, among: QuerySet) -> Filter:
    """A filter by the cities of the rows in `among`; `path` leads from a row to its city, such as `practice__city`."""

    def choices() -> list[tuple[str, str]]:
        language = get_language()
        found = City.objects.filter(pk__in=among.order_by().values(path)).by_name(language)
        # Otherwise modeltranslation would change the order of the columns.
        named = found.rewrite(False).values_list(*NamedCity._fields)[:MAX_CITIES]
        # Few of very many practices are on a desk: indexes find them without reading the city of every practice.
        rows: Iterable[Any] = map(NamedCity._make, fetch(found.db, *named.query.sql_with_params(), off=BY_INDEX))
        return [(row.slug, as_heading(text_of(row, "name", language).value)) for row in rows]

    return Filter("city", label, choices, lambda slug: Q(**{f"{path}__slug": slug}))


def fixed(name: str, label: str | Promise, choices: Iterable[tuple[str, str | Promise]], condition) -> Filter:
    """A filter by one of `choices`, which are known without a query."""
    known = list(choices)
    return Filter(name, label, lambda: known, condition)
