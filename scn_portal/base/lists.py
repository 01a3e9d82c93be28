"""A page of a list: its rows, its title, its canonical address.

ListPage is for the lists that readers narrow: cities, pledges, practices, the matrix. The functions serve every list.

A page costs the same however long its list is. The first pages have numbers. With OFFSET the database reads all rows
before a page, so pages beyond MAX_OFFSET rows are addressed by a cursor instead: the last row of the previous page
(`after`), or the first row of the next page (`before`). A list has such pages only if its order is given as `keyset`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol, cast
from urllib.parse import urlencode

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.text import Truncator, get_text_list
from django.utils.translation import gettext as _

from scn_portal.base.facet_options import FacetOptions
from scn_portal.base.facets import FacetedSearch
from scn_portal.base.fragments import of_all_that_is_public
from scn_portal.base.keysets import BadCursor, Cursor, Keyset
from scn_portal.base.totals import Total, count_up_to

# The most rows that may be skipped to reach a page.
MAX_OFFSET = 1_000
# What fits into a title.
MAX_VALUES_NAMED = 3  # of one facet
MAX_LENGTH_WORDS = 60
# The longest query string, in characters, whose page is kept: some words, two or three choices.
MAX_KEPT_QUERY = 100


class Search(Protocol):
    """What a reader asked for: words, and choices of facets."""

    @property
    def words(self) -> str: ...

    @property
    def faceted(self) -> FacetedSearch: ...


class ListPaginator(Paginator):
    """Numbered pages. `total` is the number of rows; without it, they are counted up to MAX_COUNTED.

    With a `keyset`, pages beyond MAX_OFFSET rows cannot be reached by number.
    """

    def __init__(self, rows: QuerySet | Sequence, per_page: int, total: Total | None, keyset: Keyset | None):
        super().__init__(rows, per_page)
        self.keyset, self._total = keyset, total

    @cached_property
    def total(self) -> Total:
        """How many rows the list has."""
        if self._total is not None:
            return self._total
        rows = self.object_list
        return count_up_to(rows) if isinstance(rows, QuerySet) else Total(len(rows))

    @cached_property
    def count(self) -> int:
        return self.total.number

    @property
    def last_numbered(self) -> int:
        """The last page that can be reached by number."""
        return min(self.num_pages, MAX_OFFSET // self.per_page + 1) if self.keyset else self.num_pages

    def validate_number(self, number: Any) -> int:
        checked = super().validate_number(number)
        if checked > self.last_numbered:
            raise EmptyPage("no number leads there")
        return checked

    def page(self, number: Any) -> "ListedPage":
        return cast(ListedPage, super().page(number))

    def _get_page(self, rows: Any, number: int, paginator: Paginator) -> "ListedPage":
        return ListedPage(rows, number, self)


class ListedPage(Page):
    """A page of a list. `address`, `next_address` and `previous_address` are query parameters, empty for the first.

    `is_counted`: whether the number of pages is known.
    """

    paginator: ListPaginator

    @property
    def address(self) -> dict[str, str]:
        return {"page": str(self.number)} if self.number > 1 else {}

    @property
    def next_address(self) -> dict[str, str]:
        if self.number < self.paginator.last_numbered:
            return {"page": str(self.number + 1)}
        assert self.paginator.keyset, "only pages of a keyset go further"
        return {"after": self.paginator.keyset.cursor(list(self.object_list)[-1], self.number + 1)}

    @property
    def previous_address(self) -> dict[str, str]:
        number = self.previous_page_number()
        return {"page": str(number)} if number > 1 else {}

    @property
    def is_counted(self) -> bool:
        return self.paginator.total.is_exact

    def has_next(self) -> bool:
        if self.number < self.paginator.last_numbered:
            return True
        return bool(self.paginator.keyset) and self.number < self.paginator.num_pages


class KeysetPage(ListedPage):
    """A page that begins after a row, or ends before one. Its number is the one it had when its link was made."""

    def __init__(self, rows: list, cursor: Cursor, direction: str, paginator: ListPaginator, *, has_next: bool):
        super().__init__(rows, cursor.number, paginator)
        self._given, self._direction, self._has_next = cursor, direction, has_next

    @property
    def address(self) -> dict[str, str]:
        return {self._direction: self._given.token}

    @property
    def next_address(self) -> dict[str, str]:
        assert self.paginator.keyset, "pages of a cursor have a keyset"
        return {"after": self.paginator.keyset.cursor(self.object_list[-1], self.number + 1)}

    @property
    def previous_address(self) -> dict[str, str]:
        if self.number - 1 <= self.paginator.last_numbered:
            return {"page": str(self.number - 1)}
        assert self.paginator.keyset, "pages of a cursor have a keyset"
        return {"before": self.paginator.keyset.cursor(self.object_list[0], self.number - 1)}

    def has_next(self) -> bool:
        return self._has_next

    def has_previous(self) -> bool:
        return True


def page_or_404(
    rows: QuerySet | Sequence,
    request: HttpRequest,
    *,
    per_page: int,
    total: Total | None = None,
    keyset: Keyset | None = None,
) -> ListedPage:
    """The page of `rows` that the parameter `page` of `request` names; the first page if it is missing or empty.

    With `keyset`, the order of `rows`, the page may also be named by `after` or `before`. `total`, if it is known,
    saves counting. Raises Http404 if there is no such page.
    """
    paginator = ListPaginator(rows, per_page, total, keyset)
    try:
        for direction in ("after", "before") if keyset else ():
            if token := request.GET.get(direction):
                return _page_at(paginator, direction, token)
        return paginator.page(request.GET.get("page") or 1)
    except (EmptyPage, PageNotAnInteger, BadCursor) as error:
        raise Http404 from error


def page_of_many(rows: QuerySet, request: HttpRequest, *, per_page: int, keyset: Keyset) -> ListedPage:
    """A page of a list without a total: rows are counted only as far as the numbered pages go."""
    total = count_up_to(rows.values("pk"), most=MAX_OFFSET + 2 * per_page)
    return page_or_404(rows, request, per_page=per_page, total=total, keyset=keyset)


def _page_at(paginator: ListPaginator, direction: str, token: str) -> KeysetPage:
    keyset, per_page, listed = paginator.keyset, paginator.per_page, cast(QuerySet, paginator.object_list)
    assert keyset, "only lists with a keyset have such pages"
    cursor = keyset.read(token, listed)
    if cursor.number <= paginator.last_numbered:
        raise EmptyPage("a number leads there")
    if direction == "after":
        rows = list(keyset.after(listed, cursor)[: per_page + 1])
        page, has_next = rows[:per_page], len(rows) > per_page
    else:
        page, has_next = list(keyset.before(listed, cursor)[:per_page])[::-1], True
    if not page:
        raise EmptyPage("no rows there")
    return KeysetPage(page, cursor, direction, paginator, has_next=has_next)


def named(heading: str, page: Page) -> str:
    """“Kenya” for the first page, “Kenya, page 2” for the second."""
    if page.number == 1:
        return heading
    return _("%(heading)s, page %(number)d") % {"heading": heading, "number": page.number}


def query_of(page: ListedPage, **choices: str) -> str:
    """The query string of the canonical address of `page`: the `choices` that are not empty, and the page unless it is
    the first."""
    return urlencode({name: value for name, value in choices.items() if value} | page.address)


def version_of_page(request: HttpRequest) -> str | None:
    """What to vary the fragments of a list page on besides its path, the same as in its ETag. None if the page should
    not be kept: beyond the numbered pages, or with many choices. Read it before anything that is shown.
    """
    query = request.GET.urlencode()
    # Not with request.GET.get: most lists do not read these two parameters, and a test watches what each reads.
    if len(query) > MAX_KEPT_QUERY or re.search(r"(^|&)(after|before)=.", query):
        return None
    return of_all_that_is_public(query)


class ListPage:
    """A page of `rows`, which `search` has narrowed. Raises Http404 if `request` names a page that does not exist.

    `name` is the name of the list in titles; `heading` stands above the list while nothing narrows it, and defaults to
    `name`. `total` and `keyset` as in `page_or_404`.
    """

    def __init__(
        self,
        request: HttpRequest,
        search: Search,
        rows: QuerySet | Sequence,
        *,
        per_page: int,
        name: str | Promise,
        heading: str | Promise = "",
        total: Total | None = None,
        keyset: Keyset | None = None,
    ):
        self.search, self.name, self._whole_heading = search, str(name), str(heading or name)
        self.page = page_or_404(rows, request, per_page=per_page, total=total, keyset=keyset)

    @property
    def total(self) -> Total:
        """How many rows the list has, on all pages."""
        return self.page.paginator.total

    @cached_property
    def title(self) -> str:
        """“Cities”, “Cities: Europe, page 2”: the list, the words and choices that narrow it, and the page."""
        return named(self._narrowed(self.name), self.page)

    @property
    def heading(self) -> str:
        """The title; for the whole list, its own heading."""
        return self.title if self._filters else named(self._whole_heading, self.page)

    @property
    def query(self) -> str:
        """The canonical query string of this page: the same for the same choices, without defaults."""
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
    """The choices as a title says them: “Kenya or Canada”, “joined in 2019”; “Country (7)” if there are many."""
    phrases = {facet.name: facet.in_title for facet in faceted.facets}
    chosen = [facet for facet in faceted.facet_options if facet.chosen] if faceted.query else []
    return [_choice(facet, phrases[facet.name]) for facet in chosen]


def _choice(facet: FacetOptions, phrase: str | Promise) -> str:
    if len(facet.chosen) > MAX_VALUES_NAMED:
        return _("%(filter)s (%(count)d)") % {"filter": facet.label, "count": len(facet.chosen)}
    return str(phrase) % {"value": _either(option.label for option in facet.chosen)}


def _either(labels: Iterable[str]) -> str:
    return get_text_list(list(labels), _("or"))
