"""The home page: the network in one breath, the seven lines, what is new."""

import datetime as dt

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from tests.factories import CityFactory, PledgeFactory, RevisionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _melbourne() -> None:
    load_declaration()


def test_it_counts_the_cities_of_the_network_and_draws_them(client):
    CityFactory(country="CA", latitude=45.0, longitude=-73.0)
    CityFactory(country="CA")
    CityFactory(country="KE", latitude=-4.0, longitude=39.0)
    CityFactory(country="FR", latitude=48.0, longitude=2.0, status="former")
    page = client.get("/en/")
    assert (page.context["city_count"], page.context["country_count"]) == (3, 2)
    assert "3 members, in 2 countries." in page.text
    assert "Map of the world, with a dot for each city whose place is known (2)" in page.text


def test_a_network_without_any_city_has_a_home(client):
    page = client.get("/fr/")
    assert page.status_code == 200
    assert page.context["city_count"] == 0


def test_each_line_has_a_station_a_city(client):
    fourth = Commitment.objects.of_melbourne().get(number=4)
    PledgeFactory.create_batch(2, commitment=fourth)
    PledgeFactory(commitment=fourth, city__status="former")
    page = client.get("/en/")
    assert [commitment.city_count for commitment in page.context["commitments"]] == [0, 0, 0, 2, 0, 0, 0]
    assert page.text.count('<svg width="0" height="16">') == 6
    assert page.text.count('<svg width="32" height="16">') == 1


def test_the_newest_practices_are_the_three_last_published(client):
    for day in range(1, 5):
        RevisionFactory(
            title_en=f"Of day {day}", status="published", published_at=dt.datetime(2026, 3, day, tzinfo=dt.UTC)
        )
    RevisionFactory(title_en="A draft")
    page = client.get("/en/")
    assert [practice.live.title_en for practice in page.context["practices"]] == ["Of day 4", "Of day 3", "Of day 2"]
    assert "A draft" not in page.text
