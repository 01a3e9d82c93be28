"""SearchResults public that answers a question: cities, commitments, pledges and practices, the best first.

One query ranks them all and cuts out a page; then each kind is read once. Only what the public sees is looked at:
listed cities and their pledges, the seven commitments, live revisions.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Count, FloatField, Model, OuterRef, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Pledge
from members.models import City
from members.place_names import places
from practices.models import Revision
from practices.search import CITY, EXCERPTED, matching_revisions
from practices.standings import CommitmentMark
from scn_portal.base.search.excerpts import excerpted
from scn_portal.base.search.full_text import NAMES, NamedPlace, any_of, matching, rank
from scn_portal.base.search.query import SearchQuery

# Above every rank of a text: a city named in the query comes first, then the cities of a named country.
NAMED_ITSELF, NAMED_BY_COUNTRY = 2.0, 1.6


@dataclass(frozen=True)
class Result:
    """A row that was found. `marks` are those of a city, `commitments` those that any other row belongs to."""

    kind: str
    row: Model
    commitments: tuple[Commitment, ...] = ()
    marks: tuple[CommitmentMark, ...] = ()


class SearchResults(Sequence[Result]):
    """The results for `query`, best first, as a sequence for a Paginator. `kind` is a key of KINDS, or empty for all.

    `language` is the reader's. Two queries for a slice, and one for each kind in it.
    """

    def __init__(self, query: SearchQuery, language: str, kind: str = ""):
        self.query, self.language = query, language
        self.kind = kind if kind in KINDS else ""

    @cached_property
    def places(self) -> list[NamedPlace]:
        return places(self.query)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of results of each kind."""
        parts = [self._rows(name).values("kind").annotate(count=Count("pk")) for name in KINDS]
        counted = _united([part.values_list("kind", "count") for part in parts])
        return dict.fromkeys(KINDS, 0) | dict(counted)

    def __len__(self) -> int:
        return self.counts[self.kind] if self.kind else sum(self.counts.values())

    def __getitem__(self, part):
        branches = [self._ranked(name) for name in ([self.kind] if self.kind else KINDS)]
        keys = [(kind, pk) for kind, pk, _rank in _united(branches).order_by("-rank", "kind", "-pk")[part]]
        results: dict[tuple[str, int], Result] = {}
        for name in KINDS:
            if pks := [pk for kind, pk in keys if kind == name]:
                results |= {(name, result.row.pk): result for result in KINDS[name].read(self, pks)}
        return [results[key] for key in keys if key in results]  # one may have been taken down meanwhile

    @cached_property
    def commitments(self) -> dict[int, Commitment]:
        """The seven commitments by number, with their excerpts."""
        rows = Commitment.objects.of_melbourne()
        rows = excerpted(rows, self.query, self.language, ("wording",), title="title")
        return {commitment.number: commitment for commitment in rows}

    def numbered(self, numbers: Iterable[int]) -> tuple[Commitment, ...]:
        return tuple(self.commitments[number] for number in sorted(numbers) if number in self.commitments)

    def _rows(self, kind: str) -> QuerySet:
        return KINDS[kind].rows(self).order_by().annotate(kind=Value(kind, CharField()))

    def _ranked(self, kind: str) -> QuerySet:
        return self._rows(kind).annotate(rank=KINDS[kind].rank(self)).values_list("kind", "pk", "rank")


def _united(parts: list[QuerySet]) -> QuerySet:
    first, *others = parts
    return first.union(*others, all=True) if others else first


# --- Cities ----------------------------------------------------------------------------------------------------------


def _cities(results: SearchResults) -> QuerySet:
    """The listed cities that all wanted terms of a clause name."""
    keys = [
        key
        for clause in results.query.clauses
        for place in results.places
        if clause.wanted and set(clause.wanted) <= place.terms and not place.terms & set(clause.unwanted)
        for key in place.cities
    ]
    return City.objects.listed().filter(pk__in=keys)


def _rank_of_cities(results: SearchResults):
    if not results.query.wanted:
        return Value(NAMED_BY_COUNTRY, FloatField())
    named = When(search=any_of(results.query.wanted, NAMES), then=Value(NAMED_ITSELF))
    return Case(named, default=Value(NAMED_BY_COUNTRY), output_field=FloatField())


def _read_cities(results: SearchResults, keys: list[int]) -> list[Result]:
    pledged = (
        Pledge.objects.since_declaration()
        .filter(city=OuterRef("pk"))
        .order_by()
        .values("commitment__number")
        .distinct()
    )
    live = Revision.objects.live().filter(practice__city=OuterRef("pk"), commitments__isnull=False).order_by()
    cities = City.objects.filter(pk__in=keys).select_related("region").annotate(
        pledged=ArraySubquery(pledged), practised=ArraySubquery(live.values("commitments__number").distinct())
    )  # fmt: skip
    return [Result("city", city, marks=_marks(results, city)) for city in cities]


def _marks(results: SearchResults, city: City) -> tuple[CommitmentMark, ...]:
    return tuple(
        CommitmentMark(
            number, commitment.text("short", results.language), number in city.pledged, number in city.practised
        )
        for number, commitment in results.commitments.items()
    )


# --- Commitments, pledges, practices ---------------------------------------------------------------------------------


def _commitments(results: SearchResults) -> QuerySet:
    return matching(Commitment.objects.of_melbourne(), results.query)


def _read_commitments(results: SearchResults, keys: list[int]) -> list[Result]:
    return [
        Result("commitment", commitment, commitments=(commitment,))
        for commitment in results.commitments.values()
        if commitment.pk in keys
    ]


def _pledges(results: SearchResults) -> QuerySet:
    return matching(Pledge.objects.filter(city__in=City.objects.listed()), results.query, results.places, city="city")


def _read_pledges(results: SearchResults, keys: list[int]) -> list[Result]:
    chosen = Pledge.objects.filter(pk__in=keys).select_related("city", "commitment__declaration")
    pledges = excerpted(chosen, results.query, results.language, ("description",), title="title")
    return [Result("pledge", pledge, commitments=(pledge.commitment,)) for pledge in pledges]


def _practices(results: SearchResults) -> QuerySet:
    return matching_revisions(results.query, results.places)


def _read_practices(results: SearchResults, keys: list[int]) -> list[Result]:
    served = Commitment.objects.filter(revisions=OuterRef("pk")).order_by().values("number")
    revisions = Revision.objects.live().filter(pk__in=keys).select_related("practice__city")
    revisions = excerpted(revisions, results.query, results.language, EXCERPTED, title="title")
    return [
        Result("practice", revision, commitments=results.numbered(revision.served))
        for revision in revisions.annotate(served=ArraySubquery(served))
    ]


@dataclass(frozen=True)
class ResultKind:
    """How one kind of result is searched: which rows match, their rank, and how those with given keys are read."""

    label: str | Promise
    rows: Callable[[SearchResults], QuerySet]
    rank: Callable
    read: Callable[[SearchResults, list[int]], list[Result]]


def _rank_of_texts(city: str = "") -> Callable:
    return lambda results: rank(results.query, results.language, results.places, city=city)


KINDS = {
    "city": ResultKind(_("Cities"), _cities, _rank_of_cities, _read_cities),
    "commitment": ResultKind(_("Commitments"), _commitments, _rank_of_texts(), _read_commitments),
    "pledge": ResultKind(_("Pledges"), _pledges, _rank_of_texts("city"), _read_pledges),
    "practice": ResultKind(_("Practices"), _practices, _rank_of_texts(CITY), _read_practices),
}
