"""One search finds cities, commitments, pledges and practices; and nothing that is not public."""

import re

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from practices import vocabulary
from practices.choices import Status
from scn_portal.site.search.views import RESULTS_PER_PAGE
from tests.factories import (
    SOME_DAY,
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ADDRESSES = pytest.mark.parametrize("address", ["/en/search/", "/fr/recherche/"])


@pytest.fixture(autouse=True)
def _melbourne():
    load_declaration()


def network(count: int = 1) -> None:
    """`count` cities, each with a pledge and a practice about mediation under commitments 4 and 7."""
    seven = {commitment.number: commitment for commitment in Commitment.objects.of_melbourne()}
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}", name_fr=f"Gué-Test {number}", country="CI")
        PledgeFactory(city=city, commitment=seven[4], title_en=f"Mediation pledged {number}", description_en="More.")
        RevisionFactory(
            practice__city=city, status="published", commitments=[seven[4], seven[7]], title_en=f"A practice {number}",
            summary_en="It brought mediation to schools.",
        )  # fmt: skip


def entries(page) -> list[tuple[str, str]]:
    return [(result.kind, str(result.row)) for result in page.context["page"]]


def kinds(page) -> dict[str, int]:
    return {value: count for value, _label, count, _current in page.context["kinds"]}


@ADDRESSES
@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "  "}, {"q": "!!!"}, {"kind": "city"}])
def test_without_a_word_it_is_a_place_to_start(client, address, query):
    page = client.get(address, query)
    assert page.status_code == 200
    assert "page" not in page.context
    assert "/practices/" in page.text or "/pratiques/" in page.text
    assert not page.cookies
    assert "cookie" not in page.get("Vary", "").lower()


@ADDRESSES
def test_a_word_is_found_in_every_kind_and_each_is_named(client, address):
    network()
    page = client.get(address, {"q": "Testford"})
    first, *others = [kind for kind, _title in entries(page)]
    assert (first, set(others)) == ("city", {"pledge", "practice"})
    assert kinds(page) == {"": 3, "city": 1, "commitment": 0, "pledge": 1, "practice": 1}
    words = {"/en": ("City", "Pledge", "Practice"), "/fr": ("Ville", "Promesse", "Pratique")}[address[:3]]
    for word in words:
        assert re.search(rf'class="kind">{word}<', page.text)
    assert '<meta name="robots" content="noindex">' in page.text
    assert "<search>" in page.text


def test_the_best_come_first_whatever_their_kind(client):
    network()
    page = client.get("/en/search/", {"q": "mediation"})
    assert entries(page) == [("pledge", "Mediation pledged 0"), ("practice", "A practice 0")]
    assert ">… brought <mark>mediation</mark> to schools …<" in page.text
    assert "<mark>Mediation</mark> pledged 0" in page.text


@pytest.mark.parametrize("words", ["Côte d’Ivoire", "cote d'ivoire", "Ivory Coast", "Gué-Test", "gue test"])
def test_cities_are_found_by_name_and_by_country(client, words):
    network()
    found = entries(client.get("/en/search/", {"q": words}))
    assert (("city", "Testford 0") in found) == (words != "Ivory Coast")


def test_a_city_is_not_found_by_half_of_a_query(client):
    network()
    page = client.get("/en/search/", {"q": "Testford mediation"})
    assert kinds(page) == {"": 2, "city": 0, "commitment": 0, "pledge": 1, "practice": 1}
    assert kinds(client.get("/en/search/", {"q": "Testford -mediation"}))["city"] == 1
    assert kinds(client.get("/en/search/", {"q": "Testford or mediation"}))["city"] == 1


@pytest.mark.parametrize(("words", "number"), [("première ligne", 7), ("premiere ligne", 7), ("frontline", 7)])
@ADDRESSES
def test_the_commitments_are_found_in_both_languages(client, address, words, number):
    page = client.get(address, {"q": words, "kind": "commitment"})
    assert page.context["page"].object_list[0].row.number == number
    assert f'data-line="{number}"' in page.text


def test_one_kind_alone(client):
    network()
    page = client.get("/en/search/", {"q": "mediation", "kind": "pledge"})
    assert entries(page) == [("pledge", "Mediation pledged 0")]
    assert kinds(page)[""] == 2
    assert 'aria-current="true"' in page.text
    assert len(entries(client.get("/en/search/", {"q": "mediation", "kind": "bogus\0"}))) == 2


def test_results_come_in_pages(client):
    city = CityFactory()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    PledgeFactory.create_batch(RESULTS_PER_PAGE + 2, city=city, commitment=fourth, title_en="Mediation again")
    first, second = (client.get("/en/search/", {"q": "mediation", "page": page}) for page in ("1", "2"))
    assert (len(entries(first)), len(entries(second))) == (RESULTS_PER_PAGE, 2)
    keys = [result.row.pk for page in (first, second) for result in page.context["page"]]
    assert len(set(keys)) == RESULTS_PER_PAGE + 2
    assert 'rel="next" href="?q=mediation&amp;page=2"' in first.text
    for page in ("-1", "0", "x", str(10**9), "\0"):
        assert client.get("/en/search/", {"q": "mediation", "page": page}).status_code == 200


def test_a_text_in_the_other_language_is_found_and_labelled(client):
    PledgeFactory(
        source_language="fr", title_en=None, title_fr="Des élèves", description_fr="Former des élèves médiateurs."
    )
    page = client.get("/en/search/", {"q": "eleve mediateur"})
    assert 'Des <mark>élèves</mark></span> <small class="language-note">(in French)' in page.text
    assert '<span lang="fr">Former des <mark>élèves</mark> <mark>médiateurs</mark>' in page.text


def test_nothing_found_leads_on(client):
    network()
    vocabulary.refresh()
    page = re.sub(r"[ \n]+", " ", client.get("/en/search/", {"q": "mediatoin", "kind": "city"}).text)
    assert 'Did you mean <a href="?q=mediation&amp;kind=city">mediation</a>?' in page
    page = re.sub(r"[ \n]+", " ", client.get("/fr/recherche/", {"q": "Tesford"}).text)
    assert 'Vouliez-vous dire <a href="?q=testford">testford</a>\u202f?' in page


@pytest.mark.parametrize("status", [status for status in Status if status != Status.PUBLISHED])
@ADDRESSES
def test_what_is_not_public_is_nowhere(client, address, status):
    RevisionFactory(status=status, title_en="Zanzibarian practice", summary_en="Zanzibarian.")
    CityFactory(name_en="Zanzibarian city", name_fr="Zanzibarian city", status="former")
    update = ProgressUpdateFactory(
        what_changed_en="Zanzibarian news.", taken_down_at=SOME_DAY, taken_down_by=UserFactory()
    )
    MilestoneFactory(pledge=update.pledge)
    vocabulary.refresh()
    page = client.get(address, {"q": "zanzibarian"})
    assert entries(page) == []
    assert set(kinds(page).values()) == {0}
    assert client.get(address, {"q": "zanzibarien"}).context["suggestion"] == ""


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("query", "queries"),
    [({}, 0), ({"q": "mediation"}, 6), ({"q": "Testford"}, 8), ({"q": "mediatoin"}, 4), ({"q": "frontline"}, 4)],
)
def test_a_search_takes_the_same_queries_however_much_it_finds(client, django_assert_num_queries, rows, query, queries):
    network(rows)
    with django_assert_num_queries(queries):
        client.get("/en/search/", query)


NONSENSE = [
    "'", '"', "-", "-a", ":*&|!()", "\0", "a\0b", "or", "the", "le", "%_%", "\ue000", "x" * 10_000,
    "a " * 5_000, '"a b" ' * 2_000, "-b " * 3_000, "' OR 1=1 --", "<script>alert(1)</script>", "{{ 7|add:7 }}", "😀",
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/en/search/", ["q"]),
        pytest.param("/fr/recherche/", ["kind", "page"], marks=pytest.mark.soak),
        pytest.param("/fr/recherche/", ["q", "kind", "page"], marks=pytest.mark.soak),
    ],
)
def test_no_question_fails(client, address, names):
    network()
    vocabulary.refresh()
    for value in NONSENSE:
        for name in names:
            page = client.get(address, {"q": "mediation"} | {name: value})
            assert page.status_code == 200, (name, value)
            assert "<script>alert" not in page.text
            assert "{{ 14 }}" not in page.text
    for query in ("q=%FF%FE", "q=%ED%A0%80", "q=a&q=%00", "q&kind&page"):
        assert client.get(f"{address}?{query}").status_code == 200


def test_a_hit_in_the_title_shows_how_its_text_begins(client):
    network()
    RevisionFactory(status="published", title_en="Radicalisation", summary_en="Schools and police meet each month.")
    found = client.get("/en/search/", {"q": "radicalisation"}).text
    assert '<p class="excerpt">Schools and police meet each month.' in found
