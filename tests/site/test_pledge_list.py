"""The list of pledges: words, filters, orders, pages, its heading, its downloads."""

import csv
import datetime as dt
import io
import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment, Pledge
from tests.factories import SOME_DAY, CityFactory, PledgeFactory, RegionFactory
from tests.turns import BAD_VALUES, in_turn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def melbourne():
    return load_declaration()


def under(number: int) -> Commitment:
    return Commitment.objects.of_melbourne().get(number=number)


@pytest.fixture
def network():
    """Four pledges of listed cities, and one of a city that has left."""
    north, south = RegionFactory(slug="north"), RegionFactory(slug="south")
    first = CityFactory(name_en="Alphaford", region=north, country="KE")
    second = CityFactory(name_en="Betaford", region=south, country="CA")
    PledgeFactory(
        city=first, commitment=under(4), title_en="Train teachers", announced_on="2019-05", due_on="2030-01-01",
        status="under_way", created_at=SOME_DAY,
    )  # fmt: skip
    PledgeFactory(
        city=first, commitment=under(5), title_en="Open a help line", announced_on="2021", due_on="2020-01-01",
        status="done", created_at=SOME_DAY + dt.timedelta(days=1),
    )  # fmt: skip
    PledgeFactory(
        city=second, commitment=under(4), source_language="fr", title_en=None, title_fr="Ouvrir un lieu d’écoute",
        due_on="2028-01-01", created_at=SOME_DAY + dt.timedelta(days=2),
    )  # fmt: skip
    PledgeFactory(
        city=second, commitment=under(6), title_en="Publish figures", title_fr="Publier des chiffres",
        announced_on="2020-02-03", description_en="For teachers too.", created_at=SOME_DAY + dt.timedelta(days=3),
    )  # fmt: skip
    PledgeFactory(city=CityFactory(status="former"), commitment=under(4), title_en="Of a city that left")


def titles(client, address: str = "/en/pledges/", **query) -> list[str]:
    response = client.get(address, query)
    assert response.status_code == 200
    return [pledge.title_en or pledge.title_fr for pledge in response.context["pledges"]]


TEACHERS, LINE, PLACE, FIGURES = "Train teachers", "Open a help line", "Ouvrir un lieu d’écoute", "Publish figures"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {TEACHERS, LINE, PLACE, FIGURES}),
        ({"status": "done"}, {LINE}),
        ({"commitment": ["4", "5"]}, {TEACHERS, LINE, PLACE}),
        ({"city": "betaford"}, {PLACE, FIGURES}),
        ({"region": "north"}, {TEACHERS, LINE}),
        ({"country": "CA", "commitment": "4"}, {PLACE}),
        ({"year": ["2019", "2021"]}, {TEACHERS, LINE}),
        ({"year": "2026"}, {PLACE}),  # announced nobody knows when: the year it was recorded
        ({"language": "fr"}, {PLACE, FIGURES}),
        ({"language": "en", "city": "betaford"}, {FIGURES}),
        ({"q": "teacher"}, {TEACHERS, FIGURES}),
        ({"q": "kenya line"}, {LINE, TEACHERS}),  # of Kenya too, after the one that has both words
        ({"q": "écoute"}, {PLACE}),
        ({"q": "écoute", "status": "done"}, set()),
        ({"q": "?!"}, set()),
        ({"city": "nowhere", "status": "kept", "year": "then"}, {TEACHERS, LINE, PLACE, FIGURES}),
    ],
)
def test_words_and_filters_narrow_alone_and_together(client, network, query, found):
    assert set(titles(client, **query)) == found
    assert set(titles(client, "/fr/promesses/", **query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [FIGURES, PLACE, LINE, TEACHERS]),
        ({"sort": "announced"}, [LINE, FIGURES, TEACHERS, PLACE]),
        ({"sort": "due"}, [PLACE, TEACHERS, FIGURES, LINE]),  # what is done is due no more
        ({"sort": "size"}, [FIGURES, PLACE, LINE, TEACHERS]),
        ({"sort": "relevance"}, [FIGURES, PLACE, LINE, TEACHERS]),
        ({"q": "teachers"}, [TEACHERS, FIGURES]),
        ({"q": "teachers", "sort": "recorded"}, [FIGURES, TEACHERS]),
    ],
)
def test_the_order_is_the_one_chosen(client, network, query, found):
    assert titles(client, **query) == found


def test_the_links_keep_words_and_order_and_downloads_take_the_same_filters(client, network):
    page = client.get("/en/pledges/", {"q": "teachers", "sort": "due", "city": "alphaford", "status": "under_way"}).text
    assert 'href="/en/pledges/?q=teachers&amp;sort=due#found">Clear all</a>' in page
    query = "q=teachers&amp;sort=due&amp;status=under_way&amp;city=alphaford"
    assert f'href="/en/data/pledges.csv?{query}"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 4), ("?city=alphaford", 2), ("?year=2019&language=en", 1), ("?q=teachers", 2), ("?city=alphaford&q=line", 1)],
)
def test_a_download_has_the_rows_of_the_page(client, network, query, found):
    content = b"".join(client.get(f"/fr/donnees/pledges.csv{query}"))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    column = rows[0].index("page_fr")
    assert len(rows) == 1 + found
    pages = {row[column].removeprefix("http://localhost:8000").split("//")[-1] for row in rows[1:]}
    keys = {str(pk) for pk in Pledge.objects.values_list("pk", flat=True)}
    assert {page.rsplit("/", 3)[-3:][0] for page in pages} == {"promesses"}
    assert {page.rsplit("/", 2)[-2] for page in pages} <= keys


@pytest.mark.parametrize(
    ("address", "query", "heading"),
    [
        ("/en/pledges/", {}, "Pledges"),
        ("/en/pledges/", {"country": "KE"}, "Pledges: Kenya"),
        ("/en/pledges/", {"status": "under_way"}, "Pledges: Under way"),
        ("/en/pledges/", {"city": "alphaford"}, "Pledges: Alphaford"),
        ("/en/pledges/", {"city": "alphaford", "status": "done"}, "Pledges: Done, Alphaford"),
        ("/fr/promesses/", {"year": "2019"}, "Promesses\u00a0: 2019"),
    ],
)
def test_title_and_heading_say_what_is_chosen(client, network, address, query, heading):
    page = client.get(address, query).text
    assert f'<h1 id="list-heading">{heading}</h1>' in page
    assert page.partition("<title>")[2].partition("</title>")[0].split("\u00b7")[0].strip() == heading
    assert re.search(r'<meta\s+property="og:title"\s+content="([^"]*)"', page)[1] == heading


def test_an_entry_says_whose_it_is_how_it_stands_and_when(client, network):
    page = " ".join(client.get("/en/pledges/", {"city": "alphaford", "status": "under_way"}).text.split())
    pledge = Pledge.objects.get(title_en=TEACHERS)
    assert f'<a href="/en/pledges/{pledge.pk}/">Train teachers</a>' in page
    assert "Alphaford, Kenya" in page
    assert 'data-status="under_way">Under way</span> announced: May 2019 · due on 1 January 2030' in page
    assert "recorded on 4 March 2026" in client.get("/en/pledges/", {"city": "betaford", "commitment": "4"}).text


def test_a_page_holds_twenty_four(client):
    PledgeFactory.create_batch(25)
    assert (len(titles(client)), len(titles(client, page="2"))) == (24, 1)


def test_where_nothing_matches_the_page_says_what_to_do(client, network):
    page = client.get("/en/pledges/", {"q": "nothingofthekind"}).text
    assert "No pledges match. Try fewer words or remove a filter." in page


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ("", 2),
        ("city=testford-0&status=announced&commitment=4&year=2026&language=en&region=somewhere&country=CA&sort=due", 2),
        ("city=nowhere", 3),
        ("q=testford", 6),
        ("q=none", 6),
    ],
)
def test_the_list_takes_the_same_queries_for_one_pledge_as_for_three(
    client, django_assert_num_queries, count, query, queries
):
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}")
        PledgeFactory(city=city, commitment=under(4), created_at=SOME_DAY, title_en=f"Testford pledge {number}")
    for address in ("/en/pledges/", "/fr/promesses/"):
        with django_assert_num_queries(queries):
            assert client.get(f"{address}?{query}").status_code == 200


NAMES = ["q", "status", "commitment", "city", "region", "country", "year", "language", "sort", "page"]


@pytest.mark.parametrize(("name", "values"), in_turn(NAMES, BAD_VALUES))
def test_no_value_of_the_query_fails(client, network, name, values):
    for value in values:
        response = client.get(f"/en/pledges/?{name}={value}&{name}={value}")
        assert response.status_code == (404 if name == "page" else 200), value
        assert "<script>alert" not in response.text
    assert client.post("/en/pledges/").status_code == 405


def test_milestones_and_updates_of_the_same_pledges_can_be_downloaded(client):
    PledgeFactory(status="done")
    page = client.get("/en/pledges/?status=done").text
    for dataset in ("pledges", "milestones", "updates"):
        for format in ("csv", "xlsx", "json", "geojson"):
            assert f'href="/en/data/{dataset}.{format}?status=done"' in page


def test_of_words_that_very_many_have_the_list_says_so_and_can_be_narrowed(client, monkeypatch):
    monkeypatch.setattr("scn_portal.base.search.scoring.MAX_MATCHES", 2)
    for status in ("announced", "under_way", "done"):
        PledgeFactory(title_en=f"Train teachers, {status}", status=status)
    page = client.get("/en/pledges/?q=teachers").text
    assert "More than 10,000 pledges" in page
    assert page.count("<h3>") == 2
    assert 'class="facet-count"' not in page
    narrowed = client.get("/en/pledges/?q=teachers&status=done").text
    assert re.findall(r"teachers</mark>, (\w+)", narrowed) == ["done"]
    newest = client.get("/en/pledges/?q=teachers&sort=recorded").text
    assert newest.count("<h3>") == 3


def test_the_pages_far_behind_begin_after_a_pledge(client, monkeypatch):
    monkeypatch.setattr("scn_portal.base.lists.MAX_OFFSET", 1)
    monkeypatch.setattr("scn_portal.site.pledges.list.PLEDGES_PER_PAGE", 2)
    for number in range(5):
        PledgeFactory(title_en=f"Pledge {number}", created_at=SOME_DAY + dt.timedelta(days=number))
    first = client.get("/en/pledges/").text
    [after] = set(re.findall(r'href="(\?after=[^"&]+)', first))
    second = client.get(f"/en/pledges/{after}").text
    assert re.findall(r"Pledge \d", first + second) == ["Pledge 4", "Pledge 3", "Pledge 2", "Pledge 1"]
