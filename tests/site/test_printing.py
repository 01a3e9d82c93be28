"""Whole lists for paper: all rows, however many pages the list itself has, and the number of each sheet."""

import io
import re

import pikepdf
import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from members.models import City
from scn_portal.site.printing import views
from tests.factories import CityFactory, PledgeFactory, RegionFactory, RevisionFactory
from tests.pdf_text import words_of

pytestmark = pytest.mark.usefixtures("kept_at_once")

# English address, French address, queries; each list has more rows than one of its pages shows.
PRINTED = [
    ("/en/print/cities/", "/fr/imprimer/villes/", 2),
    ("/en/print/matrix/", "/fr/imprimer/tableau/", 5),
    ("/en/print/practices/", "/fr/imprimer/pratiques/", 2),
]
LISTS = {
    "/en/cities/": "/en/print/cities/", "/en/matrix/": "/en/print/matrix/", "/en/practices/": "/en/print/practices/",
    "/fr/villes/": "/fr/imprimer/villes/", "/fr/tableau/": "/fr/imprimer/tableau/",
    "/fr/pratiques/": "/fr/imprimer/pratiques/",
}  # fmt: skip


def network(count: int) -> None:
    """`count` cities with a pledge and a practice under commitment 4, in one of two regions."""
    fourth = Commitment.objects.of_melbourne().get(number=4)
    regions = [RegionFactory(slug="north"), RegionFactory(slug="south")]
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}", name_fr=f"Essaiville {number}", region=regions[number % 2])
        PledgeFactory(city=city, commitment=fourth)
        RevisionFactory(practice__city=city, status="published", commitments=[fourth], title_en=f"Work {number}")


@pytest.fixture
def melbourne(db):
    load_declaration()


@pytest.mark.parametrize(("english", "french", "queries"), PRINTED)
@pytest.mark.parametrize("rows", [1, 3])
def test_a_printed_list_takes_the_same_queries_for_any_rows(
    client, melbourne, django_assert_num_queries, english, french, queries, rows
):
    network(rows)
    for address in (english, french):
        with django_assert_num_queries(queries):
            response = client.get(address)
        assert f'<html lang="{address[1:3]}">' in response.text
        assert not response.cookies
        assert "cookie" not in response.get("Vary", "").lower()
        assert '<meta name="robots" content="noindex">' in response.text


def test_all_rows_are_there(client, melbourne):
    network(60)
    cities, matrix, practices = (client.get(english).text for english, _french, _queries in PRINTED)
    assert len(re.findall(r">Testford \d+</a>", cities)) == len(re.findall(r">Testford \d+</a>", matrix)) == 60
    assert len(re.findall(r">Work \d+</a>", practices)) == 60
    assert "60 cities" in cities
    assert "All 60 cities" in matrix
    assert "60 practices" in practices


def test_a_list_is_narrowed_as_its_page_is(client, melbourne):
    network(4)
    CityFactory(name_en="Testford gone", status=City.Status.FORMER)
    page = re.sub(r"\s+", " ", client.get("/en/print/cities/?region=north&q=testford").text)
    assert re.findall(r">(Testford [^<]+)</a>", page) == ["Testford 0", "Testford 2"]
    assert "Narrowed by: “testford” · Region: North" in page
    assert 'href="/en/cities/?q=testford&amp;region=north"' in page
    assert "Testford gone" not in client.get("/en/print/cities/").text


@pytest.mark.parametrize(("english", "_french", "_queries"), PRINTED)
def test_beyond_a_bound_the_page_says_what_is_left_out(client, melbourne, monkeypatch, english, _french, _queries):
    monkeypatch.setattr(views, "MAX_ROWS", dict.fromkeys(views.MAX_ROWS, 2))
    network(2)
    assert "Only the first" not in client.get(english).text
    network_of_one_more = CityFactory(name_en="Zeta")
    RevisionFactory(practice__city=network_of_one_more, status="published")
    assert "Only the first 2 are here." in client.get(english).text


@pytest.mark.parametrize(("page", "printed"), LISTS.items())
def test_each_list_leads_to_itself_on_paper(client, melbourne, page, printed):
    network(2)
    facet = "theme=youth" if "prati" in page or "practices" in page else "region=north"
    assert f'href="{printed}"' in client.get(page).text
    if facet == "region=north":
        assert f'href="{printed}?{facet}"' in client.get(f"{page}?{facet}").text


@pytest.mark.parametrize("query", ["?region=nowhere", "?q=%00", "?sort=x&page=9"])
def test_whatever_is_asked_has_an_answer(client, melbourne, query):
    network(1)
    for english, french, _queries in PRINTED:
        for address in (english, french):
            assert client.get(address + query, follow=True).status_code == 200


def test_a_list_of_nothing_is_a_page(client, melbourne):
    for english, french, _queries in PRINTED:
        assert client.get(english).status_code == client.get(french).status_code == 200


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("english", "_french", "_queries"), PRINTED)
def test_on_paper_each_sheet_has_its_number_and_no_title_stands_alone(page, english, _french, _queries):
    load_declaration()
    network(60)
    page.goto(english)
    printed = page.pdf(prefer_css_page_size=True)
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        sheets = [_alone(pdf, number) for number in range(len(pdf.pages))]
    assert len(sheets) > 1
    for number, words in enumerate(sheets, 1):
        assert f"{number} / {len(sheets)}" in words
        assert re.search(r"(Testford|Work) \d+", words)


def _alone(pdf: pikepdf.Pdf, number: int) -> str:
    """The words of one sheet."""
    sheet, out = pikepdf.new(), io.BytesIO()
    sheet.pages.append(pdf.pages[number])
    sheet.save(out)
    return words_of(out.getvalue())
