"""The search for practices: by words, in either language, and by the facets of `practices.facets`.

The list, its feed, its downloads and the API all use it, with the query string of the list: `q`, the facets, `sort`.
Only live revisions are searched.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from members.place_names import places
from practices.facets import PRACTICE_FACETS
from practices.models import Practice, Revision
from practices.vocabulary import suggestion
from scn_portal.base import generation
from scn_portal.base.facets import FacetedSearch
from scn_portal.base.keysets import Keyset
from scn_portal.base.search.excerpts import excerpted
from scn_portal.base.search.full_text import Keys, NamedPlace
from scn_portal.base.search.query import SearchQuery, parse
from scn_portal.base.search.scoring import MAX_MATCHES, BestMatches, Match, Source, in_order_of

CITY = "practice__city"
PRACTICE = "practice"  # the one source of the search
# The fields that excerpts come from, in this order.
EXCERPTED = (
    "summary", "claim", "challenge", "approach", "results", "evidence", "lessons", "transfer", "lead", "partners",
    "resources", "safeguards", "target_groups_other", "themes_other",
)  # fmt: skip
RELEVANCE, NEWEST = "relevance", "newest"
NEWEST_FIRST = Keyset("-published_at", "-pk")


class PracticeFacets(FacetedSearch):
    """The facets of practices. `version` changes with all that the list shows; None for a search, whose excerpts are
    of its words."""

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
        """RELEVANCE if there are words and NEWEST is not asked for, else NEWEST."""
        return RELEVANCE if self.query.wanted and self.params.get("sort") != NEWEST else NEWEST

    @cached_property
    def places(self) -> list[NamedPlace]:
        return places(self.query) if self.query else []

    @cached_property
    def matches(self) -> BestMatches:
        source = Source(Revision.objects.live(), CITY)
        return BestMatches({PRACTICE: source}, self.query, self.language, self.places)

    @cached_property
    def suggested(self) -> str:
        """Known words in place of those that nothing public has; "" if there are none."""
        return suggestion(self.query, self.language) if self.query else ""

    @property
    def finds_nothing(self) -> bool:
        """Whether nothing has any of the words, whatever is filtered."""
        return bool(self.query) and not self.matches.complete and not self.matches.partial

    @property
    def finds_all_words(self) -> bool:
        """Whether something has all of the words, whatever is filtered."""
        return bool(self.matches.complete)

    def with_words(self, words: str) -> Self:
        """The same search for other words."""
        params = self.params.copy()
        params["q"] = words
        return replace(self, params=params)

    @property
    def loosened(self) -> str:
        """Whether practices with only some of the words are shown: "all" of them are such, or "some"; else ""."""
        if not self.query.wanted or not self.matches.partial:
            return ""
        return "some" if self.matches.complete else "all"

    @cached_property
    def faceted(self) -> PracticeFacets:
        """The live revisions that match the words, with the facets."""
        return PracticeFacets(
            self.answers,
            PRACTICE_FACETS,
            self.params,
            language=self.language,
            extra_params=self._extra_params,
            kept="practices",
            is_narrowed=bool(self.query.text),
            exceeds=bool(self.query) and self.matches.exceeds,
        )

    @cached_property
    def answers(self) -> QuerySet:
        """The live revisions that match the words, before any facet; all of them if there are no words."""
        return self._with_all_words([*self.matches.complete, *self.matches.partial] if self.query.text else [])

    @cached_property
    def full_answers(self) -> QuerySet:
        """Like `answers`, without those that have only some of the words."""
        return self._with_all_words(self.matches.complete if self.query.text else [])

    def _with_all_words(self, matches: list[Match]) -> QuerySet:
        if not self.query.text:
            return Revision.objects.live()
        if self.matches.exceeds:
            in_their_order = self.sort == NEWEST
            return Revision.objects.live().filter(self.matches.condition(PRACTICE, in_their_order=in_their_order))
        # The full-text search runs once, however often its rows are filtered and counted.
        return Revision.objects.live().filter(pk__in=Keys([match.pk for match in matches]))

    @cached_property
    def _keys(self) -> list[int]:
        """The keys of what was found, best first; of more than are ranked, within the facets that are chosen."""
        matches = self.matches
        if matches.exceeds and self.faceted.query != self.faceted.query_without_facets:
            source = Source(self.faceted.narrowed(Revision.objects.live()), CITY)
            matches = BestMatches({PRACTICE: source}, self.query, self.language, self.places)
        return [match.pk for match in (*matches.complete, *matches.partial)]

    @cached_property
    def complete(self) -> QuerySet:
        """The live revisions that match all the words, and the facets."""
        if self.query and self.matches.exceeds:
            return self.faceted.rows
        return self.faceted.rows.filter(pk__in=self.full_answers.values("pk"))

    @cached_property
    def found(self) -> QuerySet | list[int]:
        """What the pages of the list show: `revisions`, or their keys where words put them in their order."""
        if self.sort == NEWEST:
            return self.revisions
        if self.faceted.query == self.faceted.query_without_facets:
            return self._keys
        left = set(self.faceted.rows.order_by().values_list("pk", flat=True)[: MAX_MATCHES + 1])
        return [key for key in self._keys if key in left]

    @property
    def _extra_params(self) -> dict[str, str]:
        return {"q": self.query.text, "sort": NEWEST if self.query.wanted and self.sort == NEWEST else ""}

    @property
    def revisions(self) -> QuerySet:
        """The live revisions that match words and facets, sorted, with their practices and cities."""
        return self.in_order(self.faceted.rows)

    @property
    def keyset(self) -> Keyset | None:
        """The order of `revisions`, where a page can begin after a row."""
        return NEWEST_FIRST if self.sort == NEWEST else None

    def excerpts(self, page: Iterable[Revision | int]) -> QuerySet:
        """The rows of `page`, a slice of `found` or of `revisions`, with their commitments and excerpts."""
        if isinstance(page, QuerySet) and not self.query.wanted:
            return page.with_served()
        # By their keys: for a slice, PostgreSQL would make the excerpts of all the rows before it too.
        rows = page.values_list("pk", flat=True) if isinstance(page, QuerySet) else page
        keys = [row if isinstance(row, int) else row.pk for row in rows]
        shown = self.in_order(Revision.objects.live().filter(pk__in=keys), keys)
        return excerpted(shown, self.query, self.language, EXCERPTED, title="title").with_served()

    def in_order(self, revisions: QuerySet, keys: list[int] | None = None) -> QuerySet:
        """`revisions`, which match, sorted, with their practices and cities; `keys`, if known, are theirs in order."""
        revisions = revisions.select_related("practice__city")
        if self.sort == NEWEST:
            return revisions.order_by(*NEWEST_FIRST.fields)
        return revisions.order_by(in_order_of(self._keys if keys is None else keys), "-pk")

    @property
    def practices(self) -> QuerySet:
        """The practices that match all the words and the facets, the newest first, each with its live revision."""
        return Practice.objects.published().filter(pk__in=self.complete.order_by().values("practice"))

    def suggestion(self, found: int) -> str:
        """Other words to try if no practice has all of these, or they `found` nothing; else ""."""
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
