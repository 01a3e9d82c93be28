"""Where cities stand on each of the seven commitments: their pledges and their practices."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Revision
from scn_portal.base.languages import Text


@dataclass(frozen=True)
class CommitmentMark:
    """Whether a city has a pledge and a practice under a commitment."""

    number: int
    short: Text
    pledged: bool
    practised: bool


@dataclass(frozen=True)
class CommitmentStanding(CommitmentMark):
    """The same in more detail: the statuses of the pledges, the oldest first; the key of the oldest; how many
    practices."""

    statuses: tuple[str, ...] = ()
    first_pledge: int | None = None
    practices: int = 0


def standings_of(cities: Iterable[City], language: str) -> dict[int, list[CommitmentStanding]]:
    """The seven standings of each city, by its key, with short names for readers of `language`. Three queries."""
    cities = list(cities)
    pledges: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    pledged = Pledge.objects.public().since_declaration().filter(city__in=cities)
    by_age = pledged.order_by("created_at", "pk").values_list("city", "commitment__number", "pk", "status")
    for city, number, pk, status in by_age:
        pledges[city, number].append((pk, status))
    practices: dict[tuple[int, int], int] = defaultdict(int)
    live = Revision.objects.live().filter(practice__city__in=cities, commitments__isnull=False).order_by()
    for city_and_number in live.values_list("practice__city", "commitments__number"):
        practices[city_and_number] += 1
    commitments = Commitment.objects.of_melbourne()
    names = [(commitment.number, commitment.text("short", language)) for commitment in commitments]
    return {
        city.pk: [
            _standing(number, short, pledges[city.pk, number], practices[city.pk, number]) for number, short in names
        ]
        for city in cities
    }


def _standing(number: int, short: Text, pledges: list[tuple[int, str]], practices: int) -> CommitmentStanding:
    statuses = tuple(status for _pk, status in pledges)
    first = pledges[0][0] if pledges else None
    return CommitmentStanding(number, short, bool(pledges), practices > 0, statuses, first, practices)


def with_standings(cities: Iterable[City], language: str) -> list[City]:
    """`cities` as a list, each with its seven standings as `city.standings`. Three queries."""
    cities = list(cities)
    standings = standings_of(cities, language) if cities else {}
    for city in cities:
        city.standings = standings[city.pk]
    return cities


def practice_counts(cities: Iterable[City]) -> Counter[int]:
    """How many public practices each of `cities` has, by its key; one query."""
    live = Revision.objects.live().filter(practice__city__in=list(cities)).order_by()
    return Counter(live.values_list("practice__city", flat=True))
