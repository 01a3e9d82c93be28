"""Finding a city, and what its page tells."""

import pytest

from members.city_csv import import_cities
from members.models import City
from tests.factories import CityFactory
from tests.members.test_city_csv import REAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


def found(client, address: str = "/en/cities/", **asked) -> list[str]:
    """The cities on the page that answers, by their English names, in the order of names."""
    response = client.get(address, {"sort": "name"} | asked)
    assert response.status_code == 200
    return [city.name_en for city in response.context["page"]]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("malmo", ["Malmö"]), ("MALMÖ", ["Malmö"]), ("alm", ["Malmö"]), ("londres", ["London"]), ("london", ["London"]),
        ("  London ", ["London"]), ("montréal", ["Montréal"]), ("montreal", ["Montréal"]), ("nowhere", []),
        ("%", []), ("_", []), ("'", []), ("", ["London", "Malmö", "Montréal"]),
    ],
)  # fmt: skip
def test_a_city_is_found_by_part_of_its_french_or_english_name_without_its_accents(client, words, names):
    CityFactory(name_en="London", name_fr="Londres", country="GB")
    CityFactory(name_en="Malmö", name_fr="Malmö", country="SE")
    CityFactory(name_en="Montréal", name_fr="Montréal", country="CA")
    assert found(client, q=words) == names
    assert found(client, "/fr/villes/", q=words) == names


def test_the_real_cities_are_found(client):
    import_cities(REAL.read_bytes())
    assert found(client, q="malmo") == ["Malmö"]
    assert found(client, q="londres") == found(client, q="london")
    assert "London" in " ".join(found(client, q="londres"))


def test_the_list_is_in_the_alphabetical_order_of_its_language(client):
    CityFactory(name_en="Zedford", name_fr="Abeville")
    CityFactory(name_en="Écoford", name_fr="Écoville")
    CityFactory(name_en="Fordford", name_fr="Fordville")
    assert found(client) == ["Écoford", "Fordford", "Zedford"]
    assert found(client, "/fr/villes/") == ["Zedford", "Écoford", "Fordford"]


def test_a_former_member_is_not_in_the_list_nor_counted_and_its_page_stays(client):
    CityFactory(name_en="Leftford", status="former", country="KE")
    CityFactory(name_en="Stayford")
    assert found(client) == ["Stayford"]
    assert found(client, q="leftford") == []
    home = client.get("/en/")
    cities = home.context["network"].cities
    assert (cities["count"], cities["country_count"]) == (1, 1)
    page = client.get("/en/cities/leftford/")
    assert page.status_code == 200
    assert "Former member" in page.text


def test_every_city_is_on_one_page_of_the_list(client):
    CityFactory.create_batch(40)
    first, second = found(client), found(client, page="2")
    assert (len(first), len(second)) == (36, 4)
    assert {*first, *second} == set(City.objects.values_list("name_en", flat=True))


def test_what_is_not_known_of_a_city_is_left_out(client):
    city = CityFactory(name_en="Testford", source="Said at a meeting")
    page = client.get(city.get_absolute_url()).text
    assert "None" not in page
    assert "Said at a meeting" in page


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 }}", "Ŧøẅñ", "Town & Country"])
def test_a_strange_name_is_shown_as_it_is_and_runs_nothing(client, name):
    city = CityFactory(name_en=name, name_fr=name)
    for address in (city.get_absolute_url(), "/en/cities/"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
        assert "{{" not in page or name == "{{ 7 }}"


def test_a_city_has_one_address_and_its_names_lead_there(client, django_assert_num_queries):
    CityFactory(slug="the-hague", name_en="The Hague", name_fr="La Haye")
    CityFactory(slug="victoria", name_en="Victoria", name_fr="Victoria", country="CA")
    CityFactory(slug="victoria-sc", name_en="Victoria", name_fr="Victoria", country="SC")
    CityFactory(slug="tripoli", name_en="Tripoli", name_fr="Tripoli", country="LB")
    CityFactory(slug="tripoli-ly", name_en="Tripoli", name_fr="Tripoli en Libye", country="LY")
    for asked, address in (
        ("/fr/villes/la-haye/", "/fr/villes/the-hague/"), ("/en/cities/The-Hague/", "/en/cities/the-hague/"),
        ("/en/cities/La-Haye/", "/en/cities/the-hague/"), ("/fr/villes/VICTORIA-SC/", "/fr/villes/victoria-sc/"),
        ("/fr/villes/tripoli-en-libye/", "/fr/villes/tripoli-ly/"), ("/en/cities/Victoria/", "/en/cities/victoria/"),
    ):  # fmt: skip
        with django_assert_num_queries(2):
            response = client.get(asked)
        assert (response.status_code, response.url) == (301, address)
    assert client.get("/en/cities/victoria/").status_code == 200
    City.objects.filter(slug="victoria").update(slug="victoria-ca")
    for asked in ("victoria", "Victoria", "hague", "la_haye"):
        assert client.get(f"/en/cities/{asked}/").status_code == 404, asked
