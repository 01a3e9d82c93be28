"""The matrix: every city and each of the seven commitments, the whole network drawn as lines with stops."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, Func, IntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext

from commitments.models import Pledge
from members.facets import country_names
from members.models import City
from practices.models import Revision
from practices.standings import CommitmentStanding, standings_of
from scn_portal.base.http.public import public_page
from scn_portal.base.languages import alphabetical
from scn_portal.base.lists import ListPage
from scn_portal.site.cities.activity import HAS_MARK
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.cities.search import CitySearch

CITIES_PER_PAGE = 50


@dataclass(frozen=True)
class Cell:
    """What a city has promised and done under one commitment. `link` leads to it on the page of the city."""

    standing: CommitmentStanding
    words: str
    link: str


@dataclass(frozen=True)
class Column:
    """What all cities of the search have promised and done under one commitment."""

    standing: CommitmentStanding
    cities: int = 0
    words: str = ""


@dataclass(frozen=True)
class MatrixSearch(CitySearch):
    """The cities of a search by country and name. Those without any mark are left out unless `all` is asked for."""

    @property
    def shows_all(self) -> bool:
        return self.params.get("all") == "yes"

    @property
    def cities(self) -> QuerySet:
        cities = self.faceted.rows.select_related("region")
        shown = cities if self.shows_all else cities.filter(HAS_MARK)
        return shown.order_by(_place_of_country(self.language), alphabetical(f"name_{self.language}"), "pk")

    @property
    def count(self) -> int:
        """How many cities match, with those that are left out."""
        return sum(self.counts.values())

    @property
    def sorts(self) -> list:
        """None: the matrix has one order."""
        return []

    @property
    def _extra_params(self) -> dict[str, str]:
        return {"q": self.words, "all": "yes" if self.shows_all else ""}


def _place_of_country(language: str) -> Func:
    """To order cities by the names of their countries, which the database does not know."""
    codes = Value(list(country_names(language)), ArrayField(TextField()))
    return Func(codes, Cast("country", TextField()), function="array_position", output_field=IntegerField())


@public_page("q", "all", "page", *CITY_FACETS)
def matrix(request):
    """The cities of a search, filtered as on their list, each with its seven commitments."""
    search = MatrixSearch(request.GET, get_language())
    name = gettext("Cities and commitments")
    listed = ListPage(request, search, search.cities, per_page=CITIES_PER_PAGE, name=name)
    rows = with_cells(listed.page, get_language())
    columns = columns_of(search.faceted.rows, rows[0][1]) if rows else []
    context = {
        "listed": listed,
        "search": search,
        "faceted": search.faceted,
        "page": listed.page,
        "shown": listed.page.paginator.count,
        "rows": rows,
        "columns": columns,
        "statuses": Pledge.Status.choices,
    }
    return render(request, "site/cities/matrix.html", context)


def with_cells(cities: Iterable[City], language: str) -> list[tuple[City, list[Cell]]]:
    """Each city with its seven cells, in three queries."""
    cities = list(cities)
    standings = standings_of(cities, language)
    return [
        (city, [Cell(standing, words_of(standing), _link(city, standing)) for standing in standings[city.pk]])
        for city in cities
    ]


def _link(city: City, standing: CommitmentStanding) -> str:
    if len(standing.statuses) == 1:
        return reverse("pledge_detail", args=[standing.first_pledge])
    if standing.pledged:
        return reverse("pledge_list", query={"city": city.slug, "commitment": standing.number})
    return f"{city.get_absolute_url()}#practices" if standing.practised else ""


def words_of(standing: CommitmentStanding) -> str:
    """“2 pledges: under way, done; 1 practice”, or nothing where there is nothing."""
    if not standing.pledged:
        return _practices(standing.practices) if standing.practised else ""
    statuses = ", ".join(str(Pledge.Status(status).label).lower() for status in standing.statuses)
    pledges = gettext("%(pledges)s: %(statuses)s") % {"pledges": _pledges(len(standing.statuses)), "statuses": statuses}
    return _listed(pledges, _practices(standing.practices)) if standing.practised else pledges


def _listed(one: str, other: str) -> str:
    return gettext("%(one)s; %(other)s") % {"one": one, "other": other}


def columns_of(cities: QuerySet, cells: list[Cell]) -> list[Column]:
    """The columns, with sums over all of `cities` and not only over this page, in two queries."""
    counted_pledges = Pledge.objects.public().since_declaration().filter(city__in=cities.values("pk"))
    by_number = counted_pledges.values("commitment__number").order_by()
    counted = by_number.annotate(cities=Count("city", distinct=True), pledges=Count("pk"))
    pledged = {
        number: (cities, pledges)
        for number, cities, pledges in counted.values_list("commitment__number", "cities", "pledges")
    }
    live = Revision.objects.live().filter(practice__city__in=cities.values("pk"), commitments__isnull=False)
    practised = dict(live.order_by().values_list("commitments__number").annotate(practices=Count("pk", distinct=True)))
    return [
        _column(cell.standing, *pledged.get(cell.standing.number, (0, 0)), practised.get(cell.standing.number, 0))
        for cell in cells
    ]


def _column(standing: CommitmentStanding, cities: int, pledges: int, practices: int) -> Column:
    return Column(standing, cities, _listed(_listed(_cities(cities), _pledges(pledges)), _practices(practices)))


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
