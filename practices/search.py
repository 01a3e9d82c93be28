"""The search for practices: by words, in either language, and by the facets of `practices.facets`.

The list, its feed, its downloads and the API all use it, with the query string of the list: `q`, the facets, `sort`.
Only `SearchedRevision` is searched for words and facets; the rows to show are read through `Revision.objects.live()`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from members.place_names import places
from practices.models import Practice, Revision, SearchedRevision
from practices.searched import SEARCHED_FACETS
from practices.vocabulary import suggestion
from scn_portal.base import generation
from scn_portal.base.keysets import Keyset
from scn_portal.base.search.excerpts import excerpted
from scn_portal.base.search.faceted import FoundFacets
from scn_portal.base.search.full_text import Among, NamedPlace
from scn_portal.base.search.query import SearchQuery, parse
from scn_portal.base.search.scoring import BestMatches, Source, in_order_of

CITY, NEWEST_BY = "city", "published_at"
PRACTICE = "practice"  # the one source of the search
# The fields that excerpts come from, in this order.
EXCERPTED = (
    "summary", "claim", "challenge", "approach", "results", "evidence", "lessons", "transfer", "lead", "partners",
    "resources", "safeguards", "target_groups_other", "themes_other",
)  # fmt: skip
RELEVANCE, NEWEST = "relevance", "newest"
NEWEST_FIRST = Keyset("-published_at", "-pk")


class PracticeFacets(FoundFacets):
    """The facets of practices. `version` changes whenever the list may change; it is None for a search, since excerpts
    depend on its words."""

    @cached_property
    def version(self) -> int | None:
        return None if self.extra_params.get("q") else generation.current().number


@dataclass(frozen=True)
class PracticeSearch:
    """The search that the query string `params` asks for, in `language`."""

    params: QueryDict
    language: str

    @cached_property
    def query(self) -> SearchQuery:
        return parse(self.params.get("q", ""))

    @property
    def words(self) -> str:
        """The words typed, normalised and cut to the limits of a query."""
        return self.query.text

    @cached_property
    def sort(self) -> str:
        """RELEVANCE if there are words and NEWEST is not requested, else NEWEST."""
        return RELEVANCE if self.query.wanted and self.params.get("sort") != NEWEST else NEWEST

    @cached_property
    def places(self) -> list[NamedPlace]:
        return places(self.query) if self.query else []

    @cached_property
    def matches(self) -> BestMatches:
        return self._matches_in(SearchedRevision.objects.all())

    def _matches_in(self, searched: QuerySet) -> BestMatches:
        source = Source(searched, CITY, NEWEST_BY)
        return BestMatches({PRACTICE: source}, self.query, self.language, self.places)

    @property
    def _may_be_narrowed(self) -> bool:
        """Whether the query string has a value of a facet, whether or not that value exists."""
        return any(self.params.get(facet.name) for facet in SEARCHED_FACETS)

    @cached_property
    def suggested(self) -> str:
        """Known words in place of those that no public row has; "" if there are none."""
        return suggestion(self.query, self.language) if self.query else ""

    @cached_property
    def _searches_within_facets(self) -> bool:
        """Whether the words are so common that only the rows that the facets leave are searched."""
        return self._may_be_narrowed and self.matches.is_common

    @cached_property
    def _exceeds(self) -> bool:
        """Whether so many rows have the words that only those within the facets are ranked."""
        return self._searches_within_facets or self.matches.exceeds

    @property
    def finds_nothing(self) -> bool:
        """Whether no row has any of the words, regardless of the facets."""
        return bool(self.query) and not self.finds_all_words and not self.matches.partial

    @cached_property
    def finds_all_words(self) -> bool:
        """Whether a row has all of the words, regardless of the facets."""
        # If something is found within the facets, there is no need to search all rows for a common word.
        within = self._searches_within_facets and bool(self.faceted.total)
        return within or self.matches.finds_all_words

    def with_words(self, words: str) -> Self:
        """The same search for other words."""
        params = self.params.copy()
        params["q"] = words
        return replace(self, params=params)

    @property
    def loosened(self) -> str:
        """Whether practices with only some of the words are shown: "all" if there are no others, "some" if there are,
        else ""."""
        if not self.query.wanted or (self.finds_all_words and self._exceeds) or not self.matches.partial:
            return ""
        return "some" if self.finds_all_words else "all"

    @cached_property
    def faceted(self) -> PracticeFacets:
        """The live revisions that match the words, as rows of `SearchedRevision`, with the facets."""
        return PracticeFacets(
            self._answers,
            SEARCHED_FACETS,
            self.params,
            language=self.language,
            extra_params=self._extra_params,
            kept="practices",
            is_narrowed=bool(self.query.text),
            exceeds=bool(self.query) and not self._searches_within_facets and self.matches.exceeds,
            share=self.matches.share if self.query.text else 0.0,
            everything=SearchedRevision.objects.all(),
            matches_in=self._matches_in if self.query.text and self._exceeds else None,
        )

    @cached_property
    def _answers(self) -> QuerySet:
        """What matches the words, before any facet; everything if there are no words."""
        matches = self.matches
        if not self.query.text:
            return SearchedRevision.objects.all()
        if self._exceeds:
            in_their_order = self.sort == NEWEST and not self._may_be_narrowed
            return SearchedRevision.objects.filter(matches.condition(PRACTICE, in_their_order=in_their_order))
        # The full-text search runs once, however often its rows are filtered and counted.
        keys = [*matches.complete_keys, *(match.pk for match in matches.partial)]
        return SearchedRevision.objects.filter(Among(keys))

    @property
    def _is_narrowed(self) -> bool:
        """Whether an existing value of a facet is chosen."""
        return self.faceted.query != self.faceted.query_without_facets

    @cached_property
    def ranked(self) -> tuple[list[int], list[int]]:
        """The keys of rows with all the words, and of rows with some of them, within the facets and best first.

        If the words are very common, the second list is empty.
        """
        if within := self.faceted.matches:
            return within.complete_keys, []
        return self.ranked_among(self.faceted.narrowed(SearchedRevision.objects.all()))

    def ranked_among(self, searched: QuerySet) -> tuple[list[int], list[int]]:
        """The same within `searched`, rows of SearchedRevision; the facets of the query string are not applied."""
        is_part, matches = bool(searched.query.where), self.matches
        if is_part and (matches.is_common or self._exceeds):
            matches, is_part = self._matches_in(searched), False
        complete, partial = matches.complete_keys, [match.pk for match in matches.partial]
        if is_part:
            found = searched.filter(Among([*complete, *partial])).order_by()
            left = set(found.values_list("pk", flat=True))
            complete, partial = ([key for key in keys if key in left] for keys in (complete, partial))
        return complete, partial

    @cached_property
    def complete(self) -> QuerySet:
        """The live revisions that match all the words, and the facets."""
        if not self.query.text or self._exceeds:
            return self.chosen
        return self._live(self.faceted.rows.filter(Among(self.matches.complete_keys)))

    @cached_property
    def chosen(self) -> QuerySet:
        """The live revisions that match words and facets, in no order."""
        if not self.query.text and not self._is_narrowed:
            return Revision.objects.live()
        return self._live(self.faceted.rows)

    def _live(self, searched: QuerySet) -> QuerySet:
        return Revision.objects.live().filter(pk__in=searched.order_by().values("pk"))

    @cached_property
    def found(self) -> QuerySet | list[int]:
        """What the pages of the list show, for `excerpts`: rows of `SearchedRevision` in the order of `keyset`, or keys
        if they are sorted by relevance."""
        if self.sort == NEWEST:
            return self.faceted.rows.order_by(*NEWEST_FIRST.fields)
        complete, partial = self.ranked
        return [*complete, *partial]

    @property
    def _extra_params(self) -> dict[str, str]:
        return {"q": self.query.text, "sort": NEWEST if self.query.wanted and self.sort == NEWEST else ""}

    @property
    def revisions(self) -> QuerySet:
        """The live revisions that match words and facets, sorted, with their practices and cities."""
        if self.sort == NEWEST:
            return self.in_order(self.chosen)
        complete, partial = self.ranked
        keys = [*complete, *partial]
        return self.in_order(Revision.objects.live().filter(Among(keys)), keys)

    @property
    def keyset(self) -> Keyset | None:
        """The order of `found` if a page can begin after a row, else None."""
        return NEWEST_FIRST if self.sort == NEWEST else None

    def excerpts(self, page: Iterable[SearchedRevision | Revision | int]) -> QuerySet:
        """The live revisions of `page`, a slice of `found` or of `revisions`, with their commitments and excerpts."""
        if isinstance(page, QuerySet) and not self.query.wanted:
            shown = Revision.objects.live().in_brief().filter(pk__in=page.values("pk"))
            return self.in_order(shown).with_served()
        # By their keys: for a slice, PostgreSQL would make the excerpts of all the rows before it too.
        rows = page.values_list("pk", flat=True) if isinstance(page, QuerySet) else page
        keys = [row if isinstance(row, int) else row.pk for row in rows]
        shown = self.in_order(Revision.objects.live().in_brief().filter(pk__in=keys), keys)
        return excerpted(shown, self.query, self.language, EXCERPTED, title="title").with_served()

    def in_order(self, revisions: QuerySet, keys: list[int] | None = None) -> QuerySet:
        """`revisions`, which must match, sorted and with their practices and cities. `keys` are their keys in order, if
        known."""
        revisions = revisions.select_related("practice__city")
        if self.sort == NEWEST:
            return revisions.order_by(*NEWEST_FIRST.fields)
        complete, partial = self.ranked if keys is None else (keys, [])
        return revisions.order_by(in_order_of([*complete, *partial]), "-pk")

    @property
    def practices(self) -> QuerySet:
        """The practices that match all the words and the facets, the newest first, each with its live revision."""
        return Practice.objects.published().filter(pk__in=self.complete.order_by().values("practice"))

    def suggestion(self, found: int) -> str:
        """Other words to try if no practice has all of these words or the search `found` nothing; else ""."""
        return self.suggested if not found or self.loosened == "all" else ""

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """The available sort orders: value, label, whether it is the current one. The default has no value."""
        if not self.query.wanted:
            return [("", _("Newest first"), True)]
        return [("", _("Relevance"), self.sort == RELEVANCE), (NEWEST, _("Newest first"), self.sort == NEWEST)]


def with_practices(revisions: Iterable[Revision]) -> list[Practice]:
    """The practices of live `revisions`, in their order, each with its revision as `practice.live`."""
    revisions = list(revisions)
    for revision in revisions:
        revision.practice.live_revisions = [revision]
    return [revision.practice for revision in revisions]
