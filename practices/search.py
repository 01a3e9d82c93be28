"""Practices that answer a reader: to words, in either language, and to the choices of `practices.facets`.

The list, its feed, its downloads and the API all ask here, with the query string of the list: `q`, the facets, `sort`.
Nothing but live revisions is ever looked at.
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
# What an excerpt is drawn from, in this order.
EXCERPTED = (
    "summary", "challenge", "approach", "results", "evidence", "lessons", "transfer", "lead", "partners", "resources",
    "safeguards",
)  # fmt: skip
RELEVANCE, NEWEST = "relevance", "newest"


@dataclass(frozen=True)
class PracticeSearch:
    """What a reader of `language` asked of the practices."""

    params: QueryDict
    language: str

    @cached_property
    def query(self) -> SearchQuery:
        return parse(self.params.get("q", ""))

    @property
    def words(self) -> str:
        """What was read of the words typed."""
        return self.query.text

    @cached_property
    def sort(self) -> str:
        """By relevance only where there are words to be relevant to, and then unless the newest are asked for."""
        return RELEVANCE if self.query.wanted and self.params.get("sort") != NEWEST else NEWEST

    @cached_property
    def places(self) -> list[NamedPlace]:
        return places(self.query) if self.query else []

    @cached_property
    def faceted(self) -> FacetedSearch:
        """The live revisions that answer the words, and the facets to narrow them by."""
        return FacetedSearch(
            self.answers, PRACTICE_FACETS, self.params, language=self.language, extra_params=self._also
        )

    @cached_property
    def answers(self) -> QuerySet:
        """The live revisions that answer the words, before any facet; all of them when there are no words.

        The words are looked for once, however often the answers are narrowed and counted.
        """
        if not self.query.text:
            return Revision.objects.live()
        keys = answering(self.query, self.places).order_by().values_list("pk", flat=True)
        return Revision.objects.live().filter(pk__in=Keys(list(keys)))

    @property
    def _also(self) -> dict[str, str]:
        return {"q": self.query.text, "sort": NEWEST if self.query.wanted and self.sort == NEWEST else ""}

    @property
    def revisions(self) -> QuerySet:
        """The live revisions that answer it all, in the order asked for, with their practices and cities."""
        return self._in_order(self.faceted.rows)

    def excerpts(self, page: QuerySet) -> QuerySet:
        """The rows of `page`, a slice of `revisions`, with their commitments and what `scn_portal.base.search.excerpts`
        reads. Excerpts are drawn for these rows alone; of a slice itself, also for all the rows before it."""
        shown = self._in_order(Revision.objects.live().filter(pk__in=page.values("pk")))
        rows = excerpted(shown, self.query, self.language, EXCERPTED, title="title")
        return rows.prefetch_related("commitments")

    def _in_order(self, revisions: QuerySet) -> QuerySet:
        revisions = revisions.select_related("practice__city")
        if self.sort == NEWEST:
            return revisions.order_by("-published_at", "-pk")
        return ranked(revisions, self.query, self.language, self.places)

    @property
    def practices(self) -> QuerySet:
        """The practices that answer it all, the newest first, each with its live revision."""
        return Practice.objects.published().filter(pk__in=self.faceted.rows.order_by().values("practice"))

    def suggestion(self, found: int) -> str:
        """Other words to try, where those asked for have `found` nothing and public texts know better ones."""
        return suggestion(self.query, self.language) if self.query and not found else ""

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """The orders on offer: value, label, whether it is the one asked for."""
        offered = [(RELEVANCE, _("Relevance"))] if self.query.wanted else []
        return [(value, str(label), value == self.sort) for value, label in [*offered, (NEWEST, _("Newest first"))]]


def answering(question: SearchQuery, named: list[NamedPlace]) -> QuerySet:
    """The live revisions that answer `question`, by their words or by their place; none for a question of nothing."""
    live = Revision.objects.live()
    return matching(live, question, named, city=CITY) if question else live.none()


def ranked(revisions: QuerySet, question: SearchQuery, language: str, named: list[NamedPlace]) -> QuerySet:
    """`revisions`, those that answer `question` best first."""
    best = rank(question, language, named, city=CITY)
    return revisions.annotate(rank=best).order_by(F("rank").desc(), "-published_at", "-pk")


def with_practices(revisions: Iterable[Revision]) -> list[Practice]:
    """The practices of live `revisions`, in their order, each with its revision at hand as `practice.live`."""
    revisions = list(revisions)
    for revision in revisions:
        revision.practice.live_revisions = [revision]
    return [revision.practice for revision in revisions]
