"""What pages show of the public records of cities: numbers, the last change, the seven commitments.

Nothing here counts pledges or practices: the database keeps a `CityRecord` of each city up to date.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, F, IntegerField, Max, Q, QuerySet, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.functional import SimpleLazyObject

from commitments.models import Commitment, Pledge
from commitments.statistics import Progress, in_order_of_status
from members.models import City
from practices.standings import CommitmentStanding
from scn_portal.base.kept import KeptCopy
from scn_portal.base.languages import Text
from scn_portal.base.models import PublicKind
from scn_portal.site.models import CityRecord

SEVEN = range(1, 8)


def with_records(cities: QuerySet) -> QuerySet:
    """`cities` with `active_at`, the time of the last public change or None, and with their public numbers:
    `pledge_count`, `prior_count` (actions older than the Declaration) and `practice_count`."""
    kept = {
        name: Coalesce(F(f"record__{name}"), Value(0)) for name in ("pledge_count", "prior_count", "practice_count")
    }
    return cities.annotate(active_at=F("record__active_at"), **kept)


def version_of(city: City) -> int | None:
    """The version that is part of the keys under which the pages of `city` are kept; None if they may not be kept.

    It rises with each committed public change of the city and of what belongs to it. It is None for former members,
    since what belongs to them has no public records.
    """
    if city.status == City.Status.FORMER or not hasattr(city, "record"):
        return None
    return city.record.version


@dataclass(frozen=True)
class Selection:
    """The numbers of some cities and of their practices, and a version that changes with any public change of one of
    them, and when a city joins or leaves the selection."""

    cities: int
    practices: int
    version: str


def selection_of(cities: QuerySet) -> Selection:
    """One query over the records of `cities`."""
    versions = {"last": Max("record__version"), "all": Sum("record__version")}
    found = cities.order_by().aggregate(cities=Count("pk"), practices=Sum("record__practice_count"), **versions)
    return Selection(found["cities"], found["practices"] or 0, f"{found['cities']}-{found['last']}-{found['all']}")


def network_version() -> int:
    """A version that rises when a city is added, changed or removed, or when anything changes that cities are found by.
    It is for pages that show where all cities are, or how many there are of each kind. One short query."""
    with connection.cursor() as cursor:
        cursor.execute(_NETWORK_VERSION, [PublicKind.CITY])
        return cursor.fetchone()[0] or 0


# A deleted city no longer has a CityRecord, but there is a public record of its deletion.
_NETWORK_VERSION = """
    SELECT greatest((SELECT max(facts_version) FROM site_cityrecord),
                    (SELECT max(id) FROM base_publicrecord WHERE kind = %s))
"""


# --- The seven commitments -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """Whether a city has a pledge and a practice under a commitment."""

    number: int
    pledged: bool
    practised: bool


def marks_of(city: City) -> list[Mark]:
    """The marks of `city`, which is read with its `record`, under the seven commitments. No query."""
    kept = _kept(city)
    return [Mark(number, kept(number)[2] > 0, kept(number)[3] > 0) for number in SEVEN]


def pledges_and_practices(city: City) -> tuple[int, int]:
    """The numbers of pledges and practices of `city`, which is read with its `record`."""
    return (city.record.pledge_count, city.record.practice_count) if hasattr(city, "record") else (0, 0)


def pledges_with_status(city: City, status: str) -> int:
    """The number of pledges of `city`, which is read with its `record`, that have this status. No query if the number
    is kept."""
    kept = city.record.pledges_by_status
    if not kept:
        return Pledge.objects.public().since_declaration().filter(city=city, status=status).count()
    return kept[Pledge.Status.values.index(status)]


class Seven:
    """The short names of the seven commitments in `language`, by number; read once, when first needed."""

    def __init__(self, language: str, rows: Iterable[Commitment] | None = None):
        self._rows, self._language = Commitment.objects.of_melbourne() if rows is None else rows, language

    @cached_property
    def names(self) -> dict[int, Text]:
        return {commitment.number: commitment.text("short", self._language) for commitment in self._rows}


def with_standings(cities: Iterable[City], language: str, seven: Seven | None = None) -> list[City]:
    """A list of `cities`, which are read with their `record`, each with its seven `city.standings` and its
    `city.version`.

    One query for the names of the commitments, made when the first standing is read; none if `seven` is given.
    """
    cities, seven = list(cities), seven or Seven(language)
    for city in cities:
        city.standings = SimpleLazyObject(partial(_standings, city, seven))
        city.version = version_of(city)
    return cities


def standings_of(city: City, language: str, seven: Iterable[Commitment] | None = None) -> list[CommitmentStanding]:
    """The seven standings of `city`, which is read with its `record`. One query, unless the commitments are given."""
    return _standings(city, Seven(language, seven))


def _standings(city: City, seven: Seven) -> list[CommitmentStanding]:
    kept = _kept(city)
    return [_standing(number, short, *kept(number)) for number, short in seven.names.items()]


def _kept(city: City) -> Callable[[int], Sequence]:
    """A function that takes the number of a commitment and returns what is kept: the statuses of the city's first
    pledges, the key of the first, the numbers of pledges and practices."""
    standings = city.record.standings if hasattr(city, "record") else {}
    return lambda number: standings.get(str(number), ((), None, 0, 0))


def _standing(
    number: int, short: Text, statuses: Iterable[str], first: int | None, pledges: int, practices: int
) -> CommitmentStanding:
    return CommitmentStanding(
        number, short, pledges > 0, practices > 0, tuple(statuses), first, practices, pledges=pledges
    )


class Sums(NamedTuple):
    """The numbers of cities with a pledge, of pledges and of practices under one commitment."""

    cities: int
    pledges: int
    practices: int


def sums_of(cities: QuerySet) -> tuple[int, list[Sums]]:
    """The number of `cities`, and their sums for each of the seven commitments, in their order. One query."""
    kept = CityRecord.objects.filter(city__in=cities.order_by().values("pk"))
    columns: dict[str, Any] = {"all": Count("pk")}
    for number in SEVEN:
        pledges = RawSQL(f"pledges_by_number[{number}]", (), IntegerField())
        practices = RawSQL(f"practices_by_number[{number}]", (), IntegerField())
        columns[f"cities_{number}"] = Sum(RawSQL(f"(pledges_by_number[{number}] > 0)::int", (), IntegerField()))
        columns |= {f"pledges_{number}": Sum(pledges), f"practices_{number}": Sum(practices)}
    found = kept.aggregate(**columns)
    sums = [Sums(*(found[f"{what}_{number}"] or 0 for what in Sums._fields)) for number in SEVEN]
    return found["all"], sums


def progress_of(cities: QuerySet) -> Progress | None:
    """The pledges of `cities`, which are listed, by status. One query. None if the record of a city does not have its
    statuses yet."""
    columns = {
        status.value: Sum(RawSQL(f"pledges_by_status[{place}]", (), IntegerField()))
        for place, status in enumerate(Pledge.Status, 1)
    }
    kept = CityRecord.objects.filter(city__in=cities.order_by().values("pk"))
    found = kept.aggregate(cities=Count("pk", filter=Q(pledge_count__gt=0)), pledges=Sum("pledge_count"), **columns)
    counts = {status.value: found[status.value] or 0 for status in Pledge.Status}
    pledges = found["pledges"] or 0
    return Progress(found["cities"], pledges, in_order_of_status(counts)) if sum(counts.values()) == pledges else None


# --- How it is kept ---------------------------------------------------------------------------------------------------

# A version may be higher than the last public record of the city, but not lower.
_DIFFERS = """
    (kept.city_id IS NULL AND now.facts_version > 0) OR now.city_id IS NULL OR kept.facts_version < now.facts_version
    OR kept.version < (SELECT max(id) FROM base_publicrecord WHERE city_key = kept.city_id)
    OR to_jsonb(kept) - ARRAY['version', 'facts_version'] <> to_jsonb(now) - ARRAY['version', 'facts_version']
"""


def _all_cities() -> list[int]:
    return list(City.objects.order_by("pk").values_list("pk", flat=True))


KEPT = KeptCopy(
    "cities",
    CityRecord,
    "scn_city_records",
    "scn_keep_city_records",
    keys=_all_cities,
    differs=_DIFFERS,
    batch=500,
)
