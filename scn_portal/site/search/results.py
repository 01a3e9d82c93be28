"""Everything public that matches a query: cities, commitments, pledges, practices and pages of text, the best first.

All kinds are ranked together; then the rows on a page are read, with one query for each kind. Only public rows are
found: listed cities and their pledges, the seven commitments, live revisions, pages that everybody may open.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Model, OuterRef, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Pledge, SearchedPledge
from members.models import City
from members.place_names import places
from practices.models import Revision, SearchedRevision
from practices.search import CITY, EXCERPTED, NEWEST_BY
from practices.standings import CommitmentMark
from practices.vocabulary import suggestion
from scn_portal.base.search.excerpts import excerpted, opening
from scn_portal.base.search.full_text import NAMES, NamedPlace, any_of
from scn_portal.base.search.query import SearchQuery, parse
from scn_portal.base.search.scoring import BestMatches, Match, Source
from scn_portal.base.totals import Total
from scn_portal.site.city_records import Seven, with_standings
from scn_portal.site.models import TextPage
from scn_portal.site.pledges.search import SEARCHED_TEXTS


@dataclass(frozen=True)
class Result:
    """A row that was found. `marks` are the marks of a city, `commitments` the commitments of any other row."""

    kind: str
    row: Model
    commitments: tuple[Commitment, ...] = ()
    marks: Sequence[CommitmentMark] = ()


# The most results of each kind: if thousands of texts have a word, readers only look at the first ones.
MAX_FOUND = 2_000


class SearchResults(Sequence[Result]):
    """The results for `query`, best first, as a sequence for a Paginator. `kind` is a key of KINDS, or empty for all.

    Cities that the query names come first. `language` is the reader's. Four queries, and one for each kind in a slice.
    """

    def __init__(self, query: SearchQuery, language: str, kind: str = ""):
        self.query, self.language = query, language
        self.kind = kind if kind in KINDS else ""

    @cached_property
    def places(self) -> list[NamedPlace]:
        return places(self.query)

    @cached_property
    def is_loosened(self) -> bool:
        """Whether nothing has all the words, so that results with some of the words are shown."""
        return not self._cities and not self._texts.complete and bool(self._texts.partial)

    @cached_property
    def suggested(self) -> str:
        """Known words in place of those that no public text has; "" if there are none."""
        return suggestion(self.query, self.language)

    @property
    def finds_nothing(self) -> bool:
        """Whether nothing of any kind has any of the words."""
        return not self._keys

    @property
    def finds_all_words(self) -> bool:
        """Whether something has all of the words."""
        return bool(self._cities or self._texts.complete)

    def with_words(self, words: str) -> "SearchResults":
        """The search for other words, of the same kind if any of it has them."""
        results = SearchResults(parse(words), self.language, self.kind)
        return results if len(results) else SearchResults(results.query, self.language)

    @cached_property
    def totals(self) -> dict[str, Total]:
        """The number of results of each kind, and under "" of all kinds; not exact if a kind has more than
        MAX_FOUND."""
        numbers, exceeding = Counter(kind for kind, _pk in self._keys), self._texts.exceeding
        totals = {kind: Total(numbers[kind], is_exact=kind not in exceeding) for kind in KINDS}
        return totals | {"": Total(len(self._keys), is_exact=not exceeding)}

    def __len__(self) -> int:
        return self.totals[self.kind].number

    def __getitem__(self, part):
        keys = [key for key in self._keys if self.kind in ("", key[0])][part]
        results: dict[tuple[str, int], Result] = {}
        for name in KINDS:
            if pks := [pk for kind, pk in keys if kind == name]:
                results |= {(name, result.row.pk): result for result in KINDS[name].read(self, pks)}
        return [results[key] for key in keys if key in results]  # one may have been taken down meanwhile

    @cached_property
    def _keys(self) -> list[tuple[str, int]]:
        """(kind, key) of all results, best first."""
        matches: list[Match] = self._texts.partial if self.is_loosened else self._texts.complete
        return [("city", pk) for pk in self._cities] + [(match.source, match.pk) for match in matches]

    @cached_property
    def _texts(self) -> BestMatches:
        sources = {
            "commitment": Source(Commitment.objects.of_melbourne()),
            "pledge": Source(SearchedPledge.objects.of_listed_cities(), "city"),
            "practice": Source(SearchedRevision.objects.all(), CITY, NEWEST_BY),
            "page": Source(TextPage.objects.all()),
        }
        return BestMatches(sources, self.query, self.language, self.places, most=MAX_FOUND)

    @cached_property
    def _cities(self) -> list[int]:
        """The keys of the listed cities that all wanted terms of a clause name: first cities that are named themselves,
        then cities of a named country."""
        keys = [
            key
            for clause in self.query.clauses
            for place in self.places
            if clause.wanted and set(clause.wanted) <= place.terms and not place.terms & set(clause.unwanted)
            for key in place.cities
        ]
        cities = City.objects.listed().filter(pk__in=keys)
        if self.query.wanted:
            cities = cities.annotate(is_named=Case(When(search=any_of(self.query.wanted, NAMES), then=1), default=0))
            cities = cities.order_by("-is_named", "-pk")
        return list(cities.values_list("pk", flat=True))

    @cached_property
    def commitments(self) -> dict[int, Commitment]:
        """The seven commitments by number, with their excerpts."""
        rows = Commitment.objects.of_melbourne()
        rows = excerpted(rows, self.query, self.language, ("wording",), title="title")
        return {commitment.number: commitment for commitment in rows}

    def numbered(self, numbers: Iterable[int]) -> tuple[Commitment, ...]:
        return tuple(self.commitments[number] for number in sorted(numbers) if number in self.commitments)


def _read_cities(results: SearchResults, keys: list[int]) -> list[Result]:
    cities = City.objects.filter(pk__in=keys).select_related("region", "record")
    seven = Seven(results.language, results.commitments.values())
    return [Result("city", city, marks=city.standings) for city in with_standings(cities, results.language, seven)]


def _read_commitments(results: SearchResults, keys: list[int]) -> list[Result]:
    return [
        Result("commitment", commitment, commitments=(commitment,))
        for commitment in results.commitments.values()
        if commitment.pk in keys
    ]


def _read_pledges(results: SearchResults, keys: list[int]) -> list[Result]:
    chosen = Pledge.objects.public().filter(pk__in=keys).select_related("city", "commitment__declaration")
    pledges = excerpted(chosen, results.query, results.language, SEARCHED_TEXTS, title="title")
    return [Result("pledge", pledge, commitments=(pledge.commitment,)) for pledge in pledges]


def _read_practices(results: SearchResults, keys: list[int]) -> list[Result]:
    served = Commitment.objects.filter(revisions=OuterRef("pk")).order_by().values("number")
    revisions = Revision.objects.live().in_brief().filter(pk__in=keys).select_related("practice__city")
    revisions = excerpted(revisions, results.query, results.language, EXCERPTED, title="title")
    return [
        Result("practice", revision, commitments=results.numbered(revision.served))
        for revision in revisions.annotate(served=ArraySubquery(served))
    ]


def _read_pages(results: SearchResults, keys: list[int]) -> list[Result]:
    pages = excerpted(TextPage.objects.filter(pk__in=keys), results.query, results.language, ("text",), title="title")
    for page in pages:
        if page.excerpt_language != results.language:  # the page has the same text in the reader's language
            page.excerpt_marked = opening(page, "text", results.language)
            page.excerpt_language = results.language
    return [Result("page", page) for page in pages]


@dataclass(frozen=True)
class ResultKind:
    """A kind of result: its name on the page, and the function that reads the rows with given keys."""

    label: str | Promise
    read: Callable[[SearchResults, list[int]], list[Result]]


KINDS = {
    "city": ResultKind(_("Cities"), _read_cities),
    "commitment": ResultKind(_("Commitments"), _read_commitments),
    "pledge": ResultKind(_("Pledges"), _read_pledges),
    "practice": ResultKind(_("Practices"), _read_practices),
    "page": ResultKind(_("About the portal"), _read_pages),
}
