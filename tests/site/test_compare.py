"""Cities side by side, and cities like a given one."""

import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from members.models import City
from scn_portal.site.cities.similar import similar_cities
from tests.factories import SOME_DAY, CityFactory, CommitmentFactory, PledgeFactory, RegionFactory, RevisionFactory
from tests.turns import BAD_VALUES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


@pytest.fixture
def network():
    """Five listed cities, two of them with something to show, and one that has left."""
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    first = CityFactory(name_en="Alphaford", name_fr="Alphabourg", joined_year=2016, population=1234567, country="KE")
    second = CityFactory(name_en="Betaford", status="engaged")
    for name in ("Gammaford", "Deltaford", "Epsilonford"):
        CityFactory(name_en=name)
    CityFactory(name_en="Goneford", status="former")
    PledgeFactory(city=first, commitment=fourth, title_en="Train teachers", status="done")
    RevisionFactory(practice__city=second, practice__slug="shown", status="published", title_en="Shown words")
    RevisionFactory(practice__city=second, status="submitted", title_en="Secret words")


def table(client, query: str, address: str = "/en/compare/") -> list[list[str]]:
    """The cells of the table, as words; empty where there is no table."""
    response = client.get(f"{address}?{query}")
    assert response.status_code == 200
    rows = re.findall(r"<tr>(.*?)</tr>", response.text, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_two_cities_stand_side_by_side_in_the_order_chosen(client, network):
    rows = table(client, "city=betaford&city=alphaford")
    assert rows[0] == ["", "Betaford", "Alphaford"]
    assert rows[1:5] == [
        ["Country", "Canada", "Kenya"], ["In the network", "Partner city (not a member)", "Member"],
        ["Year joined", "not known", "2016"], ["Population", "not known", "1,234,567"],
    ]  # fmt: skip
    assert rows[5][0] == "Last change"
    assert rows[5][1] == "2 March 2026"
    assert rows[9] == ["4 Local strategies", "No pledge", "Train teachers Done"]
    assert rows[13] == ["Practices", "Shown words", "No practice"]
    assert len(rows) == 14


def test_it_speaks_french_and_never_of_drafts(client, network):
    rows = table(client, "city=alphaford&city=betaford", "/fr/comparer/")
    assert rows[0] == ["", "Alphabourg", "Betaford (fr)"]
    assert rows[4][1].replace("\u00a0", " ") == "1 234 567"
    page = client.get("/fr/comparer/?city=alphaford&city=betaford").text
    assert "Secret words" not in page
    assert "Ce tableau ne classe ni ne note les villes." in page


def test_the_page_says_that_nothing_is_ranked(client, network):
    page = client.get("/en/compare/?city=alphaford&city=betaford").text
    assert "This table does not rank or score cities." in page


def test_it_is_a_plain_form_with_what_is_chosen(client, network):
    page = client.get("/en/compare/?city=alphaford&city=&city=betaford&city=alphaford").text
    assert '<form class="compare" method="get" action="/en/compare/">' in page
    assert page.count('<select id="city-') == 4
    assert re.findall(r'<option value="(\w+)" selected>', page) == ["alphaford", "betaford"]
    assert "goneford" not in page


def test_it_is_a_table_with_headers_both_ways(client, network):
    page = client.get("/en/compare/?city=alphaford&city=betaford").text
    assert page.count('<th scope="col">') == 2
    assert page.count('<th scope="row">') == 13
    assert 'role="region" aria-labelledby="compare-caption" tabindex="0"' in re.sub(r"\s+", " ", page)


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("city=alphaford", "Choose at least one more city to compare."),
        ("city=alphaford&city=nowhere", "“nowhere” is not a city of the list: it is left out."),
        ("city=goneford&city=alphaford", "“goneford” is not a city of the list: it is left out."),
    ],
)
def test_without_two_cities_there_is_no_table_and_the_page_says_why(client, network, query, notice):
    assert table(client, query) == []
    assert notice in client.get(f"/en/compare/?{query}").text


def test_of_more_than_four_the_first_four_are_shown(client, network):
    query = "&".join(f"city={name}ford" for name in ("alpha", "beta", "gamma", "delta", "epsilon"))
    assert table(client, query)[0] == ["", "Alphaford", "Betaford", "Gammaford", "Deltaford"]
    assert "Only the first four cities are shown." in client.get(f"/en/compare/?{query}").text


def test_no_value_of_the_query_fails(client, network):
    for value in BAD_VALUES:
        response = client.get(f"/en/compare/?city={value}&city=alphaford")
        assert response.status_code == 200, value
        assert "<script>alert" not in response.text
    assert client.post("/en/compare/").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_the_same_queries_for_one_row_as_for_three(client, django_assert_num_queries, rows):
    load_declaration()
    for name in ("Alphaford", "Betaford", "Gammaford"):
        city = CityFactory(name_en=name)
        for number in range(rows):
            commitment = Commitment.objects.of_melbourne().get(number=1 + number)
            PledgeFactory(city=city, commitment=commitment)
            RevisionFactory(practice__city=city, status="published", published_at=SOME_DAY)
    for query, queries in (
        ("", 1),
        ("city=alphaford&city=betaford", 5),
        ("city=gammaford&city=alphaford&city=betaford", 5),
    ):
        for address in ("/en/compare/", "/fr/comparer/"):
            with django_assert_num_queries(queries):
                assert client.get(f"{address}?{query}").status_code == 200


# --- Cities like this one --------------------------------------------------------------------------------------------


@pytest.fixture
def lines():
    return [CommitmentFactory(number=number) for number in (1, 2, 3)]


def pledging(name: str, lines, *numbers: int, **fields) -> City:
    city = CityFactory(name_en=name, **fields)
    for number in numbers:
        PledgeFactory(city=city, commitment=lines[number - 1])
    return city


def similar(city: City, lines) -> list[tuple[str, bool, bool, list[int]]]:
    found = similar_cities(city, [line.number for line in lines], "en")
    return [(other.city.name_en, other.same_size, other.same_region, other.commitments) for other in found]


def test_cities_with_two_of_size_region_and_commitments_in_common_are_similar(lines):
    north, south = RegionFactory(slug="north"), RegionFactory(slug="south")
    city = pledging("Testford", lines, 1, 2, region=north, population=200_000)
    pledging("All three", lines, 2, 1, region=north, population=499_999)
    pledging("Size and region", lines, region=north, population=100_000)
    pledging("Region and commitment", lines, 2, region=north, population=99_999)
    pledging("Size and commitment", lines, 1, region=south, population=300_000)
    pledging("Region alone", lines, 3, region=north, population=500_000)
    pledging("Size unknown", lines, 1, region=south)
    pledging("Left", lines, 1, 2, region=north, population=200_000, status="former")
    assert similar(city, lines[:2]) == [
        ("All three", True, True, [1, 2]),
        ("Region and commitment", False, True, [2]),
        ("Size and commitment", True, False, [1]),
        ("Size and region", True, True, []),
    ]


def test_a_city_of_unknown_size_is_like_others_by_region_and_commitment(lines):
    city = pledging("Testford", lines, 1)
    pledging("Other", lines, 1)
    pledging("Another", lines)
    assert similar(city, lines[:1]) == [("Other", False, True, [1])]
    assert similar(city, []) == []


@pytest.mark.parametrize(
    ("population", "other", "alike"),
    [(99_999, 1, True), (99_999, 100_000, False), (5_000_000, 20_000_000, True), (4_999_999, 5_000_000, False)],
)
def test_sizes_are_alike_within_a_band(lines, population, other, alike):
    city = CityFactory(population=population)
    CityFactory(population=other)
    assert bool(similar(city, [])) is alike


def test_the_page_of_a_city_lists_four_at_most_in_one_query(client, django_assert_num_queries, lines):
    city = CityFactory(name_en="Testford", population=200_000)
    CityFactory.create_batch(5, population=200_000)
    with django_assert_num_queries(1):
        assert len(similar_cities(city, [1, 2, 3], "en")) == 4
    page = re.sub(r"\s+", " ", client.get("/en/cities/testford/").text)
    assert "Cities like this one" in page
    assert page.count("· similar size · same region") == 4
    assert page.count('href="/en/compare/?city=testford&amp;city=') == 4


def test_a_city_unlike_all_others_has_no_such_list(client):
    CityFactory(name_en="Testford")
    assert "Cities like this one" not in client.get("/en/cities/testford/").text
