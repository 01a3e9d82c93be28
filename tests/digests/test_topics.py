"""What can be followed: what is understood, what is left out, how it is named."""

import pytest

from digests import topics
from tests.factories import CityFactory, RegionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _places(db):
    africa = RegionFactory(slug="africa", name_en="Africa", name_fr="Afrique")
    CityFactory(slug="mombasa", name_en="Mombasa", name_fr="Mombasa", region=africa)
    CityFactory(slug="gone", status="former", region=africa)


def test_they_are_kept_once_each_in_one_order():
    asked = ["region:africa", f"theme:{topics.Theme.values[0]}", "city:mombasa", "region:africa"]
    kept = topics.known_topics(asked)
    assert kept == topics.known_topics(reversed(asked))
    assert [key.partition(":")[0] for key in kept] == ["city", "theme", "region"]


@pytest.mark.parametrize(
    "senseless",
    [
        "", ":", "city", "city:", "city:nowhere", "city:gone", "CITY:mombasa", "region:mars", "commitment:8",
        "commitment:²", "theme:unknown", "search:", "search:sort=newest", "search:theme=unknown", "user:1",
        "city:mom\x00basa", "\x00", "search:q=a%00b", "search:" + "q=a" * 200, "search:%", "é" * 600,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_left_out(senseless):
    kept = topics.known_topics([senseless, "city:mombasa"])
    assert kept[0] == "city:mombasa"
    assert all(topics.name_topics(kept, "en"))
    assert senseless not in kept


def test_a_search_is_kept_as_the_list_of_practices_understood_it():
    assert topics.known_topics(["search:unknown=1&q=school&sort=newest"]) == ["search:q=school"]
    (search,) = topics.name_topics(["search:q=school"], "en")
    assert search.label == "Practices: “school”"
    assert search.link == "/en/practices/?q=school"


def test_no_reader_follows_more_than_some():
    asked = [f"city:{CityFactory().slug}" for _number in range(topics.MAX_TOPICS + 10)]
    assert len(topics.known_topics(asked)) == topics.MAX_TOPICS


def test_everything_and_a_topic_is_everything():
    assert topics.merge_topics([], ["city:mombasa"]) == []
    assert topics.merge_topics(["region:africa"], ["city:mombasa"]) == ["city:mombasa", "region:africa"]


def test_they_are_named_in_the_readers_language():
    assert [each.label for each in topics.name_topics(["city:mombasa", "region:africa"], "fr")] == [
        "Mombasa",
        "Afrique",
    ]
    assert topics.name_topics(["region:africa"], "fr")[0].link == "/fr/villes/?region=africa"


def test_a_topic_that_is_gone_is_named_no_more():
    assert topics.name_topics(["city:nowhere"], "en") == []


def test_nothing_asked_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert topics.known_topics([]) == []


def test_many_searches_cost_no_more_than_a_few(django_assert_max_num_queries):
    asked = [f"search:q=word{number}" for number in range(60)]
    with django_assert_max_num_queries(4 * topics.MAX_SEARCHES):
        assert len(topics.known_topics(asked)) == topics.MAX_SEARCHES
    assert len(topics.merge_topics(asked[:3], asked[3:9])) == topics.MAX_SEARCHES
