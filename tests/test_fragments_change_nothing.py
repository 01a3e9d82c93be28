"""Fragments are parts of pages that are kept: no page differs by a byte, and a change is shown at once."""

import re

import pytest
from django.test import Client

from commitments.loading import load_declaration
from commitments.models import Commitment
from members.models import City
from scn_portal.base import fragments, generation
from scn_portal.base.lists import version_of_page
from tests.factories import CityFactory, PledgeFactory, RegionFactory, RevisionFactory, commit
from tests.journeys.addresses import PUBLIC

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fragments_on")]

# What is other at each request: tokens of forms, the id of the request.
_OTHER_EACH_TIME = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|data-request="[^"]*"')
_SEEN = ["/en/practices/", "/fr/pratiques/", "/en/practices/?theme=youth", "/en/practices/the-aarhus-model/"]
_MORE = [
    "/en/search/?q=denver",
    "/en/practices/?q=practice",
    "/en/matrix/?all=yes",
    "/en/cities/?sort=name",
    "/en/pledges/?commitment=4",
]


@pytest.fixture(scope="module", autouse=True)
def _network(kept_rows):
    """Two cities, their pledges, and practices that are like one another."""
    load_declaration()
    region = RegionFactory(slug="east-southern-africa")
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for slug, name in (("montreal", "Montréal"), ("denver", "Denver")):
        city = CityFactory(slug=slug, name_en=name, name_fr=name, country="KE", region=region)
        PledgeFactory(city=city, commitment=fourth)
        for number in range(3):
            address = "the-aarhus-model" if (slug, number) == ("denver", 0) else f"{slug}-{number}"
            about = {"themes": ["youth", "hate"], "commitments": [fourth]}
            RevisionFactory(status="published", practice__city=city, practice__slug=address, **about)
    commit()


def shown(address: str) -> bytes:
    return _OTHER_EACH_TIME.sub(b"", Client().get(address).content)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_is_the_same_without_fragments_with_new_ones_and_with_kept_ones(settings, language):
    built_of_them = []
    for address in dict.fromkeys([*PUBLIC[language], *_SEEN, *_MORE]):
        settings.FRAGMENTS = False
        without = shown(address)
        settings.FRAGMENTS = True
        fragments.forget_here()
        assert shown(address) == without, address
        if fragments._here:  # else there is nothing that could be kept
            built_of_them.append(address)
            assert shown(address) == without, address
            fragments.forget_here()
            assert shown(address) == without, address  # from Redis
    assert len(built_of_them) > 20
    assert {*_SEEN, *_MORE} <= {*built_of_them}


def test_a_change_of_a_row_is_shown_at_once():
    before = {address: shown(address) for address in _SEEN}
    assert all(b"Denver" in page for page in before.values())
    City.objects.filter(slug="denver").update(name_en="Mile High", name_fr="Mile High")
    commit()
    generation.current()
    for address in _SEEN:
        page = shown(address)
        assert b"Mile High" in page
        assert b"Denver" not in page, address


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/en/practices/?page=99", 404),
        ("/en/cities/?page=99", 404),
        ("/en/cities/nowhere/", 404),
        ("/en/cities/DENVER/", 301),
        ("/en/practices/nothing/", 404),
        ("/en/practices/The-Aarhus-Model/", 301),
    ],
)
def test_what_is_not_there_is_said_each_time(client, address, status):
    assert [client.get(address).status_code for _time in range(2)] == [status, status]


@pytest.mark.parametrize("asked", [{"theme": ["youth"] * 20}, {"after": "x"}, {"before": "x"}])
def test_what_anybody_may_make_up_is_not_kept(rf, asked):
    assert version_of_page(rf.get("/en/practices/", {"theme": "youth"}))
    assert version_of_page(rf.get("/en/practices/", asked)) is None


def test_a_practice_whose_fragments_are_kept_is_not_read(django_assert_num_queries, client):
    client.get("/en/practices/the-aarhus-model/")
    with django_assert_num_queries(0):  # besides the generation
        client.get("/en/practices/the-aarhus-model/")
