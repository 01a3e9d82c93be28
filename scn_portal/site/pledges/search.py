"""Pledges that match what a reader typed and chose. The list and its downloads read the same query string.

Only `SearchedPledge` is searched for words and facets; the rows to show are read through `Pledge.objects.public()`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.models import Pledge, SearchedPledge
from members.place_names import places
from practices.vocabulary import suggestion
from scn_portal.base import generation
from scn_portal.base.keysets import Keyset
from scn_portal.base.search.excerpts import excerpted
from scn_portal.base.search.faceted import FoundFacets
from scn_portal.base.search.full_text import Among, NamedPlace
from scn_portal.base.search.query import SearchQuery, parse
from scn_portal.base.search.scoring import BestMatches, Source, in_order_of
from scn_portal.site.pledges.filters import SEARCHED_LIST_FACETS

# The fields that excerpts come from, besides the title, in this order.
SEARCHED_TEXTS = ("description", "target", "baseline", "indicator_name", "partners", "also_said")

LIST = "pledges"
PLEDGE = "pledge"  # the one source of the search
RELEVANCE, RECORDED, ANNOUNCED, DUE = "relevance", "recorded", "announced", "due"

NEWEST_FIRST = Keyset("-published_at", "-pk")


def _orders(path: str = "") -> dict[str, tuple[str | OrderBy, ...]]:
    """The orders for rows of `SearchedPledge`, or for rows with the same keys, from which `path` leads to them."""
    newest = (f"-{path}published_at", "-pk")
    return {
        RECORDED: newest,
        # Partial dates sort as text, and pledges without one come last.
        ANNOUNCED: (f"-{path}announced_on", *newest),
        # Open pledges first: the due date of one that is done or dropped is no longer a deadline.
        DUE: (f"{path}is_closed", F(f"{path}due_on").asc(nulls_last=True), *newest),
    }


ORDERS, ORDERS_OF_PLEDGES = _orders(), _orders("searched__")


def counted() -> QuerySet:
    """The rows of the whole list."""
    return SearchedPledge.objects.of_listed_cities().since_declaration()


class PledgeFacets(FoundFacets):
    """The facets of pledges. `version` changes whenever the list may change, and each day, since pledges become
    overdue; it is None for a search, since excerpts depend on its words."""

    @cached_property
    def version(self) -> str | None:
        return None if self.extra_params.get("q") else f"{generation.current().number} {timezone.localdate()}"


@dataclass(frozen=True)
class PledgeSearch:
    """The words, filters and order in `params`, for a reader of `language`."""

    params: QueryDict
    language: str
    with_prior: bool = False  # with the actions older than the Declaration, too

    @cached_property
    def query(self) -> SearchQuery:
        return parse(self.params.get("q", ""))

    @property
    def words(self) -> str:
        """The words typed, normalised and cut to the limits of a query."""
        return self.query.text

    @cached_property
    def sort(self) -> str:
        """The chosen order, or the default: relevance if there are words, else the newest recorded."""
        chosen = self.params.get("sort", "")
        return chosen if chosen in self._sorts_on_offer else self._default_sort

    @cached_property
    def places(self) -> list[NamedPlace]:
        return places(self.query) if self.query else []

    @cached_property
    def faceted(self) -> PledgeFacets:
        """The pledges of listed cities that match the words, as rows of `SearchedPledge`, with the facets."""
        also = {"q": self.words, "sort": "" if self.sort == self._default_sort else self.sort}
        rows, language = self._matching_words, self.language
        return PledgeFacets(
            rows,
            SEARCHED_LIST_FACETS,
            self.params,
            language=language,
            extra_params=also,
            kept="" if self.with_prior else LIST,
            is_narrowed=bool(self.words),
            exceeds=self._exceeds,
            everything=self._searched,
            matches_in=self._matches_in if self._exceeds else None,
        )

    @property
    def keyset(self) -> Keyset | None:
        """The order of `found` if a page can begin after a row, else None."""
        return NEWEST_FIRST if self.sort == RECORDED else None

    @property
    def chosen(self) -> QuerySet:
        """The pledges that match words and facets, in no order."""
        return Pledge.objects.public().filter(pk__in=self.faceted.rows.order_by().values("pk"))

    @cached_property
    def found(self) -> QuerySet | list[int]:
        """What the pages of the list show, for `excerpts`: rows of `SearchedPledge` in the chosen order, or keys if
        they are sorted by relevance."""
        if self.sort != RELEVANCE:
            return self.faceted.rows.order_by(*ORDERS[self.sort])
        return self._keys

    def excerpts(self, page: Iterable[SearchedPledge | int]) -> QuerySet:
        """The pledges of `page`, a slice of `found`, with city, commitment and what `scn_portal.base.search.excerpts`
        reads."""
        pledges = Pledge.objects.public().in_brief().select_related("city", "commitment")
        if isinstance(page, QuerySet) and not self.query.wanted:
            return pledges.filter(pk__in=page.values("pk")).order_by(*ORDERS_OF_PLEDGES[self.sort])
        # Excerpts are slow: on the slice itself, they would be made for all the rows before it too.
        rows = page.values_list("pk", flat=True) if isinstance(page, QuerySet) else page
        keys = [row if isinstance(row, int) else row.pk for row in rows]
        shown = pledges.filter(pk__in=keys).order_by(in_order_of(keys))
        return excerpted(shown, self.query, self.language, SEARCHED_TEXTS, title="title")

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """The available orders: value, label, whether it is the current one. The default has no value."""
        labels = {
            RELEVANCE: _("Relevance"),
            RECORDED: _("Newest recorded"),
            ANNOUNCED: _("Newest announced"),
            DUE: _("Due soonest"),
        }
        default = self._default_sort
        return [("" if sort == default else sort, labels[sort], sort == self.sort) for sort in self._sorts_on_offer]

    def suggestion(self, found: int) -> str:
        """Other words to try if no pledge has all of these words or the search `found` nothing; else ""."""
        return self.suggested if not found or self.loosened == "all" else ""

    @property
    def _default_sort(self) -> str:
        return RELEVANCE if self.query.wanted else RECORDED

    @property
    def _sorts_on_offer(self) -> Iterable[str]:
        return [RELEVANCE, *ORDERS] if self.query.wanted else list(ORDERS)

    @cached_property
    def _matching_words(self) -> QuerySet:
        pledges = self._searched
        if not self.words:
            return pledges
        if self._exceeds:
            in_their_order = self.sort != RELEVANCE and not self._may_be_narrowed
            return pledges.filter(self.matches.condition(PLEDGE, in_their_order=in_their_order))
        # The full-text search runs once, however often its rows are filtered and counted.
        return pledges.filter(Among(self._all_of(self.matches)))

    @cached_property
    def matches(self) -> BestMatches:
        return self._matches_in(self._searched)

    def _matches_in(self, pledges: QuerySet) -> BestMatches:
        source = Source(pledges, "city")
        return BestMatches({PLEDGE: source}, self.query, self.language, self.places)

    @property
    def _exceeds(self) -> bool:
        """Whether so many rows have the words that only those within the facets are ranked."""
        return bool(self.words) and self.matches.exceeds

    @property
    def _may_be_narrowed(self) -> bool:
        """Whether the query string has a value of a facet, whether or not that value exists."""
        return any(self.params.get(facet.name) for facet in SEARCHED_LIST_FACETS)

    @cached_property
    def suggested(self) -> str:
        """Known words in place of those that no public row has; "" if there are none."""
        return suggestion(self.query, self.language) if self.query else ""

    @property
    def finds_nothing(self) -> bool:
        """Whether no row has any of the words, regardless of the facets."""
        return bool(self.query) and not self.matches.finds_all_words and not self.matches.partial

    @property
    def finds_all_words(self) -> bool:
        """Whether a row has all of the words, regardless of the facets."""
        return self.matches.finds_all_words

    def with_words(self, words: str) -> Self:
        """The same search for other words."""
        params = self.params.copy()
        params["q"] = words
        return replace(self, params=params)

    @property
    def loosened(self) -> str:
        """Whether pledges with only some of the words are shown: "all" if there are no others, "some" if there are,
        else ""."""
        if not self.query.wanted or not self.matches.partial:
            return ""
        return "some" if self.matches.finds_all_words else "all"

    @property
    def _searched(self) -> QuerySet:
        return SearchedPledge.objects.of_listed_cities() if self.with_prior else counted()

    @cached_property
    def _keys(self) -> list[int]:
        """The keys of the rows that were found, best first, within the facets."""
        if within := self.faceted.matches:
            return within.complete_keys
        keys = self._all_of(self.matches)
        if self.faceted.query == self.faceted.query_without_facets:
            return keys
        left = set(self.faceted.rows.order_by().values_list("pk", flat=True))
        return [key for key in keys if key in left]

    def _all_of(self, matches: BestMatches) -> list[int]:
        return [*matches.complete_keys, *(match.pk for match in matches.partial)]
