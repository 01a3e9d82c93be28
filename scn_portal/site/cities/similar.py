"""Cities like a given one: of its size, in its region, with pledges under the same commitments."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, Q, Value, When

from commitments.models import Commitment, Pledge
from members.models import City
from scn_portal.base.facets import sort_key
from scn_portal.base.languages import alphabetical

MAX_SIMILAR = 4
MIN_IN_COMMON = 2  # of size, region, commitments
# Where a band of sizes ends and the next begins, in inhabitants.
BOUNDS = (100_000, 500_000, 1_000_000, 5_000_000)


@dataclass(frozen=True)
class SimilarCity:
    """A city, and what it has in common with another: the numbers of `commitments` are those of pledges by both."""

    city: City
    same_size: bool
    same_region: bool
    commitments: list[int]


def similar_cities(city: City, commitments: Iterable[Commitment], language: str) -> list[SimilarCity]:
    """The listed cities that share at least two of the size, the region and any of `commitments` with `city`.

    Of more than MAX_SIMILAR those that share most are taken; they come by name, since this is no ranking. One query.
    """
    under = Q(pledges__in=Pledge.objects.public().since_declaration().filter(commitment__in=list(commitments)))
    others = City.objects.listed().exclude(pk=city.pk).alias(shared_count=Count("pledges__commitment", filter=under))
    others = others.annotate(
        same_size=ExpressionWrapper(_of_the_size_of(city), BooleanField()),
        same_region=ExpressionWrapper(Q(region=city.region_id), BooleanField()),
        shared=ArrayAgg("pledges__commitment__number", filter=under, distinct=True, default=Value([])),
        in_common=_one(_of_the_size_of(city)) + _one(Q(region=city.region_id)) + _one(Q(shared_count__gt=0)),
    )
    similar = others.filter(in_common__gte=MIN_IN_COMMON).order_by(
        F("in_common").desc(), alphabetical(f"name_{language}"), "pk"
    )
    found = [SimilarCity(row, row.same_size, row.same_region, sorted(row.shared)) for row in similar[:MAX_SIMILAR]]
    return sorted(found, key=lambda other: sort_key(other.city.text("name", language).value))


def _one(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0))


def _of_the_size_of(city: City) -> Q:
    """Cities whose population is in the same band; none where that of `city` is not known."""
    if city.population is None:
        return Q(pk__in=[])
    lower = max((bound for bound in BOUNDS if bound <= city.population), default=0)
    upper = min((bound for bound in BOUNDS if bound > city.population), default=None)
    band = Q(population__gte=lower)
    return band & Q(population__lt=upper) if upper else band
