"""One search finds cities, commitments, pledges and practices; and nothing that is not public."""

import re

import pytest
from django.urls import reverse
from django.utils.translation import override

from commitments.loading import load_declaration
from commitments.models import Commitment
from practices import vocabulary
from practices.choices import Status
from scn_portal.base.search.excerpts import marked_title
from scn_portal.site.models import TextPage
from scn_portal.site.search import text_pages
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


@pytest.fixture(autouse=True, scope="module")
def _melbourne(kept_rows):
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
    return {value: total.number for value, _label, total, _current in page.context["kinds"]}


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
    assert kinds(page) == {"": 3, "city": 1, "commitment": 0, "pledge": 1, "practice": 1, "page": 0}
    words = {"/en": ("City", "Pledge", "Practice"), "/fr": ("Ville", "Promesse", "Pratique")}[address[:3]]
    for word in words:
        assert re.search(rf'class="kind">{word}<', page.text)
    assert '<meta name="robots" content="noindex">' in page.text
    assert "<search>" in page.text


def test_the_best_come_first_whatever_their_kind(client):
    network()
    page = client.get("/en/search/", {"q": "mediation"})
    assert entries(page) == [("pledge", "Mediation pledged 0"), ("practice", "A practice 0")]
    assert ">… brought <mark>mediation</mark> to schools.<" in page.text
    assert "<mark>Mediation</mark> pledged 0" in page.text


@pytest.mark.parametrize("words", ["Côte d’Ivoire", "cote d'ivoire", "Ivory Coast", "Gué-Test", "gue test"])
def test_cities_are_found_by_name_and_by_country(client, words):
    network()
    found = entries(client.get("/en/search/", {"q": words}))
    assert (("city", "Testford 0") in found) == (words != "Ivory Coast")


def test_a_city_is_not_found_by_half_of_a_query(client):
    network()
    page = client.get("/en/search/", {"q": "Testford mediation"})
    assert kinds(page) == {"": 2, "city": 0, "commitment": 0, "pledge": 1, "practice": 1, "page": 0}
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
        assert client.get("/en/search/", {"q": "mediation", "page": page}).status_code == 404


def test_a_text_in_the_other_language_is_found_and_labelled(client):
    PledgeFactory(
        source_language="fr", title_en=None, title_fr="Des élèves", description_fr="Former des élèves médiateurs."
    )
    page = client.get("/en/search/", {"q": "eleve mediateur"})
    assert 'Des <mark>élèves</mark></span> <small class="language-note">(in French)' in page.text
    assert '<span lang="fr">Former des <mark>élèves</mark> <mark>médiateurs</mark>' in page.text


def test_a_slip_of_the_finger_shows_what_was_meant_and_says_so(client):
    network()
    vocabulary.refresh()
    page = client.get("/en/search/", {"q": "mediatoin", "kind": "pledge"})
    assert entries(page) == [("pledge", "Mediation pledged 0")]
    shown = re.sub(r"[ \n]+", " ", page.text)
    assert "Nothing on this portal has “mediatoin”. These results have “mediation”." in shown
    assert 'href="?q=%22mediatoin%22&amp;kind=pledge">Search for exactly “mediatoin”</a>' in shown
    assert entries(client.get("/en/search/", {"q": "mediatoin", "kind": "city"}))  # there is no such city
    shown = re.sub(r"[ \n]+", " ", client.get("/fr/recherche/", {"q": "Tesford"}).text)
    assert "Rien sur ce portail ne contient «\u202fTesford\u202f»." in shown


@pytest.mark.parametrize("words", ['"mediatoin"', "mediation", "Testford mediatoin", "xyzzyxyzzy"])
def test_quotes_and_right_words_are_searched_as_they_are_typed(client, words):
    network()
    vocabulary.refresh()
    page = client.get("/en/search/", {"q": words})
    assert (page.context["query"].text, page.context["typed"]) == (words, "")
    assert "These results have “" not in page.text


def test_a_half_right_query_leads_to_what_was_meant(client):
    network()
    vocabulary.refresh()
    page = re.sub(r"[ \n]+", " ", client.get("/fr/recherche/", {"q": "Testford mediatoin"}).text)
    assert 'Vouliez-vous dire <a href="?q=Testford+mediation">Testford mediation</a>\u202f?' in page


# --- What a result says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("announced", "said"),
    [("2019-01", ["Under way", "Announced: January 2019"]), ("2011", ["Action already taken: 2011"])],
)
def test_a_pledge_is_found_with_its_status_and_date(client, announced, said):
    fourth = Commitment.objects.of_melbourne().get(number=4)
    PledgeFactory(commitment=fourth, title_en="Mediation", status="under_way", announced_on=announced)
    page = client.get("/en/search/", {"q": "mediation"}).text
    assert [words in page for words in said] == [True] * len(said)


def test_results_with_one_title_tell_their_city_in_their_links(client):
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for name in ("Testford", "Samplewick"):
        PledgeFactory(city__name_en=name, commitment=fourth, title_en="Launch a plan")
    page = client.get("/en/search/", {"q": "plan"}).text
    links = re.findall(r'<a href="/en/pledges/\d+/">(.*?)</a>', page)
    assert {re.sub("<[^>]+>", "", link) for link in links} == {"Launch a plan, Testford", "Launch a plan, Samplewick"}


def test_a_hit_in_the_title_alone_shows_how_its_text_begins(client):
    RevisionFactory(status="published", title_en="Mediation", summary_en="Pupils **settle** quarrels. " + "Word " * 40)
    assert ">Pupils settle quarrels. Word" in client.get("/en/search/", {"q": "mediation"}).text


# --- The pages of the portal -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words", "page"),
    [
        ("/en/search/", "newsletter", "newsletter"), ("/fr/recherche/", "infolettre", "newsletter"),
        ("/en/search/", "privacy", "privacy"), ("/fr/recherche/", "confidentialité", "privacy"),
        ("/fr/recherche/", "privacy", "privacy"), ("/en/search/", "API", "api_docs"), ("/en/search/", "join", "join"),
        ("/fr/recherche/", "rejoindre le réseau", "join"), ("/en/search/", "press contact", "contact"),
        ("/en/search/", "who runs this", "operator"), ("/en/search/", "how to cite", "method"),
        ("/en/search/", "worried about my son", "worried"), ("/en/search/", "download CSV", "open_data"),
    ],
)  # fmt: skip
def test_the_pages_of_the_portal_are_found_in_the_readers_language(client, address, words, page):
    network()
    text_pages.refresh()
    found = client.get(address, {"q": words})
    assert found.context["page"].object_list[0].row.name == page
    with override(address[1:3]):
        assert f'<a href="{reverse(page)}">' in found.text
    for result in found.context["page"]:
        if result.kind == "page":
            assert marked_title(result.row, "title", address[1:3]).language == address[1:3]
    assert 'class="language-note"' not in found.text


def test_an_excerpt_of_a_page_joins_the_lines_of_a_paragraph(client):
    text_pages.refresh()
    for page in TextPage.objects.all():
        assert "\n" not in page.text_en.replace("\n\n", "")
    found = client.get("/en/search/", {"q": "seat of a county", "kind": "page"}).text
    assert "coordinates of its <mark>seat</mark>" in " ".join(found.split())


def test_they_are_ranked_with_the_rest(client):
    network()
    text_pages.refresh()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    PledgeFactory(commitment=fourth, title_en="Newsletter", description_en="A newsletter for parents.")
    assert {kind for kind, _title in entries(client.get("/en/search/", {"q": "newsletter"}))} == {"pledge", "page"}
    assert entries(client.get("/en/search/", {"q": "newsletter parents"}))[0] == ("pledge", "Newsletter")


def test_the_copy_follows_the_pages_and_is_left_alone_where_nothing_changed(django_assert_num_queries):
    count = text_pages.refresh()
    assert TextPage.objects.count() == count == len(text_pages.TEXTS) + len(text_pages.OTHERS)
    TextPage.objects.filter(name="privacy").update(title_en="Old words")
    TextPage.objects.create(name="gone")
    text_pages.refresh()
    assert TextPage.objects.get(name="privacy").title_en == "Privacy"
    assert not TextPage.objects.filter(name="gone").exists()
    with django_assert_num_queries(4):  # a savepoint and its end among them
        text_pages.refresh()


def test_every_page_of_the_copy_opens_for_everybody(client):
    text_pages.refresh()
    for page in TextPage.objects.all():
        assert client.get(page.get_absolute_url()).status_code == 200, page.name


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
    [({}, 0), ({"q": "mediation"}, 7), ({"q": "Testford"}, 9), ({"q": "mediatoin"}, 5), ({"q": "frontline"}, 5)],
)
def test_a_search_takes_the_same_queries_however_much_it_finds(client, django_assert_num_queries, rows, query, queries):
    network(rows)
    with django_assert_num_queries(queries):
        client.get("/en/search/", query)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_corrected_search_takes_the_same_queries_too(client, django_assert_num_queries, rows):
    network(rows)
    vocabulary.refresh()
    with django_assert_num_queries(11):
        assert client.get("/en/search/", {"q": "mediatoin"}).context["typed"] == "mediatoin"


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
    for number, value in enumerate(NONSENSE):
        for name in names:
            # From several networks, as one is refused after some searches.
            page = client.get(address, {"q": "mediation"} | {name: value}, REMOTE_ADDR=f"10.0.{number}.1")
            assert page.status_code == (404 if name == "page" else 200), (name, value)
            assert "<script>alert" not in page.text
            assert "{{ 14 }}" not in page.text
    for query in ("q=%FF%FE", "q=%ED%A0%80", "q=a&q=%00", "q&kind&page"):
        assert client.get(f"{address}?{query}").status_code == 200


def test_a_hit_in_the_title_shows_how_its_text_begins(client):
    network()
    RevisionFactory(status="published", title_en="Radicalisation", summary_en="Schools and police meet each month.")
    found = client.get("/en/search/", {"q": "radicalisation"}).text
    assert '<p class="excerpt">Schools and police meet each month.' in found


def test_of_very_many_results_the_tabs_say_that_there_are_more(client, monkeypatch):
    monkeypatch.setattr("scn_portal.site.search.results.MAX_FOUND", 2)
    for number in range(3):
        PledgeFactory(title_en=f"Zebra crossing {number}")
    PledgeFactory(title_en="Another thing")
    page = " ".join(client.get("/en/search/?q=zebra").text.split())
    assert "More than 2 results" in page
    assert 'Pledges <span class="meta">(more than 2)</span>' in page
    assert 'Practices <span class="meta">(0)</span>' in page
    assert page.count("crossing") == 2
