"""Cities similar to a given one: of the same size, in the same region, with pledges under the same commitments."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, Value, When

from members.models import City
from scn_portal.base.facet_options import sort_key
from scn_portal.site.cities.around import NAMED, pledged_under_any

MAX_SIMILAR = 4
# The limits between bands of sizes, in inhabitants.
BOUNDS = (100_000, 500_000, 1_000_000, 5_000_000)


@dataclass(frozen=True)
class SimilarCity:
    """A city, and what it has in common with another: `commitments` are the numbers of those under which both have
    pledged."""

    city: City
    same_size: bool
    same_region: bool
    commitments: list[int]


def similar_cities(city: City, numbers: Iterable[int], language: str) -> list[SimilarCity]:
    """The listed cities that have at least two things in common with `city`: the size, the region, or a pledge under
    one of the commitments with these `numbers`.

    If there are more than MAX_SIMILAR, those with most in common are taken. They are sorted by name, since this is no
    ranking. One query.
    """
    numbers = set(numbers)
    size, region = _of_the_size_of(city), Q(region=city.region_id)
    under = pledged_under_any(numbers) if numbers else Q(pk__in=[])
    others = City.objects.listed().exclude(pk=city.pk).filter((size & region) | (size & under) | (region & under))
    others = others.annotate(
        same_size=ExpressionWrapper(size, BooleanField()),
        same_region=ExpressionWrapper(region, BooleanField()),
        in_common=_one(size) + _one(region) + _one(under),
    )
    similar = others.select_related("record").order_by(F("in_common").desc(), f"record__name_key_{language}", "pk")
    shown = similar.only(*NAMED, "record__pledged_under")
    found = [_similar(row, numbers) for row in shown[:MAX_SIMILAR]]
    return sorted(found, key=lambda other: sort_key(other.city.text("name", language).value))


def _similar(city: City, numbers: set[int]) -> SimilarCity:
    pledged = city.record.pledged_under if hasattr(city, "record") else []
    return SimilarCity(city, city.same_size, city.same_region, [number for number in pledged if number in numbers])


def _one(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0))


def _of_the_size_of(city: City) -> Q:
    """The condition that the population is in the same band; no city meets it if the population of `city` is not
    known."""
    if city.population is None:
        return Q(pk__in=[])
    lower = max((bound for bound in BOUNDS if bound <= city.population), default=0)
    upper = min((bound for bound in BOUNDS if bound > city.population), default=None)
    band = Q(population__gte=lower)
    return band & Q(population__lt=upper) if upper else band
