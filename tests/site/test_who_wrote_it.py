"""Who wrote a practice, its city or the portal's team, is said wherever it is shown."""

import json
import re

import pytest

from commitments.loading import load_declaration
from tests.factories import PledgeFactory, RevisionFactory, UserFactory

pytestmark = pytest.mark.django_db

SAID = {
    "compiled": "Compiled by the portal’s team from public sources; not yet confirmed by Testford",
    "city": "Written by Testford",
}


@pytest.fixture(autouse=True)
def melbourne():
    load_declaration()


ORIGINS = pytest.mark.parametrize("origin", SAID)


@pytest.fixture
def revision(origin):
    author = UserFactory() if origin == "city" else None
    names = {"practice__slug": "help", "practice__city__name_en": "Testford", "practice__city__slug": "testford"}
    return RevisionFactory(status="published", author=author, title_en="Help", **names)


@ORIGINS
@pytest.mark.parametrize(
    "address",
    [
        "practices/help/",
        "practices/",
        "cities/testford/",
        "commitments/1/",
        "",
        "search/?q=help",
    ],
)
def test_a_page_or_card_of_a_practice_says_who_wrote_it(client, revision, origin, address):
    page = client.get(f"/en/{address}").text
    assert [words in page for words in SAID.values()] == [key == origin for key in SAID]


@ORIGINS
def test_the_citation_names_the_one_who_wrote_it(client, revision, origin):
    citation = re.search(r'<p class="citation">(.*?)</p>', client.get("/en/practices/help/").text, re.S)[1].split()
    assert citation[0] == {"compiled": "Strong", "city": "Testford"}[origin]
    assert ("not yet confirmed by Testford" in " ".join(citation)) == (origin == "compiled")


@ORIGINS
def test_api_and_files_have_the_origin(client, revision, origin):
    for answer in (client.get("/api/v1/practices").json()["results"][0], client.get("/api/v1/practices/help").json()):
        assert answer["origin"]["key"] == origin
        assert answer["origin"]["fr"]
    rows = json.loads(b"".join(client.get("/en/data/practices.json").streaming_content))["rows"]
    assert rows[0]["origin"] == origin


@ORIGINS
def test_the_author_in_json_ld_and_in_the_feed_is_the_one_who_wrote_it(client, revision, origin):
    author = {"compiled": "Strong Cities Network portal team", "city": "Testford"}[origin]
    page = client.get("/en/practices/help/").text
    article = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[0])
    assert (article["author"]["name"], article["creator"]["name"]) == (author, author)
    assert article["creditText"] == SAID[origin]
    entry = client.get("/en/practices/feed.xml").text.partition("<entry")[2]
    assert f"<author><name>{author}</name>" in entry
    assert SAID[origin] in entry


@pytest.mark.parametrize(("recorded", "author"), [(False, "Strong Cities Network portal team"), (True, "Testford")])
def test_the_author_of_a_pledge_in_a_feed_is_the_city_that_recorded_it(client, recorded, author):
    pledge = PledgeFactory(created_by=UserFactory() if recorded else None, city__name_en="Testford")
    feed = client.get(f"/en/cities/{pledge.city.slug}/feed.xml").text
    assert f"<author><name>{author}</name>" in feed.partition("<entry")[2]


def test_the_list_does_not_claim_that_cities_wrote_all_practices(client):
    assert "Each practice was written by its city" not in client.get("/en/practices/").text
    assert "Chaque pratique a été écrite par sa ville" not in client.get("/fr/pratiques/").text
