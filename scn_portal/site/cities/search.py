"""What a reader asks of the list of cities: words, filters, an order. Whatever the question holds, it has an answer.

The list, its map, its downloads and the API all ask here, with the query string of the list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import City
from practices.choices import Status
from scn_portal.base.facets import FacetedSearch
from scn_portal.base.languages import alphabetical
from scn_portal.site.cities.filters import CITY_FACETS

MAX_LENGTH_WORDS = 100


def by_name(cities: QuerySet, language: str) -> QuerySet:
    return cities.order_by(alphabetical(f"name_{language}"), "pk")


def by_year_joined(cities: QuerySet, language: str) -> QuerySet:
    """The last to join first; those whose year is not known at the end."""
    return cities.order_by(F("joined_year").desc(nulls_last=True), alphabetical(f"name_{language}"), "pk")


def by_activity(cities: QuerySet, language: str) -> QuerySet:
    """The last to do something that is public first, each with `active_at`; those that never did at the end."""
    cities = cities.annotate(active_at=Greatest(*(_latest(*each) for each in ACTIVITIES)))
    return cities.order_by(F("active_at").desc(nulls_last=True), alphabetical(f"name_{language}"), "pk")


# Where a city's public deeds are dated, and which of them are public: nothing of a draft or of what was taken down.
ACTIVITIES = [
    ("pledges__updated_at", Q()),
    ("pledges__updates__created_at", Q(pledges__updates__taken_down_at=None)),
    ("practices__revisions__published_at", Q(practices__revisions__status=Status.PUBLISHED)),
]


def _latest(moment: str, public: Q) -> Subquery:
    of_the_city = City.objects.filter(pk=OuterRef("pk")).values("pk").order_by()
    return Subquery(of_the_city.annotate(latest=Max(moment, filter=public)).values("latest"))


@dataclass(frozen=True)
class Sort:
    """An order to read a list in; `value` stands in the address."""

    value: str
    label: str | Promise
    order: Callable[[QuerySet, str], QuerySet]


SORTS = [
    Sort("name", _("Name"), by_name),
    Sort("joined", _("Year joined, newest first"), by_year_joined),
    Sort("activity", _("Latest activity"), by_activity),
]


@dataclass(frozen=True)
class CitySearch:
    """What a reader of `language` asked of the cities."""

    params: QueryDict
    language: str

    @cached_property
    def words(self) -> str:
        return self.params.get("q", "").replace("\0", "").strip()[:MAX_LENGTH_WORDS]

    @cached_property
    def sort(self) -> Sort:
        """The order asked for; by name where none is, or one that there is not."""
        return next((sort for sort in SORTS if sort.value == self.params.get("sort")), SORTS[0])

    @cached_property
    def faceted(self) -> FacetedSearch:
        """The listed cities that have the words in their names, and the facets to narrow them by."""
        cities = City.objects.listed()
        also = {"q": self.words, "sort": "" if self.sort is SORTS[0] else self.sort.value}
        named = cities.named(self.words) if self.words else cities
        return FacetedSearch(named, CITY_FACETS, self.params, language=self.language, extra_params=also)

    @property
    def cities(self) -> QuerySet:
        """The cities that answer it all, in the order asked for, each with its region."""
        return self.sort.order(self.faceted.rows.select_related("region"), self.language)

    @property
    def sorts(self) -> list[tuple[str, str | Promise, bool]]:
        """The orders on offer: value, label, whether it is the one asked for."""
        return [(sort.value, sort.label, sort is self.sort) for sort in SORTS]
