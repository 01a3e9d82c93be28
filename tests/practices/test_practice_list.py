"""The list of practices: words, filters, an order, in the address; excerpts; where to go when nothing answers."""

import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from practices import vocabulary
from practices.facets import PRACTICE_FACETS
from tests.factories import CityFactory, RegionFactory, RevisionFactory

pytestmark = pytest.mark.django_db

ENGLISH, FRENCH = "/en/practices/", "/fr/pratiques/"


@pytest.fixture(autouse=True)
def _melbourne():
    load_declaration()


def published(title: str, *served: int, **fields) -> None:
    commitments = list(Commitment.objects.of_melbourne().filter(number__in=served or (4,)))
    RevisionFactory(status="published", title_en=title, commitments=commitments, **fields)


@pytest.fixture
def three():
    """Three practices that differ in everything they can be narrowed by."""
    sahel, rhine = RegionFactory(slug="sahel"), RegionFactory(slug="rhine")
    published(
        "Mediation in schools", 1, 4, themes=["education", "youth"], target_groups=["young"], evaluation="external",
        practice__city=CityFactory(country="ML", region=sahel, name_en="Sahelville"),
    )  # fmt: skip
    published(
        "Mediation online", 4, themes=["online"], target_groups=["young", "families"], evaluation="none",
        practice__city=CityFactory(country="DE", region=rhine), title_fr="Médiation en ligne",
    )  # fmt: skip
    published(
        "Training of staff", 7, themes=["training"], target_groups=["frontline"],
        practice__city=CityFactory(country="FR", region=rhine),
    )  # fmt: skip


def titles(page) -> list[str]:
    return [practice.live.title_en for practice in page.context["practices"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Mediation in schools", "Mediation online", "Training of staff"}),
        ({"commitment": "4"}, {"Mediation in schools", "Mediation online"}),
        ({"commitment": ["1", "7"]}, {"Mediation in schools", "Training of staff"}),
        ({"commitment": ["1", "4"]}, {"Mediation in schools", "Mediation online"}),
        ({"theme": "youth"}, {"Mediation in schools"}),
        ({"theme": ["youth", "online"]}, {"Mediation in schools", "Mediation online"}),
        ({"target_group": "families"}, {"Mediation online"}),
        ({"country": "DE"}, {"Mediation online"}),
        ({"region": "rhine"}, {"Mediation online", "Training of staff"}),
        ({"region": "rhine", "commitment": "4"}, {"Mediation online"}),
        ({"evaluation": "external"}, {"Mediation in schools"}),
        ({"evaluation": "not_stated"}, {"Training of staff"}),
        ({"language": "fr"}, {"Mediation online"}),
        ({"language": "en"}, {"Mediation in schools", "Mediation online", "Training of staff"}),
        ({"q": "mediation"}, {"Mediation in schools", "Mediation online"}),
        ({"q": "mediation", "country": "ML"}, {"Mediation in schools"}),
        ({"q": "sahelville"}, {"Mediation in schools"}),
        ({"q": "nothing like it"}, set()),
        ({"theme": "bogus"}, {"Mediation in schools", "Mediation online", "Training of staff"}),
    ],
)
@pytest.mark.parametrize("address", [ENGLISH, FRENCH])
def test_the_list_answers_to_words_and_filters(client, three, address, query, found):
    page = client.get(address, query)
    assert set(titles(page)) == found
    assert len(titles(page)) == len(found)
    assert page.context["page"].paginator.count == len(found)


def test_the_filters_count_what_each_value_would_leave(client, three):
    offered = {facet.name: facet for facet in client.get(ENGLISH, {"region": "rhine"}).context["faceted"].facet_options}
    assert [facet.name for facet in PRACTICE_FACETS] == list(offered)
    counts = {name: {option.value: option.count for option in facet.options} for name, facet in offered.items()}
    assert counts["commitment"] == {"4": 1, "7": 1}
    assert counts["theme"] == {"online": 1, "training": 1}
    assert counts["region"] == {"rhine": 2, "sahel": 1}
    assert counts["evaluation"] == {"none": 1, "not_stated": 1}
    assert counts["language"] == {"en": 2, "fr": 1}


def test_the_filters_are_named_in_the_language_of_the_page(client, three):
    english, french = client.get(ENGLISH).text, client.get(FRENCH).text
    for name in ("Hate and extremism online", "Young people", "Germany", "Evaluated independently", "Not stated"):
        assert name in english
    for name in ("Allemagne", "Non précisée", "Français"):
        assert name in french


def test_the_feed_and_the_downloads_are_of_what_is_shown(client, three):
    page = client.get(ENGLISH, {"q": "mediation", "country": "DE", "page": "1", "bogus": "x"}, follow=True).text
    assert 'href="/en/practices/feed.xml?q=mediation&amp;country=DE"' in page
    feed = client.get("/en/practices/feed.xml", {"q": "mediation", "country": "DE"}).text
    assert "Mediation online" in feed
    assert "Mediation in schools" not in feed


def test_relevance_is_offered_where_there_are_words(client, three):
    assert [value for value, _label, _chosen in client.get(ENGLISH).context["search"].sorts] == [""]
    asked = client.get(ENGLISH, {"q": "mediation"}).context["search"]
    assert [(value, chosen) for value, _label, chosen in asked.sorts] == [("", True), ("newest", False)]
    page = client.get(ENGLISH, {"q": "mediation", "sort": "newest"})
    assert page.context["faceted"].query == "q=mediation&sort=newest"


def test_words_found_are_marked_and_others_escaped(client):
    published("A title", summary_en="Before <script>alert(1)</script> there was **mediation** at work.")
    page = client.get(ENGLISH, {"q": "mediation"}).text
    assert "<mark>mediation</mark> at work" in page
    assert "<script>alert" not in page
    assert "**" not in page


def test_nothing_found_leads_on(client, three):
    vocabulary.refresh()
    page = client.get(ENGLISH, {"q": "mediatoin"}).text
    assert "No practice has “mediatoin”. These have “mediation”." in " ".join(page.split())
    page = re.sub(r"[ \n]+", " ", client.get(FRENCH, {"q": "sahelville mediatoin"}).text)
    meant = 'Vouliez-vous dire <a href="?q=sahelville+m%C3%A9diation">sahelville médiation</a>\u202f?'
    assert meant in page
    assert "Did you mean" not in client.get(ENGLISH, {"q": "zzzzzz"}).text
    assert "No practices match." in client.get(ENGLISH, {"q": "zzzzzz"}).text


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ({}, 3),
        ({"theme": "youth", "commitment": "4"}, 3),
        ({"q": "mediation"}, 7),
        ({"q": "mediation", "theme": "youth", "country": "CA"}, 8),
        ({"q": "mediatoin"}, 6),
        ({"q": "Sahelville mediation -police"}, 7),
    ],
)
def test_the_list_takes_the_same_queries_however_many_it_shows(client, django_assert_num_queries, rows, query, queries):
    for number in range(rows):
        city = CityFactory(name_en=f"Sahelville {number}")
        published(f"Mediation {number}", 3, 4, themes=["youth"], practice__city=city)
    client.get(ENGLISH)
    with django_assert_num_queries(queries):
        page = client.get(ENGLISH, query)
    assert len(titles(page)) in (0, min(rows, 3))
