"""The search for practices: by words, in either language, and by the facets of `practices.facets`.

The list, its feed, its downloads and the API all use it, with the query string of the list: `q`, the facets, `sort`.
Only live revisions are searched.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from members.place_names import places
from practices.facets import PRACTICE_FACETS
from practices.models import Practice, Revision
from practices.vocabulary import suggestion
from scn_portal.base.facets import FacetedSearch
from scn_portal.base.search.excerpts import excerpted
from scn_portal.base.search.full_text import Keys, NamedPlace, matching, rank
from scn_portal.base.search.query import SearchQuery, parse

CITY = "practice__city"
# The fields that excerpts come from, in this order.
EXCERPTED = (
    "summary", "challenge", "approach", "results", "evidence", "lessons", "transfer", "lead", "partners", "resources",
    "safeguards",
)  # fmt: skip
RELEVANCE, NEWEST = "relevance", "newest"


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
    def faceted(self) -> FacetedSearch:
        """The live revisions that match the words, with the facets."""
        return FacetedSearch(
            self.answers, PRACTICE_FACETS, self.params, language=self.language, extra_params=self._extra_params
        )

    @cached_property
    def answers(self) -> QuerySet:
        """The live revisions that match the words, before any facet; all of them if there are no words."""
        if not self.query.text:
            return Revision.objects.live()
        # The full-text search runs once, however often its rows are filtered and counted.
        keys = matching_revisions(self.query, self.places).order_by().values_list("pk", flat=True)
        return Revision.objects.live().filter(pk__in=Keys(list(keys)))

    @property
    def _extra_params(self) -> dict[str, str]:
        return {"q": self.query.text, "sort": NEWEST if self.query.wanted and self.sort == NEWEST else ""}

    @property
    def revisions(self) -> QuerySet:
        """The live revisions that match words and facets, sorted, with their practices and cities."""
        return self._in_order(self.faceted.rows)

    def excerpts(self, page: QuerySet) -> QuerySet:
        """The rows of `page`, a slice of `revisions`, with their commitments and excerpts."""
        # By their keys: for a slice, PostgreSQL would make the excerpts of all the rows before it too.
        shown = self._in_order(Revision.objects.live().filter(pk__in=page.values("pk")))
        rows = excerpted(shown, self.query, self.language, EXCERPTED, title="title")
        return rows.with_served()

    def _in_order(self, revisions: QuerySet) -> QuerySet:
        revisions = revisions.select_related("practice__city")
        if self.sort == NEWEST:
            return revisions.order_by("-published_at", "-pk")
        return rank_by_relevance(revisions, self.query, self.language, self.places)

    @property
    def practices(self) -> QuerySet:
        """The practices that match words and facets, the newest first, each with its live revision."""
        return Practice.objects.published().filter(pk__in=self.faceted.rows.order_by().values("practice"))

    def suggestion(self, found: int) -> str:
        """Other words to try if these `found` nothing, or ""."""
        return suggestion(self.query, self.language) if self.query and not found else ""

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """The available sort orders: value, label, whether it is the current one."""
        sorts = [(RELEVANCE, _("Relevance"))] if self.query.wanted else []
        return [(value, str(label), value == self.sort) for value, label in [*sorts, (NEWEST, _("Newest first"))]]


def matching_revisions(query: SearchQuery, named: list[NamedPlace]) -> QuerySet:
    """The live revisions that match `query` by their words or their place; none for an empty query."""
    live = Revision.objects.live()
    return matching(live, query, named, city=CITY) if query else live.none()


def rank_by_relevance(revisions: QuerySet, query: SearchQuery, language: str, named: list[NamedPlace]) -> QuerySet:
    best = rank(query, language, named, city=CITY)
    return revisions.annotate(rank=best).order_by(F("rank").desc(), "-published_at", "-pk")


def with_practices(revisions: Iterable[Revision]) -> list[Practice]:
    """The practices of live `revisions`, in their order, each with its revision as `practice.live`."""
    revisions = list(revisions)
    for revision in revisions:
        revision.practice.live_revisions = [revision]
    return [revision.practice for revision in revisions]
