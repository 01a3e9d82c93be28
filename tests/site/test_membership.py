"""Members, partner cities and applicants: which is which is said wherever a city is shown, and counted apart."""

import pytest

from commitments.loading import load_declaration
from members.models import City
from tests.factories import CityFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

LABELS = {
    "en": {
        "member": "Member",
        "engaged": "Partner city (not a member)",
        "applicant": "Applicant",
        "former": "Former member",
    },
    "fr": {
        "member": "Membre",
        "engaged": "Ville partenaire (non membre)",
        "applicant": "Ville candidate",
        "former": "Ancien membre",
    },
}
STATUSES = pytest.mark.parametrize("status", ["member", "engaged", "applicant"])


@pytest.fixture(autouse=True)
def melbourne():
    load_declaration()


@pytest.fixture
def network():
    for status, count in {"member": 3, "engaged": 2, "applicant": 1, "former": 1}.items():
        CityFactory.create_batch(count, status=status)


@STATUSES
@pytest.mark.parametrize("language", LABELS)
def test_each_page_that_shows_a_city_says_what_it_is(client, status, language):
    CityFactory(status=status, name_en="Testford", name_fr="Testford", latitude=1.0, longitude=2.0)
    paths = {
        "en": ["cities/", "cities/testford/", "matrix/", "search/?q=testford"],
        "fr": ["villes/", "villes/testford/", "tableau/", "recherche/?q=testford"],
    }
    for path in paths[language]:
        assert LABELS[language][status] in client.get(f"/{language}/{path}").text, path
    map_address = {"en": "/en/cities/map.json", "fr": "/fr/villes/carte.json"}[language]
    data = client.get(map_address).json()["features"][0]["properties"]
    assert (data["status"], data["membership"]) == (status, LABELS[language][status])


def test_the_labels_of_a_former_member(client):
    city = CityFactory(status="former")
    assert "Former member" in client.get(f"/en/cities/{city.slug}/").text
    assert "Ancien membre" in client.get(f"/fr/villes/{city.slug}/").text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/", "3 members, 2 partner cities, 1 applicant"),
        ("/fr/", "3 membres, 2 villes partenaires, 1 ville candidate"),
        ("/en/cities/", "3 members, 2 partner cities, 1 applicant"),
        ("/fr/villes/", "3 membres, 2 villes partenaires, 1 ville candidate"),
        ("/en/cities/?status=engaged", "2 partner cities"),
        ("/en/cities/?status=engaged&status=applicant", "2 partner cities, 1 applicant"),
    ],
)
def test_counts_keep_members_and_others_apart(client, network, address, words):
    page = client.get(address).text
    assert words in page
    assert ("3 members" in page) == ("3 members" in words)


def test_the_status_is_a_facet_of_the_list(client, network):
    page = client.get("/en/cities/", {"status": "applicant", "sort": "name"})
    assert [city.status for city in page.context["cities"]] == ["applicant"]
    assert [row["status"]["key"] for row in client.get("/api/v1/cities?status=engaged").json()["results"]] == [
        "engaged",
        "engaged",
    ]


def test_no_facet_lists_those_that_have_left(client, network):
    assert client.get("/api/v1/cities?status=former").status_code == 422


@pytest.mark.parametrize("status", City.Status.values)
@pytest.mark.parametrize(("badge", "page"), [("en/cities", "en/cities"), ("fr/villes", "fr/villes")])
def test_only_a_member_has_a_badge(client, status, badge, page):
    city = CityFactory(status=status)
    address = f"/{badge}/{city.slug}/badge.svg"
    assert client.get(address).status_code == (200 if status == "member" else 404)
    assert (address in client.get(f"/{page}/{city.slug}/").text) == (status == "member")


@pytest.mark.parametrize("address", ["/en/", "/en/cities/"])
def test_the_list_says_that_it_is_partial_from_what_and_when(client, network, address):
    page = " ".join(client.get(address).text.split())
    assert "This list is partial: compiled in November 2026 from pages of the network and of cities" in page
