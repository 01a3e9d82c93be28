"""The first page of a city with more pledges and practices than anybody reads at once."""

import re

import pytest

from scn_portal.site.cities import workspace
from scn_portal.site.todo import reasons
from tests.factories import CityFactory, PledgeFactory, RevisionFactory, acting_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(monkeypatch):
    """Three of each, where two go on a page."""
    monkeypatch.setattr(workspace, "PER_PAGE", 2)
    city = CityFactory()
    for number in range(3):
        PledgeFactory(city=city, title_en=f"Promise {number}")
        RevisionFactory(practice__city=city, title_en=f"Deed {number}", status="published")
    return city


def test_it_shows_the_first_of_each_list_and_leads_to_all(client, city):
    client.force_login(acting_for(city))
    address = f"/en/my-city/{city.slug}/"
    _before, _mark, lists = client.get(address).text.partition('id="pledges"')
    assert len(re.findall(r"/my-city/pledges/\d+/\"", lists)) == 2
    assert len(re.findall(r"/my-city/practices/\d+/\"", lists)) == 2
    assert lists.count("Show all 3") == 2
    second = client.get(f"{address}?list=practices&page=2").text.partition('id="practices"')[2]
    assert len(re.findall(r"/my-city/practices/\d+/\"", second)) == 1
    assert client.get(f"{address}?list=practices&page=3").status_code == 404


def test_of_a_kind_of_task_the_longest_waiting_are_told(client, city, monkeypatch):
    monkeypatch.setattr(reasons, "MOST_OF_A_KIND", 1)
    client.force_login(acting_for(city))
    page = client.get(f"/en/my-city/{city.slug}/").text
    assert page.count("A translation is missing") == 2  # of a pledge and of a practice
