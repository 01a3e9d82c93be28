"""The seven lines at each city: what it has pledged under each commitment, and what it has done."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from commitments.models import Commitment, Pledge
from members.models import City
from practices.models import Revision
from scn_portal.base.languages import Text


@dataclass(frozen=True)
class CommitmentMark:
    """One line at one city: whether it has pledged there, and whether it has done something."""

    number: int
    short: Text
    pledged: bool
    practised: bool


@dataclass(frozen=True)
class CommitmentStanding(CommitmentMark):
    """One line at one city, in more detail: the statuses of its pledges, the first recorded first; the key of that
    pledge; how many practices."""

    statuses: tuple[str, ...] = ()
    first_pledge: int | None = None
    practices: int = 0


def standings_of(cities: Iterable[City], language: str) -> dict[int, list[CommitmentStanding]]:
    """The seven lines at each of `cities`, by the key of the city, named for a reader of `language`.

    Three queries, however many the cities are.
    """
    cities = list(cities)
    pledged: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    made = Pledge.objects.filter(city__in=cities).order_by("created_at", "pk")
    for city, number, pk, status in made.values_list("city", "commitment__number", "pk", "status"):
        pledged[city, number].append((pk, status))
    practised: dict[tuple[int, int], int] = defaultdict(int)
    live = Revision.objects.live().filter(practice__city__in=cities, commitments__isnull=False).order_by()
    for place in live.values_list("practice__city", "commitments__number"):
        practised[place] += 1
    names = [(one.number, one.text("short", language)) for one in Commitment.objects.of_melbourne()]
    return {
        city.pk: [_line(number, short, pledged[city.pk, number], practised[city.pk, number]) for number, short in names]
        for city in cities
    }


def _line(number: int, short: Text, pledges: list[tuple[int, str]], practices: int) -> CommitmentStanding:
    statuses = tuple(status for _pk, status in pledges)
    first = pledges[0][0] if pledges else None
    return CommitmentStanding(number, short, bool(pledges), practices > 0, statuses, first, practices)


def with_standings(cities: Iterable[City], language: str) -> list[City]:
    """`cities` as a list, each with its seven standings as `city.standings`: three queries, however many they are."""
    cities = list(cities)
    standings = standings_of(cities, language) if cities else {}
    for city in cities:
        city.standings = standings[city.pk]
    return cities
