"""A source that is no address is words in the reader's language, on the page, in the API and in files."""

import csv
import json
from io import StringIO

import pytest
from django.conf import settings
from django.urls import reverse

from members.city_csv import export_cities, import_cities
from members.models import City
from members.sources import is_address, source_in
from tests.factories import CityFactory

pytestmark = pytest.mark.django_db

FILE = settings.BASE_DIR / "members" / "data" / "cities.csv"
ENGLISH = "press report quoting the network directory (address not kept)"
FRENCH = "article de presse citant l’annuaire du réseau (adresse non conservée)"


@pytest.fixture
def city():
    return CityFactory(name_en="Testford", name_fr="Testford", source=ENGLISH)


@pytest.mark.parametrize(
    ("address", "words", "other"),
    [("/en/cities/testford/", ENGLISH, FRENCH), ("/fr/villes/testford/", FRENCH, ENGLISH)],
)
def test_the_page_has_the_words_of_its_language(client, city, address, words, other):
    page = client.get(address).text
    assert (words in page, other in page) == (True, False)


def test_the_api_has_both(client, city):
    answer = client.get("/api/v1/cities/testford").json()
    assert answer["source"] == ENGLISH
    assert (answer["source_in_words"]["en"], answer["source_in_words"]["fr"]) == (ENGLISH, FRENCH)
    City.objects.update(source="https://example.org/")
    assert client.get("/api/v1/cities/testford").json()["source_in_words"] is None


def test_files_have_the_words_in_both_languages(client, city):
    address = reverse("download", args=["cities", "json"])
    rows = json.loads(b"".join(client.get(address).streaming_content))["rows"]
    assert (rows[0]["source_en"], rows[0]["source_fr"]) == (ENGLISH, FRENCH)


def test_all_words_of_the_shipped_file_are_translated():
    sources = {row["source"] for row in csv.DictReader(StringIO(FILE.read_text()))}
    words = {source for source in sources if not is_address(source)}
    assert len(words) == 3
    for source in words:
        assert source_in("en", source) == source
        assert source_in("fr", source) not in ("", source)


@pytest.mark.slow
def test_import_and_export_keep_the_bytes_of_the_shipped_file():
    import_cities(FILE.read_bytes())
    written = StringIO()
    export_cities(City.objects.all(), written)
    assert written.getvalue() == FILE.read_text()
