"""The drawn map of the world: its frame, and its stations, which are links."""

import re

import pytest

from members.geography import equal_earth, place
from members.models import City
from members.world import LAYERS, STATION_PIXELS, drawn_world
from tests.factories import CityFactory

pytestmark = pytest.mark.django_db


def placed(name: str, latitude: float, longitude: float, **fields):
    return CityFactory(name_en=name, name_fr=name, latitude=latitude, longitude=longitude, **fields)


def drawn(client, settings, language: str = "en") -> str:
    settings.ROOT_URLCONF = "tests.map_pages"
    return " ".join(client.get(f"/{language}/test/world/").text.partition("<main")[2].split())


def layers() -> dict[str, list]:
    return {layer.name: layer.stations for layer in drawn_world(City.objects.listed().placed()).layers}


def test_a_city_on_its_own_is_a_link_to_its_page_named_with_its_status(client, settings):
    placed("Alphaford", 45, -73, country="CA")
    placed("Betaford", -4, 39, country="KE", status="applicant")
    page = drawn(client, settings, "fr")
    for layer in ("wide", "narrow"):
        links = page.partition(f'<g class="world-{layer}">')[2].partition("</g>")[0]
        found = re.findall(r'<a href="([^"]+)"[^>]*> <title>([^<]+)</title>', links)
        assert found == [
            ("/fr/villes/alphaford/", "Alphaford, Canada · Membre"),
            ("/fr/villes/betaford/", "Betaford, Kenya · Ville candidate"),
        ]


def test_each_status_has_a_mark_of_its_own_shape(client, settings):
    for number, status in enumerate(("member", "engaged", "applicant")):
        placed(f"Testford {number}", 0, 60 * number, status=status)
    marks = re.findall(r'<(\w+) class="mark (\w+)"', drawn(client, settings))
    assert marks[:3] == [("circle", "member"), ("rect", "engaged"), ("circle", "applicant")]


def test_cities_near_one_another_share_a_station_that_leads_to_those_of_their_countries(client, settings):
    for number, status in enumerate(("member", "member", "engaged")):
        placed(f"Nearford {number}", 50 + number, 5, country=["BE", "BE", "NL"][number], status=status)
    placed("Farford", -30, 150, country="AU")
    page = drawn(client, settings)
    assert "<title>2 members, 1 partner city. See all cities: Belgium, Netherlands</title>" in page
    assert 'href="/en/cities/?country=BE&amp;country=NL"' in page
    assert client.get("/en/cities/?country=BE&country=NL").context["city_count"] == 3
    assert re.findall(r'class="world-arc (\w+)"[^>]+dasharray="([^"]+)" stroke-dashoffset="([^"]+)"', page)[:2] == [
        ("member", "66.7 100", "-0.0"), ("engaged", "33.3 100", "-66.7"),
    ]  # fmt: skip
    assert "<text" in page
    assert ">3</text>" in page
    assert "Voir toutes les villes : Belgique, Pays-Bas" in drawn(client, settings, "fr")


def test_no_station_is_nearer_to_another_than_a_finger_needs_and_every_city_has_one():
    for number in range(40):
        placed(f"Testford {number}", 35 + number % 7 * 3, -8 + number * 1.3)
    world = drawn_world(City.objects.listed().placed())
    assert world.count == 40
    for layer in world.layers:
        spacing = STATION_PIXELS * world.frame.width / LAYERS[layer.name]
        assert sorted(city.id for station in layer.stations for city in station.cities) == sorted(
            City.objects.values_list("pk", flat=True)
        )
        points = [station.point for station in layer.stations]
        for at, (x, y) in enumerate(points):
            assert all(max(abs(x - other), abs(y - below)) >= spacing for other, below in points[at + 1 :])
    assert len(layers()["narrow"]) < len(layers()["wide"])


@pytest.mark.parametrize(
    "places",
    [[(0, 0)], [(-54.8, -68.3), (71, 25)], [(64.8, -147.7), (-36.8, 174.7)], [(78.2, 15.6)], [(0, -180), (0, 180)]],
)
def test_the_frame_shows_every_city_and_nothing_beyond_the_outlines(places):
    for number, (latitude, longitude) in enumerate(places):
        placed(f"Testford {number}", latitude, longitude)
    frame = drawn_world(City.objects.listed().placed()).frame
    assert frame.left >= -271
    assert frame.top >= -131
    assert frame.left + frame.width <= 271
    assert frame.top + frame.height <= 109
    for city in City.objects.all():
        x, y = equal_earth(*place(city))
        assert frame.left <= x <= frame.left + frame.width
        assert frame.top <= y <= frame.top + frame.height


def test_a_map_without_a_city_is_the_whole_world(client, settings):
    assert 'viewBox="-271 -131 542 240"' in drawn(client, settings)


def test_former_members_and_unknown_places_are_not_drawn_and_it_takes_one_query(
    client, settings, django_assert_num_queries
):
    placed("Alphaford", 10, 20, country="CA")
    placed("Leftford", 10, 60, status="former")
    CityFactory(name_en="Nowhereford")
    with django_assert_num_queries(1):
        page = drawn(client, settings, "fr")
    assert "Carte du monde : les villes dont le lieu est connu (1)" in page
    assert page.count("<title>") == 2  # one in each layer
