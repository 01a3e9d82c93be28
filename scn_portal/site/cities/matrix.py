"""The matrix: every city and each of the seven commitments, the whole network drawn as lines with stops."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext, ngettext

from commitments.models import Pledge
from members.models import City
from practices.standings import CommitmentStanding
from scn_portal.base import generation
from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.base.languages import Text
from scn_portal.base.lists import ListPage, version_of_page
from scn_portal.site.cities.activity import HAS_MARK
from scn_portal.site.cities.by_country import CitiesByCountry
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.cities.search import CitySearch
from scn_portal.site.city_records import Seven, Sums, sums_of, with_standings

CITIES_PER_PAGE = 50
MAX_MARKS = 8  # in a cell; a number says how many more pledges there are


@dataclass(frozen=True)
class Cell:
    """What a city has promised and done under one commitment. `link` leads to it on the page of the city."""

    standing: CommitmentStanding
    words: str
    link: str

    @property
    def marks(self) -> tuple[str, ...]:
        """The statuses of the first pledges."""
        return self.standing.statuses[:MAX_MARKS]

    @property
    def more(self) -> int:
        """How many pledges have no mark."""
        return self.standing.pledges - len(self.marks)


@dataclass(frozen=True)
class Column:
    """What all cities of the search have promised and done under one commitment, in words."""

    number: int
    short: Text
    cities: int
    words: str


@dataclass(frozen=True)
class MatrixSearch(CitySearch):
    """The cities of a search by country and name. Those without any mark are left out unless `all` is requested."""

    @cached_property
    def seven(self) -> Seven:
        return Seven(self.language)

    @property
    def shows_all(self) -> bool:
        return self.params.get("all") == "yes"

    @cached_property
    def cities(self) -> CitiesByCountry:
        cities = self.faceted.rows.select_related("record")
        name = "matrix-countries-all" if self.shows_all else "matrix-countries"
        shown = cities if self.shows_all else cities.filter(HAS_MARK)
        return CitiesByCountry(shown, self.language, partial(self.faceted.kept, name))

    @cached_property
    def sums(self) -> list[Sums]:
        """What all cities of the search have under each of the seven commitments, not only those of a page."""
        return [Sums(*sums) for sums in self._summed[1]]

    @property
    def count(self) -> int:
        """How many cities match, including those that are left out: from the sums, or from the filters if no city is
        shown."""
        return self._summed[0] if self.cities else sum(self.counts.values())

    @cached_property
    def _summed(self) -> tuple[int, list]:
        """One query, unless the result is kept since the last public change."""
        rows = self.faceted.rows
        return self.faceted.kept("matrix-sums", lambda: sums_of(rows), generation.current().number)

    @property
    def sorts(self) -> list:
        """Empty, since the matrix has only one order."""
        return []

    @property
    def _extra_params(self) -> dict[str, str]:
        return {"q": self.words, "all": "yes" if self.shows_all else ""}


@public_page("q", "all", "page", *CITY_FACETS)
def matrix(request):
    """The cities of a search, filtered as on their list, each with its seven commitments."""
    context = {"page_version": version_of_page(request), "statuses": Pledge.Status.choices}
    context |= when_shown(partial(_asked, request), *LISTED)
    return render(request, "site/cities/matrix.html", context)


LISTED = ("listed", "search", "faceted", "page", "shown", "rows", "columns")


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the matrix shows, by the names in LISTED. Raises Http404 if there is no such page."""
    search = MatrixSearch(request.GET, get_language())
    name = gettext("Cities and commitments")
    listed = ListPage(request, search, search.cities, per_page=CITIES_PER_PAGE, name=name)
    rows = with_cells(listed.page, search.seven)
    return {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "page": listed.page,
        "shown": listed.page.paginator.count,
        "rows": rows,
        "columns": columns_of(search) if rows else [],
    }


def with_cells(cities: Iterable[City], seven: Seven) -> list[tuple[City, list[Cell]]]:
    """Each city with its seven cells, from its `record`: one query."""
    return [(city, _cells_of(city)) for city in with_standings(cities, get_language(), seven)]


def _cells_of(city: City) -> Any:
    return SimpleLazyObject(partial(_cells, city))


def _cells(city: City) -> list[Cell]:
    # Computed once and not for each of the seven, which all link to the same pages.
    page, pledges, language = city.get_absolute_url(), reverse("pledge_list"), get_language()
    return [
        Cell(each, _words(each.statuses, each.pledges, each.practices, language), _link(city, each, page, pledges))
        for each in city.standings
    ]


def _link(city: City, standing: CommitmentStanding, page: str, pledges: str) -> str:
    if standing.pledges == 1:
        return reverse("pledge_detail", args=[standing.first_pledge])
    if standing.pledged:
        return f"{pledges}?{urlencode({'city': city.slug, 'commitment': standing.number})}"
    return f"{page}#practices" if standing.practised else ""


@lru_cache(maxsize=512)
def _words(statuses: tuple[str, ...], pledged: int, practised: int, language: str) -> str:
    """“2 pledges: under way, done; 1 practice”; empty if there is neither. Cached, because many cells have the same
    words."""
    if not pledged:
        return _practices(practised) if practised else ""
    labels = _labels(language)
    told = ", ".join(labels[status] for status in statuses)
    pledges = gettext("%(pledges)s: %(statuses)s") % {"pledges": _pledges(pledged), "statuses": told}
    return _listed(pledges, _practices(practised)) if practised else pledges


@cache
def _labels(language: str) -> dict[str, str]:
    """The names of the statuses as they are written within a sentence. `language` is the active one."""
    return {status.value: str(status.label).lower() for status in Pledge.Status}


def _listed(one: str, other: str) -> str:
    return gettext("%(one)s; %(other)s") % {"one": one, "other": other}


def columns_of(search: MatrixSearch) -> list[Column]:
    """The columns, with sums over all cities of the search and not only over this page."""
    names = search.seven.names
    return [_column(number, short, search.sums[number - 1]) for number, short in names.items()]


def _column(number: int, short: Text, sums: Sums) -> Column:
    words = _listed(_listed(_cities(sums.cities), _pledges(sums.pledges)), _practices(sums.practices))
    return Column(number, short, sums.cities, words)


def _cities(count: int) -> str:
    if not count:
        return gettext("no cities")
    return ngettext("%(count)s city", "%(count)s cities", count) % {"count": count}


def _pledges(count: int) -> str:
    if not count:
        return gettext("no pledges")
    return ngettext("%(count)s pledge", "%(count)s pledges", count) % {"count": count}


def _practices(count: int) -> str:
    if not count:
        return gettext("no practices")
    return ngettext("%(count)s practice", "%(count)s practices", count) % {"count": count}
