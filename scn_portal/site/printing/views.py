"""The lists of the portal without pages: all rows of a list, up to a limit."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from commitments.models import Pledge
from practices.facets import PRACTICE_FACETS
from practices.search import PracticeSearch
from scn_portal.base.facets import FacetedSearch
from scn_portal.base.http.public import public_page
from scn_portal.base.strangers import count_search
from scn_portal.site.cities.filters import CITY_FACETS
from scn_portal.site.cities.matrix import MatrixSearch, columns_of, with_cells
from scn_portal.site.cities.search import CitySearch
from scn_portal.site.city_records import with_standings

# As many as are rendered in a tenth of a second.
MAX_ROWS = {"cities": 250, "matrix": 90, "practices": 60}
SHOWN_OF_CITIES = (
    "slug", "name_fr", "name_en", "country", "status", "joined_year", "record__version", "record__standings",
)  # fmt: skip
LISTS = {"cities": "city_list", "matrix": "matrix", "practices": "practice_list"}


@public_page("q", "sort", *CITY_FACETS)
def printed_cities(request: HttpRequest) -> HttpResponse:
    """The cities that match the filters of the list, each with its seven stops."""
    search = CitySearch(request.GET, get_language())
    shown = search.cities.select_related(None).select_related("record").only(*SHOWN_OF_CITIES)
    rows, is_cut = _bounded("cities", shown)
    context = {"cities": with_standings(rows, get_language())}
    return _page(request, "cities", context, search.faceted, search.words, is_cut)


@public_page("q", "all", *CITY_FACETS)
def printed_matrix(request: HttpRequest) -> HttpResponse:
    """The cities that the matrix shows on all its pages, by the seven commitments."""
    search = MatrixSearch(request.GET, get_language())
    cities, is_cut = _bounded("matrix", search.cities)
    rows = with_cells(cities, search.seven)
    context = {
        "search": search,
        "rows": rows,
        "columns": columns_of(search) if rows else [],
        "statuses": Pledge.Status.choices,
    }
    return _page(request, "matrix", context, search.faceted, search.words, is_cut)


@public_page("q", "sort", *PRACTICE_FACETS)
def printed_practices(request: HttpRequest) -> HttpResponse:
    """The practices that match the filters of the list, with their summaries."""
    count_search(request)
    search = PracticeSearch(request.GET, get_language())
    rows, is_cut = _bounded("practices", search.revisions.in_brief().prefetch_related("commitments"))
    return _page(request, "practices", {"revisions": rows}, search.faceted, search.words, is_cut)


def _bounded(name: str, rows: QuerySet | Sequence) -> tuple[list, bool]:
    """The first `rows` of a list, at most as many as MAX_ROWS allows for it, and whether there are more."""
    most = MAX_ROWS[name]
    found = list(rows[: most + 1])
    return found[:most], len(found) > most


def _page(
    request: HttpRequest, name: str, context: dict, faceted: FacetedSearch, words: str, is_cut: bool
) -> HttpResponse:
    chosen: Sequence = faceted.chosen if faceted.query else ()
    about = {"faceted": faceted, "chosen": chosen, "words": words, "is_cut": is_cut, "max_rows": MAX_ROWS[name]}
    about["list_url"] = reverse(LISTS[name])
    return render(request, f"site/printing/{name}.html", context | about)
