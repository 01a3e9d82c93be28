"""The matrix: every city and each of the seven commitments, the whole network drawn as lines with their stops."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_safe

from commitments.models import Pledge
from members.models import City
from practices.models import Revision
from practices.standings import CommitmentStanding, standings_of
from scn_portal.site.cities.search import CitySearch

CITIES_A_PAGE = 50


@dataclass(frozen=True)
class Cell:
    """What a city has promised and done under one commitment, in words and as a link to where its page tells it."""

    line: CommitmentStanding
    words: str
    link: str


@dataclass(frozen=True)
class Column:
    """A commitment, and what all the cities that the reader search for have promised and done under it."""

    line: CommitmentStanding
    cities: int = 0
    words: str = ""


@require_safe
@login_not_required
def matrix(request):
    """The cities that the reader asks for, as on their list, each with its seven stops."""
    search = CitySearch(request.GET, get_language())
    page = Paginator(search.cities, CITIES_A_PAGE).get_page(request.GET.get("page"))
    rows = with_cells(page, get_language())
    columns = columns_of(search.faceted.rows, rows[0][1]) if rows else []
    context = {"search": search, "faceted": search.faceted, "page": page, "rows": rows, "columns": columns}
    return render(request, "site/cities/matrix.html", context | {"statuses": Pledge.Status.choices})


def with_cells(cities: Iterable[City], language: str) -> list[tuple[City, list[Cell]]]:
    """Each city with its seven cells: three queries."""
    cities = list(cities)
    lines = standings_of(cities, language)
    return [(city, [Cell(line, words_of(line), _link(city, line)) for line in lines[city.pk]]) for city in cities]


def _link(city: City, line: CommitmentStanding) -> str:
    if len(line.statuses) == 1:
        return reverse("pledge_detail", args=[line.first_pledge])
    if line.pledged:
        return reverse("pledge_list", query={"city": city.slug, "commitment": line.number})
    return f"{city.get_absolute_url()}#practices" if line.practised else ""


def words_of(line: CommitmentStanding) -> str:
    """“2 pledges: under way, done; 1 practice”, or nothing where there is nothing."""
    if not line.pledged:
        return _practices(line.practices) if line.practised else ""
    statuses = ", ".join(str(Pledge.Status(status).label).lower() for status in line.statuses)
    pledges = gettext("%(pledges)s: %(statuses)s") % {"pledges": _pledges(len(line.statuses)), "statuses": statuses}
    return _listed(pledges, _practices(line.practices)) if line.practised else pledges


def _listed(one: str, other: str) -> str:
    return gettext("%(one)s; %(other)s") % {"one": one, "other": other}


def columns_of(cities: QuerySet, cells: list[Cell]) -> list[Column]:
    """The columns of the table, with the sums for all of `cities`, shown or not: two queries."""
    by_number = Pledge.objects.filter(city__in=cities.values("pk")).values("commitment__number").order_by()
    counted = by_number.annotate(cities=Count("city", distinct=True), pledges=Count("pk"))
    made = {
        number: (cities, pledges)
        for number, cities, pledges in counted.values_list("commitment__number", "cities", "pledges")
    }
    live = Revision.objects.live().filter(practice__city__in=cities.values("pk"), commitments__isnull=False)
    done = dict(live.order_by().values_list("commitments__number").annotate(practices=Count("pk", distinct=True)))
    return [_column(cell.line, *made.get(cell.line.number, (0, 0)), done.get(cell.line.number, 0)) for cell in cells]


def _column(line: CommitmentStanding, cities: int, pledges: int, practices: int) -> Column:
    said = ngettext("%(count)s city", "%(count)s cities", cities) % {"count": cities}
    return Column(line, cities, _listed(_listed(said, _pledges(pledges)), _practices(practices)))


def _pledges(count: int) -> str:
    return ngettext("%(count)s pledge", "%(count)s pledges", count) % {"count": count}


def _practices(count: int) -> str:
    return ngettext("%(count)s practice", "%(count)s practices", count) % {"count": count}
