"""The cities nearest to a city, and those with pledges under the same commitments."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Func, IntegerField, Q, QuerySet

from members.geography import kilometres_from, neighbours
from members.models import City

MAX_KINDRED = 4
# The columns for a link to another city and for its place on a map. All cities are compared, and whole rows would take
# twice as long.
NAMED = ("slug", "name_fr", "name_en", "country", "status", "latitude", "longitude")


@dataclass(frozen=True)
class Around:
    """`near` cities have a `distance` in kilometres, `kindred` ones the numbers of the `shared` commitments."""

    near: list[City] = field(default_factory=list)
    kindred: list[City] = field(default_factory=list)


def cities_around(city: City, numbers: Iterable[int]) -> Around:
    """The listed cities nearest to `city`, and those that share most of the commitments with these `numbers`.

    `near` is empty if the coordinates of `city` are unknown or it is a former member. Two queries, or one without
    `numbers`.
    """
    return Around(list(neighbours(city).only(*NAMED)), _kindred(city, set(numbers)))


def pledged_under_any(numbers: Iterable[int]) -> Q:
    """The condition that a city has pledged under any of the commitments with these `numbers`."""
    return Q(record__pledged_under__overlap=sorted(numbers))


def in_common(numbers: Iterable[int]) -> Func:
    """Under how many of the commitments with these `numbers`, at least one, a city has pledged."""
    has_them = " + ".join(f"(%(expressions)s @> '{{{number:d}}}')::int" for number in sorted(numbers))
    return Func(F("record__pledged_under"), template=f"({has_them})", output_field=IntegerField())


def _kindred(city: City, numbers: set[int]) -> list[City]:
    if not numbers:
        return []
    others: QuerySet[City] = City.objects.listed().exclude(pk=city.pk).filter(pledged_under_any(numbers))
    ranked = others.annotate(number_shared=in_common(numbers), distance=kilometres_from(city)).order_by(
        F("number_shared").desc(), F("distance").asc(nulls_last=True), "pk"
    )
    shown = ranked.select_related("record").only(*NAMED, "record__pledged_under")
    found: list[Any] = list(shown[:MAX_KINDRED])
    for other in found:
        other.shared = [number for number in other.record.pledged_under if number in numbers]
    return found
