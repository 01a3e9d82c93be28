"""The cities as GeoJSON, and who is near whom."""

import pytest
from django_countries import countries

from commitments.loading import load_declaration
from commitments.models import Commitment
from members.geography import country_point, equal_earth, neighbours
from scn_portal.base.http.caching import PUBLIC
from tests.factories import CityFactory, PledgeFactory, RegionFactory, RevisionFactory, commit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

ENGLISH, FRENCH = "/en/cities/map.json", "/fr/villes/carte.json"


def placed(name: str, latitude: float = 10.0, longitude: float = 20.0, **fields):
    return CityFactory(name_en=name, latitude=latitude, longitude=longitude, **fields)


def names(client, address: str = ENGLISH, **asked) -> list[str]:
    response = client.get(address, asked)
    assert response.status_code == 200
    return [feature["properties"]["name"] for feature in response.json()["features"]]


def test_a_city_is_a_point_with_its_stops_and_longitude_comes_first(client):
    load_declaration()
    fourth, fifth = (Commitment.objects.of_melbourne().get(number=number) for number in (4, 5))
    city = placed("Testford", 45.508839, -73.587807, name_fr="Testville-en-bas", country="CM")
    PledgeFactory(city=city, commitment=fourth)
    RevisionFactory(practice__city=city, status="published", commitments=[fifth])
    RevisionFactory(practice__city=city, status="draft", commitments=[fourth])
    response = client.get(FRENCH)
    assert response["Content-Type"] == "application/geo+json"
    (feature,) = response.json()["features"]
    properties = feature["properties"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [-73.5878, 45.5088]}
    assert (properties["name"], properties["country"]) == ("Testville-en-bas", "Cameroun")
    assert (properties["url"], properties["pledged"], properties["practised"]) == ("/fr/villes/testford/", [4], [5])
    assert client.get(ENGLISH).json()["features"][0]["properties"]["stops"] == "pledges under 4; practices under 5"


def test_a_city_says_how_much_is_recorded_of_it_in_numbers_and_in_words(client):
    load_declaration()
    fourth, fifth = (Commitment.objects.of_melbourne().get(number=number) for number in (4, 5))
    both, one, _none = placed("Bothford"), placed("Oneford"), placed("Quietford")
    PledgeFactory.create_batch(2, city=both, commitment=fourth)
    PledgeFactory(city=both, commitment=fourth, announced_on="2015")  # an action older than the Declaration is none
    RevisionFactory(practice__city=both, status="published", commitments=[fourth, fifth])
    RevisionFactory(practice__city=one, status="published", commitments=[])
    RevisionFactory(practice__city=one, status="draft")
    found = [feature["properties"] for feature in client.get(ENGLISH).json()["features"]]
    assert [(city["name"], city["pledges"], city["practices"], city["recorded"]) for city in found] == [
        ("Bothford", 2, 1, "2 pledges · 1 practice"), ("Oneford", 0, 1, "1 practice"),
        ("Quietford", 0, 0, "No pledge and no practice yet"),
    ]  # fmt: skip
    assert (
        client.get(FRENCH).json()["features"][2]["properties"]["recorded"] == "Ni promesse ni pratique pour l’instant"
    )


def test_the_countries_with_cities_have_names_and_places_the_one_with_most_cities_first(client):
    for number, country in enumerate(("KE", "DE", "DE", "XK")):
        placed(f"Testford {number}", country=country)
    CityFactory(name_en="Nowhereford", country="FR")
    named = client.get(FRENCH).json()["countries"]
    assert [country["name"] for country in named] == ["Allemagne", "Kenya", "Kosovo"]
    longitude, latitude = named[1]["at"]
    assert 34 < longitude < 42
    assert -5 < latitude < 5
    assert named[1]["room"] > named[2]["room"]


def test_every_country_that_a_city_may_be_in_and_the_outlines_show_has_a_place():
    without = [code for code, _name in countries if not country_point(code)]
    assert len(without) < 20
    assert {"FR", "KE", "US", "XK", "JO"}.isdisjoint(without)


def test_a_former_member_and_a_city_of_unknown_place_are_not_on_the_map_and_the_latter_is_in_the_note(client):
    placed("Stayford")
    placed("Leftford", status="former")
    CityFactory(name_en="Nowhereford")
    CityFactory(name_en="Goneford", status="former")
    response = client.get(ENGLISH)
    assert [feature["properties"]["name"] for feature in response.json()["features"]] == ["Stayford"]
    assert response.json()["note"] == "1 city is not shown because we do not know its coordinates."
    assert "Leftford" not in response.text
    CityFactory(name_en="Elsewhereford")
    assert client.get(FRENCH).json()["note"].startswith("2 villes ne sont pas sur la carte")


def test_the_map_is_narrowed_as_the_list_is(client):
    placed("Alphaford", region=RegionFactory(slug="north"), country="CA")
    placed("Betaford", region=RegionFactory(slug="south"), country="KE")
    assert names(client) == ["Alphaford", "Betaford"]
    assert names(client, region="south") == ["Betaford"]
    assert names(client, country="CA", page="7") == ["Alphaford"]
    assert names(client, q="betaford") == ["Betaford"]
    assert names(client, region="south", country="CA") == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_map_takes_the_same_queries_however_many_cities(client, django_assert_num_queries, count):
    load_declaration()
    for number in range(count):
        city = placed(f"Testford {number}", latitude=number)
        PledgeFactory(city=city, commitment=Commitment.objects.of_melbourne().first())
        RevisionFactory(practice__city=city, status="published")
    for address, queries in ((ENGLISH, 1), (FRENCH, 1), (f"{ENGLISH}?near=testford-0", 2)):
        with django_assert_num_queries(queries):
            assert len(client.get(address).json()["features"]) == count


def test_any_cache_may_keep_it_and_asks_whether_it_changed(client):
    placed("Testford")
    commit()
    first = client.get(ENGLISH)
    assert first["Cache-Control"] == PUBLIC
    assert "cookie" not in first.get("Vary", "").lower()
    assert not first.cookies
    assert client.get(ENGLISH, headers={"if-none-match": first["ETag"]}).status_code == 304
    placed("Newford")
    commit()
    assert client.get(ENGLISH, headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("name", ["q", "region", "country", "commitment", "page", "unknown"])
def test_no_value_makes_the_map_fail(client, name):
    placed("Testford")
    for value in ("", "-1", "9" * 400, "\0", "x" * 10_000, "' OR 1=1 --", "<script>", "\u202e", "[", "é" * 5000):
        assert client.get(ENGLISH, {name: value}, follow=True).status_code == 200, value
    assert client.get(f"{ENGLISH}?{name}=%FF%FE", follow=True).status_code == 200
    assert client.post(ENGLISH).status_code == 405


@pytest.mark.parametrize("slug", ["nowhere", "leftford", "\0", "a\0b", "x" * 10_000, "' OR 1=1 --", "<b>"])
def test_near_a_city_that_is_not_listed_there_is_nothing(client, slug):
    placed("Leftford", status="former")
    assert client.get(ENGLISH, {"near": slug}).status_code == 404


def test_near_a_city_are_itself_and_its_nearest_neighbours(client):
    here = placed("Hereford", 0, 179)
    placed("Datelineford", 0, -179)
    for degrees in range(10, 80, 10):
        placed(f"Farford {degrees}", degrees, 179)
    placed("Leftford", 0, 179.5, status="former")
    CityFactory(name_en="Nowhereford")
    expected = ["Datelineford", *(f"Farford {degrees}" for degrees in range(10, 60, 10))]
    assert [city.name_en for city in neighbours(here)] == expected
    assert [round(city.distance) for city in neighbours(here, limit=2)] == [222, 1112]
    assert names(client, near="hereford") == ["Hereford", *expected]
    assert list(neighbours(CityFactory(name_en="Lostford"))) == []


@pytest.mark.parametrize(
    ("longitude", "latitude", "x", "y"),
    [(0, 0, 0, 0), (180, 0, 270.66, 0), (-180, 0, -270.66, 0), (0, 90, 0, -131.73), (0, -90, 0, 131.73)],
)
def test_equal_earth_has_the_size_that_its_authors_give(longitude, latitude, x, y):
    assert equal_earth(longitude, latitude) == pytest.approx((x, y), abs=0.01)


@pytest.mark.parametrize(("fields", "shown"), [({}, True), ({"status": "former"}, False), ({"latitude": None}, False)])
def test_a_city_that_is_not_on_the_map_has_no_map(client, settings, fields, shown):
    settings.ROOT_URLCONF = "tests.map_pages"
    if "latitude" in fields:
        CityFactory(name_en="Testford")
    else:
        placed("Testford", **fields)
    assert ("data-cities=" in client.get("/en/test/map/testford/").text) is shown


def test_the_question_of_the_list_goes_on_to_the_map_unharmed(client, settings):
    settings.ROOT_URLCONF = "tests.map_pages"
    page = client.get("/en/test/map/", {"q": '"><script>alert(1)</script>', "region": "europe"}).text
    assert "<script>alert" not in page
    assert 'data-cities="/en/cities/map.json?q=%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E&amp;region=europe"' in page
