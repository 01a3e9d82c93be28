"""What is kept of the pledges under each commitment says what counting them would."""

import pytest

from commitments import kept_statistics
from commitments.kept_statistics import CommitmentStatistics
from commitments.loading import load_declaration
from commitments.models import Commitment
from scn_portal.base import kept_counts
from tests.factories import PledgeFactory, ProgressUpdateFactory, RegionFactory

pytestmark = pytest.mark.django_db


def numbers() -> list:
    """Of the fourth commitment, and the cities under each."""
    found = CommitmentStatistics(4, "en")
    regions = [(region.slug, region.city_count, region.pledge_count) for region in found.regions]
    cities = kept_statistics.with_city_counts(Commitment.objects.of_melbourne())
    by_status = sorted(kept_statistics.by_number_and_status().items())
    return [found.progress, regions, found.obstacles, [each.city_count for each in cities], by_status]


def test_kept_or_counted_the_numbers_are_the_same(monkeypatch):
    load_declaration()
    third, fourth = Commitment.objects.of_melbourne()[2:4]
    north, south = RegionFactory(slug="north", name_en="North"), RegionFactory(slug="south", name_en="South")
    pledge = PledgeFactory(commitment=fourth, city__region=north, status="done")
    PledgeFactory(commitment=fourth, city=pledge.city, status="under_way", announced_on="2011")  # older, not counted
    PledgeFactory(commitment=fourth, city=pledge.city)
    paused = PledgeFactory(commitment=fourth, city__region=south, status="under_way")
    ProgressUpdateFactory(pledge=paused, obstacle_kind="support")
    PledgeFactory(commitment=third, city__status="former")
    PledgeFactory(commitment=third, city__region=south)
    counted = numbers()

    monkeypatch.setattr(kept_counts._registered, "lists", {})
    kept_counts.register(kept_statistics.LIST, counts=kept_statistics.count, above=0)
    kept_counts.rebuild()

    assert kept_counts.read(kept_statistics.LIST), "something is kept"
    assert numbers() == counted
    assert counted[0].pledges == 3
