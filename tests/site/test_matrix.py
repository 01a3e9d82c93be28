"""The matrix: what each cell says, the sums below, and the table as a screen reader meets it."""

import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from members.models import City
from scn_portal.site.city_records import with_standings
from tests.factories import CityFactory, PledgeFactory, RegionFactory, RevisionFactory
from tests.turns import BAD_VALUES, in_turn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]


@pytest.fixture
def seven():
    """The seven commitments, by number."""
    load_declaration()
    return {commitment.number: commitment for commitment in Commitment.objects.of_melbourne()}


@pytest.fixture
def network(seven):
    """Two cities with something to tell, one without."""
    north, south = RegionFactory(slug="north"), RegionFactory(slug="south")
    first = CityFactory(name_en="Alphaford", region=north)
    second = CityFactory(name_en="Betaford", region=south)
    CityFactory(name_en="Gammaford", region=south, country="KE")
    pledges = [PledgeFactory(city=first, commitment=seven[4], status=status) for status in ("under_way", "done")]
    PledgeFactory(city=second, commitment=seven[4], status="dropped")
    RevisionFactory(practice__city=first, status="published", commitments=[seven[4], seven[6]])
    RevisionFactory(practice__city=second, status="submitted", commitments=[seven[1]])
    return pledges


def table(client, address: str = "/en/matrix/", **asked) -> str:
    response = client.get(address, asked)
    assert response.status_code == 200
    return " ".join(re.search(r"<table.*</table>", response.text, re.DOTALL)[0].split())


def words(client, address: str = "/en/matrix/", **asked) -> dict[str, list[str]]:
    """What the cells of each city say."""
    rows = client.get(address, asked).context["rows"]
    return {city.name_en: [cell.words for cell in cells] for city, cells in rows}


def sums(client, address: str = "/en/matrix/", **asked) -> list[str]:
    return [column.words for column in client.get(address, asked).context["columns"]]


def test_each_cell_says_in_words_what_its_marks_show(client, network):
    assert words(client) == {
        "Alphaford": ["", "", "", "2 pledges: under way, done; 1 practice", "", "1 practice", ""],
        "Betaford": ["", "", "", "1 pledge: dropped", "", "", ""],
    }
    page = table(client)
    assert '<span class="visually-hidden">2 pledges: under way, done; 1 practice</span>' in page
    assert page.count('<span class="visually-hidden">nothing yet</span>') == 11


def test_in_french_too(client, network):
    french = words(client, "/fr/tableau/")["Alphaford"]
    assert french[3].replace("\u00a0", " ").replace("\u202f", " ") == "2 promesses : en cours, tenue ; 1 pratique"
    assert french[5] == "1 pratique"


def test_a_cell_leads_to_the_pledge_to_the_list_of_several_or_to_the_practices_of_the_city(client, network):
    page = table(client)
    lone = Pledge.objects.get(city__slug="betaford")
    assert f'href="/en/pledges/{lone.pk}/"' in page
    assert 'href="/en/pledges/?city=alphaford&amp;commitment=4"' in page  # two pledges
    assert 'href="/en/cities/alphaford/#practices"' in page
    assert page.count('class="cell') == 3


def test_it_is_a_table_with_headers_both_ways(client, network):
    page = table(client)
    assert "<caption" in page
    assert page.count('<th scope="col"') == 8
    assert page.count('<th scope="row"') == 2 + 1
    assert page.count('<th scope="rowgroup"') == 1
    assert '<a href="/en/cities/alphaford/">Alphaford</a>' in page
    assert 'href="/en/commitments/4/"' in page
    around = client.get("/en/matrix/").text
    assert re.search(r'<div class="matrix-box"\s+role="region"\s+aria-labelledby="matrix-caption">', around)


NOTHING = "no cities; no pledges; no practices"


def test_the_sums_are_those_of_the_whole_selection(client, network, seven):
    assert sums(client) == [
        NOTHING, NOTHING, NOTHING, "2 cities; 3 pledges; 1 practice", NOTHING,
        "no cities; no pledges; 1 practice", NOTHING,
    ]  # fmt: skip
    assert sums(client, region="south")[3] == "1 city; 1 pledge; no practices"
    for number in range(50):
        PledgeFactory(city=CityFactory(name_en=f"Manyford {number}"), commitment=seven[7])
    assert sums(client)[6] == sums(client, page="2")[6] == "50 cities; 50 pledges; no practices"
    assert "All 53 cities" in table(client)
    assert (len(words(client)), len(words(client, page="2"))) == (50, 2)
    assert (len(words(client, all="yes")), len(words(client, all="yes", page="2"))) == (50, 3)


@pytest.mark.parametrize(
    ("asked", "names"),
    [({"region": "south"}, ["Betaford"]), ({"q": "alpha"}, ["Alphaford"]),
     ({"region": "south", "all": "yes"}, ["Betaford", "Gammaford"]),
     ({"commitment": "4", "region": "south"}, ["Betaford"]),
     ({"region": "nowhere", "all": "no"}, ["Alphaford", "Betaford"])],
)  # fmt: skip
def test_it_is_narrowed_like_the_list(client, network, asked, names):
    assert list(words(client, **asked)) == names


def test_where_no_city_answers_there_is_no_table(client, network):
    page = client.get("/en/matrix/", {"q": "nowhere"})
    assert page.status_code == 200
    assert "<table" not in page.text
    assert "No cities match." in page.text


def test_what_is_chosen_goes_along_to_the_downloads_and_to_the_list(client, network):
    page = client.get("/en/matrix/", {"region": "south", "page": "1"}).text
    assert 'href="/en/data/matrix.csv?region=south"' in page
    assert 'href="/en/cities/?region=south"' in page


def test_cities_come_by_country_and_name_and_those_without_a_mark_when_asked(client, network, seven):
    kenyan = CityFactory(name_en="Aford", country="KE", status="engaged")
    RevisionFactory(practice__city=kenyan, status="published", commitments=[seven[2]])
    PledgeFactory(city=CityFactory(name_en="Early", country="AL"), commitment=seven[4], announced_on="2012")
    RevisionFactory(practice__city=CityFactory(name_en="Plain", country="AL"), status="published", commitments=[])
    assert list(words(client)) == ["Alphaford", "Betaford", "Aford"]
    assert list(words(client, all="yes")) == ["Early", "Plain", "Alphaford", "Betaford", "Aford", "Gammaford"]
    assert list(words(client, "/fr/tableau/", all="yes"))[:2] == ["Early", "Plain"]  # Albanie, Canada, Kenya
    page = table(client)
    assert re.findall(r'<th scope="rowgroup">(.*?)</th>', page) == ["Canada", "Kenya"]
    assert 'Aford</a> <span class="meta">Partner city (not a member)</span>' in page
    assert "Alphaford</a> </th>" in page
    assert "3 cities with a pledge or a practice, of 6, by country" in page
    assert "All 6 cities, with or without a pledge or practice" in table(client, all="yes")


def test_the_sums_stand_above_the_cities(client, network):
    page = table(client)
    assert page.index("All 3 cities") < page.index("2 cities; 3 pledges; 1 practice") < page.index("Alphaford")


def test_whether_all_are_shown_goes_along(client, network):
    page = client.get("/en/matrix/", {"region": "south"}).text
    assert 'href="?region=south&amp;all=yes">Show all 2 cities</a>' in page
    page = " ".join(client.get("/en/matrix/", {"region": "south", "all": "yes"}).text.split())
    assert 'name="all" value="yes" checked' in page
    assert 'href="?region=south">Hide the cities with nothing recorded</a>' in page
    assert 'href="/en/matrix/?all=yes#found">Clear all</a>' in page
    assert 'href="/en/print/matrix/?all=yes&amp;region=south"' in page
    assert "Show all" not in client.get("/en/matrix/", {"q": "alpha"}).text
    assert "These cities have no pledge and no practice yet." in client.get("/en/matrix/", {"q": "gamma"}).text


def test_paper_says_which_cities_it_has(client, network):
    page = client.get("/en/print/matrix/")
    assert [city.name_en for city, _cells in page.context["rows"]] == ["Alphaford", "Betaford"]
    assert "2 cities with a pledge or a practice, of 3, by country" in " ".join(page.text.split())
    assert len(client.get("/en/print/matrix/?all=yes").context["rows"]) == 3


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("query", "queries"), [("", 6), ("region=somewhere&q=ford", 6), ("q=none", 3)])
def test_it_takes_the_same_queries_for_one_city_as_for_three(
    client, seven, django_assert_num_queries, count, query, queries
):
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}")
        PledgeFactory(city=city, commitment=seven[4])
        RevisionFactory(practice__city=city, status="published", commitments=[seven[2]])
    for address in ("/en/matrix/", "/fr/tableau/"):
        with django_assert_num_queries(queries):
            client.get(f"{address}?{query}")


@pytest.mark.parametrize(
    ("name", "values"), in_turn(["q", "region", "country", "commitment", "sort", "page"], BAD_VALUES)
)
def test_no_value_of_a_question_fails(client, network, name, values):
    for value in values:
        response = client.get(f"/en/matrix/?{name}={value}", follow=True)
        assert response.status_code == (404 if name == "page" else 200), value
        assert "<script>alert" not in response.text
    assert client.post("/en/matrix/").status_code == 405


# --- The lines it is made of -----------------------------------------------------------------------------------------


def test_the_lines_at_a_city_tell_of_public_things_alone(network, seven, django_assert_num_queries):
    first, second = (pledge.city for pledge in (network[0], PledgeFactory()))
    cities = City.objects.filter(pk__in=[first.pk, second.pk]).select_related("record").order_by("pk")
    with django_assert_num_queries(2):
        lines, others = (list(city.standings) for city in with_standings(cities, "fr"))
    assert [line.number for line in others] == list(range(1, 8))
    fourth, sixth = lines[3], lines[5]
    assert (fourth.number, fourth.short.value) == (4, seven[4].short_fr)
    assert (fourth.pledged, fourth.practised, fourth.practices) == (True, True, 1)
    assert (fourth.statuses, fourth.first_pledge) == (("under_way", "done"), network[0].pk)
    assert (sixth.pledged, sixth.practised, sixth.statuses, sixth.first_pledge) == (False, True, (), None)


def test_a_practice_that_is_not_live_is_on_no_line(seven):
    for status in ("draft", "submitted", "sent_back", "rejected", "withdrawn", "scheduled", "superseded", "archived"):
        revision = RevisionFactory(status=status, commitments=[seven[4]])
        city = City.objects.select_related("record").get(pk=revision.practice.city_id)
        assert not any(line.practised for line in with_standings([city], "en")[0].standings)
