"""The list of cities: its filters, its orders, what stays in the address."""

import datetime as dt
import re

import pytest
from django.http import QueryDict

from commitments import pledges
from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge, ProgressUpdate
from scn_portal.site.cities.search import CitySearch
from tests.factories import (
    SOME_DAY,
    CityFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
    UserFactory,
)
from tests.turns import BAD_VALUES, in_turn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


def found(client, address: str = "/en/cities/", **params) -> list[str]:
    """The cities on the page that answers, by their English names; by name unless asked otherwise."""
    response = client.get(address, {"sort": "name"} | params)
    assert response.status_code == 200
    return [city.name_en for city in response.context["page"]]


@pytest.fixture
def network():
    """Three cities; two pledged under 4, one of them under 5 as well."""
    load_declaration()
    north, south = RegionFactory(slug="north"), RegionFactory(slug="south")
    first = CityFactory(name_en="Alphaford", region=north, country="CA", joined_year=2016)
    second = CityFactory(name_en="Betaford", region=south, country="CA", joined_year=2021)
    third = CityFactory(name_en="Gammaford", region=south, country="KE", unit_type="county")
    for city, number in ((first, 4), (second, 4), (second, 4), (second, 5)):
        PledgeFactory(city=city, commitment=Commitment.objects.of_melbourne().get(number=number))
    RevisionFactory(practice__city=third, status="published")
    RevisionFactory(practice__city=first, status="submitted")


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"region": "south"}, ["Betaford", "Gammaford"]), ({"country": "CA"}, ["Alphaford", "Betaford"]),
        ({"country": ["CA", "KE"]}, ["Alphaford", "Betaford", "Gammaford"]), ({"unit_type": "county"}, ["Gammaford"]),
        ({"commitment": "4"}, ["Alphaford", "Betaford"]), ({"commitment": "5"}, ["Betaford"]),
        ({"commitment": "7"}, []),
        ({"has_practices": "yes"}, ["Gammaford"]), ({"joined": ["2016", "2021"]}, ["Alphaford", "Betaford"]),
        ({"region": "south", "country": "CA", "commitment": "4", "q": "ford"}, ["Betaford"]),
    ],
)  # fmt: skip
def test_the_filters_narrow_alone_and_together(client, network, params, names):
    assert found(client, **params) == names
    assert found(client, "/fr/villes/", **params) == names


def test_an_invalid_filter_is_shown_and_the_others_still_count(client, network):
    params = {"region": "atlantis", "country": "ZZ", "commitment": "four", "q": "alpha", "sort": "size"}
    assert found(client, **params) == ["Alphaford"]
    page = client.get("/en/cities/", params).text
    assert "“atlantis” is not an option of the filter “Region”, so it is ignored." in page
    assert "“four” is not an option of the filter “Has a pledge under”" in page
    assert '<option value="" selected>' in page


def test_each_choice_is_a_box_with_its_count_and_a_link_that_takes_it_away(client, network):
    page = " ".join(client.get("/en/cities/", {"region": "south", "country": "CA", "q": "ford"}).text.split())
    assert 'id="facet-region-south" name="region" value="south" checked>' in page
    assert 'id="facet-region-north" name="region" value="north">' in page
    assert '<span>South <span class="facet-count">(1)</span></span>' in page
    assert 'href="/en/cities/?q=ford&amp;country=CA#found"' in page
    assert 'href="/en/cities/?q=ford&amp;region=south#found"' in page
    assert 'href="/en/cities/?q=ford#found">Clear all</a>' in page
    assert 'href="/en/matrix/?q=ford&amp;region=south&amp;country=CA"' in page


def test_the_links_keep_the_order(client, network):
    page = client.get("/en/cities/", {"region": "south", "sort": "joined"}).text
    assert 'href="/en/cities/?sort=joined#found">Clear all</a>' in page


def test_the_facets_are_named_in_the_language_of_the_page(client, network):
    page = client.get("/fr/villes/", {"country": "CA"}).text
    assert "Type de collectivité" in page
    assert "4. Stratégies locales" in page
    assert "Pays : Canada" in page.replace("\u00a0", " ")


# --- Orders ----------------------------------------------------------------------------------------------------------


def test_by_year_joined_the_last_comes_first_and_the_unknown_at_the_end(client, network):
    assert found(client, sort="joined") == ["Betaford", "Alphaford", "Gammaford"]
    assert "joined in 2021" in client.get("/en/cities/", {"sort": "joined"}).text


def order(language: str = "en") -> list[str]:
    return [city.name_en for city in CitySearch(QueryDict(), language).cities]


def days_ago(days: int) -> dt.datetime:
    return SOME_DAY - dt.timedelta(days=days)


def quiet(name: str, days: int) -> Pledge:
    """A pledge of a city of that name, last changed so many days ago."""
    pledge = PledgeFactory(city=CityFactory(name_en=name))
    Pledge.objects.filter(pk=pledge.pk).update(created_at=days_ago(days), updated_at=days_ago(days))
    return pledge


def test_by_activity_what_a_city_did_last_in_public_counts():
    CityFactory(name_en="Nothing")
    quiet("Pledged", 30)
    ProgressUpdateFactory(pledge=quiet("Reported", 100), created_at=days_ago(20))
    for name, status, days in (("Published", "published", 10), ("Replaced", "superseded", 5), ("Drafted", "draft", 1)):
        RevisionFactory(
            practice__city=CityFactory(name_en=name), status=status,
            published_at=None if status == "draft" else days_ago(days),
        )  # fmt: skip
    assert order() == ["Published", "Reported", "Pledged", "Drafted", "Nothing", "Replaced"]


@pytest.mark.parametrize("status", ["draft", "submitted", "sent_back", "rejected", "scheduled", "archived"])
def test_the_order_tells_nothing_of_a_practice_that_is_not_public(status):
    quiet("Alphaford", 10)
    second = quiet("Betaford", 20)
    RevisionFactory(practice__city=second.city, status=status)
    assert order() == ["Alphaford", "Betaford"]


def test_the_order_tells_nothing_of_a_report_that_was_taken_down():
    quiet("Alphaford", 10)
    second = quiet("Betaford", 20)
    update = ProgressUpdateFactory(pledge=second, created_at=days_ago(1))
    assert order() == ["Betaford", "Alphaford"]
    pledges.take_down(update, reason="It named somebody.", by=UserFactory())
    assert not ProgressUpdate.objects.standing().exists()
    assert order() == ["Alphaford", "Betaford"]


@pytest.mark.parametrize(
    ("language", "names"), [("en", ["Écoford", "Fordford", "Zedford"]), ("fr", ["Zedford", "Écoford", "Fordford"])]
)
def test_the_same_moment_falls_back_on_the_name_in_the_language(language, names):
    for english, french in (("Zedford", "Abeville"), ("Écoford", "Écoville"), ("Fordford", "Fordville")):
        CityFactory(name_en=english, name_fr=french)
    assert order(language) == names


def test_of_cities_active_on_the_same_day_the_one_with_more_on_record_comes_first():
    for name, hours, practices in (("Late and little", 0, 0), ("Early and much", 5, 2), ("Earlier and some", 6, 1)):
        pledge = quiet(name, 1)
        changed = days_ago(1) - dt.timedelta(hours=hours)
        Pledge.objects.filter(pk=pledge.pk).update(updated_at=changed)
        for _number in range(practices):
            RevisionFactory(practice__city=pledge.city, status="published", published_at=changed)
    assert order() == ["Early and much", "Earlier and some", "Late and little"]


# --- Those with a record, and the others -----------------------------------------------------------------------------


def shown(client, address: str = "/en/cities/", **params) -> tuple[list[str], dict[str, list[str]]]:
    """The cities shown one by one, and the others by country."""
    context = client.get(address, params).context
    by_country = {country: [city.name_en for city in cities] for country, cities in context["unrecorded"]}
    return [city.name_en for city in context["cities"]], by_country


def test_cities_without_any_record_are_names_by_country_at_the_end(client):
    pledged = PledgeFactory(city=CityFactory(name_en="Pledgeford"), announced_on="2020").city
    RevisionFactory(practice__city=pledged, status="published")
    PledgeFactory(city=CityFactory(name_en="Earlyford"), announced_on="2015")
    for name, country, status in (
        ("Zedford", "CA", "member"), ("Éfford", "CA", "engaged"), ("Kayford", "KE", "applicant"),
        ("Left", "KE", "former"),
    ):  # fmt: skip
        CityFactory(name_en=name, country=country, status=status)
    RevisionFactory(practice__city__name_en="Draftford", status="draft")
    assert shown(client) == (
        ["Pledgeford", "Earlyford"], {"Canada": ["Draftford", "Éfford", "Zedford"], "Kenya": ["Kayford"]}
    )  # fmt: skip
    page = " ".join(client.get("/en/cities/").text.split())
    assert "1 pledge · 1 practice · last change:" in page
    assert "1 action already taken · last change:" in page
    assert "In the network, nothing recorded yet" in page
    assert re.search(r"Is this your city\? <a href=\"/en/(join|about)/\">", page)
    assert 'Kayford</a> <span class="meta">Applicant</span>' in page
    assert re.search(r'id="found-count".*? 6 cities <span', page)


def test_by_name_or_year_every_city_is_in_its_place(client, network):
    assert shown(client, sort="name") == (["Alphaford", "Betaford", "Gammaford"], {})
    assert shown(client, sort="joined")[1] == {}
    assert "In the network, nothing recorded yet" not in client.get("/en/cities/", {"sort": "name"}).text


def test_the_others_come_after_the_last_page_and_the_first_leads_there(client, network, monkeypatch):
    monkeypatch.setattr("scn_portal.site.cities.list.CITIES_PER_PAGE", 2)
    CityFactory(name_en="Nothing yet", country="KE")
    first, last = client.get("/en/cities/").text, client.get("/en/cities/", {"page": "2"}).text
    assert ("Nothing yet" in first, "Nothing yet" in last) == (False, True)
    assert 'href="?page=2#unrecorded"' in first
    assert 'href="?page=2#unrecorded"' not in last


def test_filters_words_and_files_reach_the_cities_without_a_record(client, network):
    CityFactory(name_en="Deltaford", country="KE")
    assert shown(client, country="KE", q="ford") == (["Gammaford"], {"Kenya": ["Deltaford"]})
    assert shown(client, q="delta") == ([], {"Kenya": ["Deltaford"]})
    assert "No cities match." in client.get("/en/cities/", {"q": "nowhere"}).text
    content = b"".join(client.get("/en/data/cities.csv?country=KE")).decode()
    assert "deltaford" in content
    assert len(client.get("/en/print/cities/?q=delta").context["cities"]) == 1


def test_beyond_a_bound_the_list_says_that_names_are_left_out(client, monkeypatch):
    monkeypatch.setattr("scn_portal.site.cities.list.MAX_NAMES", 2)
    CityFactory()
    assert "There are more." not in client.get("/en/cities/").text
    CityFactory.create_batch(2)
    assert "There are more." in client.get("/en/cities/").text


# --- Queries and bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ("", 5),
        ("sort=name", 4),
        ("q=ford&region=somewhere&commitment=4&joined=2019", 6),
        ("region=nowhere", 6),
        ("q=none", 4),
    ],
)
def test_the_list_takes_the_same_queries_for_one_city_as_for_three(
    client, django_assert_num_queries, count, query, queries
):
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}", joined_year=2019)
        PledgeFactory(city=city, commitment=fourth)
        RevisionFactory(practice__city=city, status="published")
    for address in ("/en/cities/", "/fr/villes/"):
        with django_assert_num_queries(queries):
            client.get(f"{address}?{query}")


NAMES = ["q", "status", "region", "country", "unit_type", "commitment", "has_practices", "joined", "sort"]


@pytest.mark.parametrize(("name", "values"), in_turn(NAMES, BAD_VALUES))
def test_no_value_of_a_question_fails(client, network, name, values):
    for value in values:
        response = client.get(f"/en/cities/?{name}={value}&{name}={value}")
        assert response.status_code == 200, value
        assert "<script>alert" not in response.text
