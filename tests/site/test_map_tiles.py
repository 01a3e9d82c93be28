"""The map of more cities than one answer holds: tiles, of a bounded size, of all cities and of those of a list."""

import json

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from scn_portal.site.cities.tiles import CELLS
from scn_portal.site.models import CityRecord
from tests.factories import CityFactory, PledgeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

MAP = "/en/cities/map.json"


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch):
    monkeypatch.setattr("scn_portal.site.cities.map.ALL_AT_ONCE", 2)


@pytest.fixture
def world() -> None:
    """Six cities: three near one another with a pledge in one, two at one place, one far away; one without a place."""
    load_declaration()
    places = [(48.1, 2.1), (48.2, 2.2), (48.3, 2.3), (-33.9, 18.4), (-33.9, 18.4), (64.8, -147.7)]
    for number, (latitude, longitude) in enumerate(places):
        country = ("FR", "FR", "FR", "ZA", "ZA", "US")[number]
        city = CityFactory(name_en=f"Testford {number}", latitude=latitude, longitude=longitude, country=country)
        if number == 0:
            PledgeFactory(city=city, commitment=Commitment.objects.of_melbourne().get(number=4))
    CityFactory(name_en="Nowhereford")


def told(answer) -> tuple[list[str], list[tuple[int, int]]]:
    """The names of the cities told one by one, and the clusters as (cities, active)."""
    features = [feature["properties"] for feature in answer.json()["features"]]
    return (
        sorted(each["name"] for each in features if "name" in each),
        sorted((each["cities"], each["active"]) for each in features if "cities" in each),
    )


def test_more_cities_than_one_answer_holds_come_by_tiles(client, world):
    answer = client.get(MAP).json()
    assert answer["features"] == []
    assert answer["bbox"] == [-147.7, -33.9, 18.4, 64.8]
    assert answer["tiles"] == "/en/cities/map.json?z={z}&x={x}&y={y}"
    assert [country["name"] for country in answer["countries"]] == ["France", "South Africa", "United States"]
    assert answer["note"] == "1 city is not shown because we do not know its coordinates."
    assert told(client.get(f"{MAP}?z=0&x=0&y=0")) == (["Testford 5"], [(2, 0), (3, 1)])


def test_a_cluster_stands_in_the_middle_of_its_cities_and_says_how_far_they_reach(client, world):
    features = client.get(f"{MAP}?z=0&x=0&y=0").json()["features"]
    (cluster,) = [feature for feature in features if feature["properties"].get("active")]
    assert cluster["geometry"]["coordinates"] == [2.2, 48.2]
    assert cluster["bbox"] == [2.1, 48.1, 2.3, 48.3]


@pytest.mark.parametrize("zoom", range(8))
def test_at_each_zoom_all_tiles_together_have_every_city_once(client, world, zoom):
    grid = 2 ** (16 - zoom)
    places = CityRecord.objects.filter(map_x__isnull=False).values_list("map_x", "map_y")
    found = [told(client.get(f"{MAP}?z={zoom}&x={x}&y={y}")) for x, y in {(x // grid, y // grid) for x, y in places}]
    assert sum(len(names) + sum(cities for cities, _active in clusters) for names, clusters in found) == 6
    assert zoom < 7 or not any(clusters for _names, clusters in found), "at the last zoom each is told for itself"


def test_the_filters_of_the_list_narrow_the_tiles(client, world):
    answer = client.get(f"{MAP}?country=FR&q=ford").json()
    assert answer["tiles"] == "/en/cities/map.json?q=ford&country=FR&z={z}&x={x}&y={y}"
    assert told(client.get(answer["tiles"].format(z=0, x=0, y=0))) == ([], [(3, 1)])
    assert told(client.get(f"{MAP}?country=FR&commitment=4&z=0&x=0&y=0")) == (["Testford 0"], [])
    assert client.get(f"{MAP}?commitment=4").json()["features"][0]["properties"]["name"] == "Testford 0"


@pytest.mark.parametrize("asked", ["z=8&x=0&y=0", "z=1&x=2&y=0", "z=1&x=0&y=-1", "z=1", "z=a&x=0&y=0", "z=0&x=0&y=%00"])
def test_there_is_no_tile_beyond_the_grid(client, world, asked):
    assert client.get(f"{MAP}?{asked}").status_code == 404


def test_a_tile_takes_two_queries_and_has_a_bounded_number_of_features(client, world, django_assert_num_queries):
    with django_assert_num_queries(2):
        answer = client.get(f"{MAP}?z=0&x=0&y=0")
    city = next(feature for feature in answer.json()["features"] if "name" in feature["properties"])
    # A view of 900 by 450 pixels shows parts of twelve tiles at most, and of those a quarter is in it.
    assert len(json.dumps(city)) * CELLS**2 * 3 < 100_000


def test_a_place_beyond_the_edge_of_the_map_is_at_its_edge(client):
    for latitude, longitude in ((90, 180), (-90, -180), (89, 10)):
        CityFactory(latitude=latitude, longitude=longitude)
    assert sum(cities for cities, _active in told(client.get(f"{MAP}?z=0&x=0&y=0"))[1]) == 0
    assert len(told(client.get(f"{MAP}?z=0&x=0&y=0"))[0]) == 3
