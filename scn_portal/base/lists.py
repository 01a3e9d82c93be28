"""A page of a list: its rows, what it is called, its one address.

ListPage is for the lists that readers narrow: cities, pledges, practices, the matrix. The functions serve every list.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol
from urllib.parse import urlencode

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.text import Truncator, get_text_list
from django.utils.translation import gettext as _

from scn_portal.base.facets import FacetedSearch, FacetOptions

# What a title has room for.
MAX_VALUES_NAMED = 3  # of one facet
MAX_LENGTH_WORDS = 60


class Search(Protocol):
    """What readers asked for: words, and choices of facets."""

    @property
    def words(self) -> str: ...

    @property
    def faceted(self) -> FacetedSearch: ...


def page_or_404(rows: QuerySet | Sequence, request: HttpRequest, *, per_page: int) -> Page:
    """The page of `rows` that the parameter `page` of `request` names, the first where it is missing or empty.

    Http404 where there is no such page: an address shows the page it names, or none.
    """
    try:
        return Paginator(rows, per_page).page(request.GET.get("page") or 1)
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error


def named(heading: str, page: Page) -> str:
    """“Kenya” for the first page, “Kenya, page 2” for the second."""
    if page.number == 1:
        return heading
    return _("%(heading)s, page %(number)d") % {"heading": heading, "number": page.number}


def query_of(page: Page, **choices: str) -> str:
    """The query string of the one address of `page`: `choices` that are not empty, the page unless it is the first."""
    number = {"page": str(page.number)} if page.number > 1 else {}
    return urlencode({name: value for name, value in choices.items() if value} | number)


class ListPage:
    """A page of `rows`, which `search` has narrowed. Http404 where `request` names a page that there is not.

    `name` is what the list is called in titles; `heading` stands above the whole list, `name` where it is empty.
    """

    def __init__(
        self,
        request: HttpRequest,
        search: Search,
        rows: QuerySet,
        *,
        per_page: int,
        name: str | Promise,
        heading: str | Promise = "",
    ):
        self.search, self.name, self._whole_heading = search, str(name), str(heading or name)
        self.page = page_or_404(rows, request, per_page=per_page)

    @cached_property
    def title(self) -> str:
        """“Cities”, “Cities: Europe, page 2”: the list, the words and choices that narrow it, and the page."""
        return named(self._narrowed(self.name), self.page)

    @property
    def heading(self) -> str:
        """The title, or the heading of its own that the whole list has."""
        return self.title if self._filters else named(self._whole_heading, self.page)

    @property
    def query(self) -> str:
        """The query string of this page, the same for the same choices; without what goes without saying."""
        return "&".join(filter(None, [self.search.faceted.query, query_of(self.page)]))

    @cached_property
    def _filters(self) -> list[str]:
        """The words and the choices, in words."""
        words = Truncator(self.search.words).chars(MAX_LENGTH_WORDS)
        quoted = [_("“%(words)s”") % {"words": words}] if words else []
        return quoted + in_words(self.search.faceted)

    def _narrowed(self, name: str) -> str:
        if not self._filters:
            return name
        return _("%(list)s: %(filters)s") % {"list": name, "filters": ", ".join(self._filters)}


def in_words(faceted: FacetedSearch) -> list[str]:
    """What is chosen, for a title: “Kenya or Canada”, “joined in 2019”; “Country (7)” for a long choice."""
    phrases = {facet.name: facet.in_title for facet in faceted.facets}
    chosen = [facet for facet in faceted.facet_options if facet.chosen] if faceted.query else []
    return [_choice(facet, phrases[facet.name]) for facet in chosen]


def _choice(facet: FacetOptions, phrase: str | Promise) -> str:
    if len(facet.chosen) > MAX_VALUES_NAMED:
        return _("%(filter)s (%(count)d)") % {"filter": facet.label, "count": len(facet.chosen)}
    return str(phrase) % {"value": _either(option.label for option in facet.chosen)}


def _either(labels: Iterable[str]) -> str:
    return get_text_list(list(labels), _("or"))
