"""The search of cities: words, filters, an order. Invalid parameters are ignored.

The list, its map, the matrix and the downloads use it, with the same query string.
"""

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.membership_counts import membership_in_words
from members.models import City
from scn_portal.base.facets import Counts, FacetedSearch, Names, Values
from scn_portal.base.fragments import kept
from scn_portal.base.totals import Total
from scn_portal.site.cities.activity import HAS_RECORD, by_activity
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.city_records import network_version, with_records

MAX_LENGTH_WORDS = 100


def by_name(cities: QuerySet, language: str) -> QuerySet:
    # Every listed city has a record; the filter lets the database use its index.
    return cities.filter(record__isnull=False).order_by(f"record__name_key_{language}", "pk")


def by_year_joined(cities: QuerySet, language: str) -> QuerySet:
    """The latest year first, unknown years at the end."""
    return cities.order_by(F("joined_year").desc(nulls_last=True), f"record__name_key_{language}", "pk")


@dataclass(frozen=True)
class Sort:
    """An order of the list. `value` is that of the query parameter."""

    value: str
    label: str | Promise
    order: Callable[[QuerySet, str], QuerySet]


BY_ACTIVITY = Sort("activity", _("Latest activity"), by_activity)
# The first is the default.
SORTS = [
    BY_ACTIVITY,
    Sort("name", _("Name"), by_name),
    Sort("joined", _("Year joined, newest first"), by_year_joined),
]


class CityFacets(FacetedSearch):
    """The facets of cities. Counts are kept until `version` changes."""

    @cached_property
    def version(self) -> int:
        """It is read before anything is counted."""
        return network_version()

    def kept(self, name: str, count: Callable[[], Any], *vary: Hashable) -> Any:
        """The result of `count` for these choices and words, which must be valid as JSON. It may also depend on
        `vary`."""
        requested = json.dumps([self.extra_params.get("q"), self._requested])
        return json.loads(kept(name, requested, self.version, *vary, build=lambda: json.dumps(count())))

    def numbers_of(self, facet: str) -> dict[str, int]:
        """How many cities have each value of `facet`; only the chosen values, if any are chosen."""
        chosen, labels, counts, _total = self._counted
        return {
            value: counts[facet].get(value) or 0
            for value in chosen[facet] or labels[facet]
            if value in counts[facet] or value in chosen[facet]
        }

    def _count(self) -> tuple[Values, Names, Counts, Total]:
        chosen, labels, counts, (number, is_exact) = self.kept("city-facets", self._count_again)
        return chosen, self._labels_in_code | labels, counts, Total(number, is_exact)

    def _count_again(self) -> tuple[Values, Names, Counts, tuple[int, bool]]:
        chosen, labels, counts, total = super()._count()
        read = {name: labels[name] for name in self._labels_in_db}
        return chosen, read, counts, (total.number, total.is_exact)


@dataclass(frozen=True)
class CitySearch:
    """A search with the query string `params`, for a reader of `language`."""

    params: QueryDict
    language: str

    @cached_property
    def words(self) -> str:
        return self.params.get("q", "").replace("\0", "").strip()[:MAX_LENGTH_WORDS]

    @cached_property
    def sort(self) -> Sort:
        """The requested order; by activity if none or an unknown one is given."""
        return next((sort for sort in SORTS if sort.value == self.params.get("sort")), SORTS[0])

    @cached_property
    def faceted(self) -> "CityFacets":
        """The listed cities with the words in their names, and their facets."""
        cities = City.objects.listed()
        cities = cities.named(self.words) if self.words else cities
        return CityFacets(cities, CITY_FACETS, self.params, language=self.language, extra_params=self._extra_params)

    @cached_property
    def total(self) -> Total:
        """How many `entries` there are."""
        if self.sort is not BY_ACTIVITY:
            return self.faceted.total
        recorded = self.faceted.rows.filter(HAS_RECORD)
        return Total(self.faceted.kept("city-recorded", lambda: recorded.count()))

    @property
    def unrecorded_count(self) -> int:
        """How many `unrecorded` there are."""
        return self.faceted.total.number - self.total.number

    @property
    def _extra_params(self) -> dict[str, str]:
        return {"q": self.words, "sort": "" if self.sort is SORTS[0] else self.sort.value}

    @property
    def counts(self) -> dict[str, int]:
        """How many cities match, by status; from the counts of that facet."""
        return self.faceted.numbers_of("status")

    @property
    def membership(self) -> str:
        """How many of the cities that match are members and how many are not, in words."""
        return membership_in_words(self.counts)

    @property
    def cities(self) -> QuerySet:
        """The cities that match, in the requested order, each with its region and its record."""
        return self.sort.order(with_records(self.faceted.rows.select_related("region", "record")), self.language)

    @property
    def entries(self) -> QuerySet:
        """The `cities` that the list shows one by one; in the order of activity, only those with a record."""
        return self.cities.filter(HAS_RECORD) if self.sort is BY_ACTIVITY else self.cities

    @property
    def unrecorded(self) -> QuerySet:
        """The cities that match and are not among `entries`: in the order of activity, those without any record."""
        return self.faceted.rows.exclude(HAS_RECORD) if self.sort is BY_ACTIVITY else City.objects.none()

    @property
    def sorts(self) -> list[tuple[str, str | Promise, bool]]:
        """All orders, as (value, label, is current). The default, the first, has no value."""
        return [("" if sort is SORTS[0] else sort.value, sort.label, sort is self.sort) for sort in SORTS]
