"""The pages of countries and regions."""

import json
import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from tests.factories import CityFactory, PledgeFactory, RegionFactory, RevisionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


@pytest.fixture
def network():
    """Three cities of two countries in one region, one of another, and one that has left."""
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    north = RegionFactory(slug="north")
    first = CityFactory(name_en="Alphaford", region=north, country="KE")
    second = CityFactory(name_en="Betaford", region=north, country="KE", status="engaged")
    CityFactory(name_en="Gammaford", region=north, country="EG")
    CityFactory(name_en="Deltaford", region=RegionFactory(slug="south"), country="CA")
    gone = CityFactory(name_en="Goneford", region=RegionFactory(slug="west"), country="FR", status="former")
    for status in ("done", "done", "under_way"):
        PledgeFactory(city=first, commitment=fourth, status=status)
    PledgeFactory(city=gone, commitment=fourth)
    RevisionFactory(practice__city=second, practice__slug="shown", status="published", title_en="Shown words")
    RevisionFactory(practice__city=second, status="submitted", title_en="Secret words")


def words_of(text: str) -> str:
    """The words of the content of a page, without its tags."""
    main = text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("\u00a0", " ")


def cities_of(client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return [city.name_en for city in response.context["cities"]]


def test_a_country_shows_its_cities_pledges_and_practices(client, network):
    assert cities_of(client, "/en/countries/ke/") == ["Alphaford", "Betaford"]
    page = client.get("/en/countries/ke/").text
    words = words_of(page)
    assert "2 cities 1 practice" in words
    assert "Cities by status: Member (1), Partner city (not a member) (1)" in words.replace(" ,", ",")
    assert "Under way 1 Done 2" in words
    assert 'href="/en/pledges/?status=done&amp;country=KE"' in page
    assert 'href="/en/regions/north/"' in page
    assert "Shown words" in page
    assert "Secret words" not in page


def test_a_region_shows_its_countries_by_the_names_of_the_language(client, network):
    assert cities_of(client, "/en/regions/north/") == ["Alphaford", "Betaford", "Gammaford"]
    assert client.get("/en/regions/north/").context["countries"] == [("eg", "Egypt", 1), ("ke", "Kenya", 2)]
    assert client.get("/fr/regions/north/").context["countries"] == [("eg", "Égypte", 1), ("ke", "Kenya", 2)]


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/en/countries/eg/", "Egypt"),
        ("/fr/pays/eg/", "Égypte"),
        ("/en/regions/north/", "North"),
        ("/fr/regions/north/", "Région north"),
    ],
)
def test_the_name_follows_the_language(client, network, address, heading):
    page = client.get(address).text
    assert f"<h1>{heading}</h1>" in page
    assert f'<meta property="og:title" content="{heading}">' in page
    about, way = (
        json.loads(block)
        for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    )
    assert about["name"] == way["itemListElement"][-1]["name"] == heading


@pytest.mark.parametrize(
    "address",
    ["/en/countries/fr/", "/en/countries/de/", "/en/countries/zz/", "/en/countries/kenya/", "/en/regions/west/",
     "/en/regions/nowhere/", "/fr/pays/fr/"],
)  # fmt: skip
def test_a_place_without_a_listed_city_is_not_found(client, network, address):
    assert client.get(address).status_code == 404


def test_a_code_in_capitals_leads_to_the_address(client, network):
    response = client.get("/fr/pays/KE/")
    assert (response.status_code, response.url) == (301, "/fr/pays/ke/")


def test_the_page_of_a_city_leads_to_its_country_and_region_unless_it_has_left(client, network):
    page = client.get("/en/cities/alphaford/").text
    assert 'href="/en/regions/north/">North</a>' in page
    assert 'href="/en/countries/ke/">Kenya</a>' in page
    assert "/en/countries/" not in client.get("/en/cities/goneford/").text


def test_the_site_map_names_them(client, network):
    countries = re.findall(r"<loc>[^<]*/en/countries/(..)/</loc>", client.get("/sitemap-countries-1.xml").text)
    regions = re.findall(r"<loc>[^<]*/fr/regions/(\w+)/</loc>", client.get("/sitemap-regions-1.xml").text)
    assert (countries, regions) == (["ca", "eg", "ke"], ["north", "south"])


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("address", "queries"),
    [("/en/countries/ke/", 8), ("/fr/pays/ke/", 8), ("/en/regions/north/", 9), ("/fr/regions/north/", 9)],
)
def test_a_place_takes_the_same_queries_for_one_city_as_for_three(
    client, django_assert_num_queries, count, address, queries
):
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}", region=RegionFactory(slug="north"), country="KE")
        PledgeFactory(city=city, commitment=fourth)
        RevisionFactory(practice__city=city, status="published", commitments=[fourth])
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200


def test_many_cities_take_pages_and_many_practices_a_link_to_all(client):
    load_declaration()
    cities = CityFactory.create_batch(51, country="KE")
    for _number in range(7):
        RevisionFactory(practice__city=cities[0], status="published")
    assert len(cities_of(client, "/en/countries/ke/")) == 50
    assert len(cities_of(client, "/en/countries/ke/?page=2")) == 1
    page = client.get("/en/countries/ke/").text
    assert 'href="/en/practices/?country=KE">See all practices (7)</a>' in page
    assert "No pledge is recorded yet." in page


def test_it_takes_a_get_alone(client, network):
    assert client.post("/en/countries/ke/").status_code == 405
    assert client.post("/en/regions/north/").status_code == 405
