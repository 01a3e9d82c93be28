"""Everything public that answers a question: cities, commitments, pledges and practices, the best first.

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

# A city that was named comes before all that was said of it or done in it; then the cities of a country.
NAMED_ITSELF, NAMED_BY_COUNTRY = 2.0, 1.6


@dataclass(frozen=True)
class Entry:
    """One thing found: its kind, its row, and the commitments whose lines it is on."""

    kind: str
    row: Model
    lines: tuple[Commitment, ...] = ()
    stops: tuple[CommitmentMark, ...] = ()


class Everything(Sequence[Entry]):
    """What answers `question`, for a reader of `language`; a sequence of Entry, best first, read a slice at a time."""

    def __init__(self, question: SearchQuery, language: str, kind: str = ""):
        self.query, self.language = question, language
        self.kind = kind if kind in KINDS else ""

    @cached_property
    def places(self) -> list[NamedPlace]:
        return places(self.query)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of each kind there are."""
        parts = [self._rows(name).values("kind").annotate(count=Count("pk")) for name in KINDS]
        counted = _united([part.values_list("kind", "count") for part in parts])
        return dict.fromkeys(KINDS, 0) | dict(counted)

    def __len__(self) -> int:
        return self.counts[self.kind] if self.kind else sum(self.counts.values())

    def __getitem__(self, part):
        branches = [self._ranked(name) for name in ([self.kind] if self.kind else KINDS)]
        keys = [(kind, pk) for kind, pk, _rank in _united(branches).order_by("-rank", "kind", "-pk")[part]]
        entries: dict[tuple[str, int], Entry] = {}
        for name in KINDS:
            if chosen := [pk for kind, pk in keys if kind == name]:
                entries |= {(name, entry.row.pk): entry for entry in KINDS[name].read(self, chosen)}
        return [entries[key] for key in keys if key in entries]  # one may have been taken down this moment

    @cached_property
    def seven(self) -> dict[int, Commitment]:
        """The commitments by their numbers."""
        seven = excerpted(Commitment.objects.of_melbourne(), self.query, self.language, ("wording",), title="title")
        return {commitment.number: commitment for commitment in seven}

    def lines(self, numbers: Iterable[int]) -> tuple[Commitment, ...]:
        return tuple(self.seven[number] for number in sorted(numbers) if number in self.seven)

    def _rows(self, kind: str) -> QuerySet:
        return KINDS[kind].rows(self).order_by().annotate(kind=Value(kind, CharField()))

    def _ranked(self, kind: str) -> QuerySet:
        return self._rows(kind).annotate(rank=KINDS[kind].rank(self)).values_list("kind", "pk", "rank")


def _united(parts: list[QuerySet]) -> QuerySet:
    first, *others = parts
    return first.union(*others, all=True) if others else first


# --- Cities ----------------------------------------------------------------------------------------------------------


def _cities(asked: Everything) -> QuerySet:
    """The listed cities that all the words of the question, or of one side of its “or”, name."""
    named = [
        key
        for each in asked.query.clauses
        for place in asked.places
        if each.wanted and set(each.wanted) <= place.terms and not place.terms & set(each.unwanted)
        for key in place.cities
    ]
    return City.objects.listed().filter(pk__in=named)


def _rank_of_cities(asked: Everything):
    if not asked.query.wanted:
        return Value(NAMED_BY_COUNTRY, FloatField())
    itself = When(search=any_of(asked.query.wanted, NAMES), then=Value(NAMED_ITSELF))
    return Case(itself, default=Value(NAMED_BY_COUNTRY), output_field=FloatField())


def _read_cities(asked: Everything, keys: list[int]) -> list[Entry]:
    pledged = Pledge.objects.filter(city=OuterRef("pk")).order_by().values("commitment__number").distinct()
    live = Revision.objects.live().filter(practice__city=OuterRef("pk"), commitments__isnull=False).order_by()
    cities = City.objects.filter(pk__in=keys).select_related("region").annotate(
        pledged=ArraySubquery(pledged), practised=ArraySubquery(live.values("commitments__number").distinct())
    )  # fmt: skip
    return [Entry("city", city, stops=_stops(asked, city)) for city in cities]


def _stops(asked: Everything, city) -> tuple[CommitmentMark, ...]:
    return tuple(
        CommitmentMark(
            number, commitment.text("short", asked.language), number in city.pledged, number in city.practised
        )
        for number, commitment in asked.seven.items()
    )


# --- Commitments, pledges, practices ---------------------------------------------------------------------------------


def _commitments(asked: Everything) -> QuerySet:
    return matching(Commitment.objects.of_melbourne(), asked.query)


def _read_commitments(asked: Everything, keys: list[int]) -> list[Entry]:
    return [Entry("commitment", each, lines=(each,)) for each in asked.seven.values() if each.pk in keys]


def _pledges(asked: Everything) -> QuerySet:
    return matching(Pledge.objects.filter(city__in=City.objects.listed()), asked.query, asked.places, city="city")


def _read_pledges(asked: Everything, keys: list[int]) -> list[Entry]:
    chosen = Pledge.objects.filter(pk__in=keys).select_related("city", "commitment")
    pledges = excerpted(chosen, asked.query, asked.language, ("description",), title="title")
    return [Entry("pledge", pledge, lines=(pledge.commitment,)) for pledge in pledges]


def _practices(asked: Everything) -> QuerySet:
    return matching_revisions(asked.query, asked.places)


def _read_practices(asked: Everything, keys: list[int]) -> list[Entry]:
    served = Commitment.objects.filter(revisions=OuterRef("pk")).order_by().values("number")
    revisions = Revision.objects.live().filter(pk__in=keys).select_related("practice__city")
    revisions = excerpted(revisions, asked.query, asked.language, EXCERPTED, title="title")
    return [
        Entry("practice", revision, lines=asked.lines(revision.served))
        for revision in revisions.annotate(served=ArraySubquery(served))
    ]


@dataclass(frozen=True)
class Kind:
    """One kind of what is found: its name, which of its rows answer, how well, and how those of a page are read."""

    label: str | Promise
    rows: Callable[[Everything], QuerySet]
    rank: Callable
    read: Callable[[Everything, list[int]], list[Entry]]


def _rank_of_texts(city: str = "") -> Callable:
    return lambda asked: rank(asked.query, asked.language, asked.places, city=city)


KINDS = {
    "city": Kind(_("Cities"), _cities, _rank_of_cities, _read_cities),
    "commitment": Kind(_("Commitments"), _commitments, _rank_of_texts(), _read_commitments),
    "pledge": Kind(_("Pledges"), _pledges, _rank_of_texts("city"), _read_pledges),
    "practice": Kind(_("Practices"), _practices, _rank_of_texts(CITY), _read_practices),
}
