"""Every public page, in both languages, as a reader without an account meets it."""

import re
from html import unescape

import pytest

from commitments.loading import load_declaration
from commitments.models import Commitment
from scn_portal.base.http.public import public_page_at
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RegionFactory,
    RevisionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

# English address, French address, and how many queries the page takes, however many rows it shows. Those of the home
# page depend on the kinds of changes it shows: tests/site/test_home.py counts them.
PAGES = [
    ("/en/", "/fr/", None),
    ("/en/cities/", "/fr/villes/", 5),
    ("/en/cities/testford-1/", "/fr/villes/testford-1/", 13),
    ("/en/countries/ke/", "/fr/pays/ke/", 8),
    ("/en/regions/region-1/", "/fr/regions/region-1/", 9),
    ("/en/compare/", "/fr/comparer/", 1),
    ("/en/pledges/", "/fr/promesses/", 2),
    ("/en/changes/", "/fr/nouveautes/", 7),
    ("/en/matrix/", "/fr/tableau/", 6),
    ("/en/charts/", "/fr/graphiques/", 8),
    ("/en/commitments/", "/fr/engagements/", 1),
    ("/en/commitments/4/", "/fr/engagements/4/", 9),
    ("/en/practices/", "/fr/pratiques/", 3),
    ("/en/search/", "/fr/recherche/", 0),
    ("/en/practices/practice-of-1/", "/fr/pratiques/practice-of-1/", 8),
    ("/en/declaration/", "/fr/declaration/", 2),
    ("/en/newsletter/", "/fr/infolettre/", 2),
    ("/en/open-data/dictionary/", "/fr/donnees-ouvertes/dictionnaire/", 10),
    ("/en/newsletter/issues/", "/fr/infolettre/numeros/", 1),
]
ADDRESSES = [address for english, french, _queries in PAGES for address in (english, french)]


@pytest.fixture
def melbourne():
    """The Declaration and its seven commitments."""
    return load_declaration()


def network(count: int) -> None:
    """`count` cities, each with a pledge that has a past, and a practice, all under commitment 4."""
    fourth = Commitment.objects.of_melbourne().get(number=4)
    for number in range(1, count + 1):
        region = RegionFactory(slug=f"region-{number}")
        city = CityFactory(name_en=f"Testford {number}", region=region, country=["CA", "KE", "FR"][number % 3])
        pledge = PledgeFactory(city=city, commitment=fourth, description_en="Described.", due_on="2030-01-01")
        MilestoneFactory(pledge=pledge)
        ProgressUpdateFactory(pledge=pledge)
        RevisionFactory(
            practice__city=city, practice__slug=f"practice-of-{number}", status="published", commitments=[fourth],
            title_en=f"Practice {number}", title_fr=f"Pratique {number}",
        )  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_opens_in_its_language_without_a_cookie_and_for_any_cache(client, melbourne, address):
    network(1)
    response = client.get(address)
    assert response.status_code == 200
    assert f'<html lang="{address[1:3]}">' in response.text
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()
    assert "csrfmiddlewaretoken" not in response.text


@pytest.mark.parametrize(("english", "french", "_queries"), PAGES)
def test_each_page_links_to_its_translation_in_the_page_and_in_its_head(
    client, melbourne, settings, english, french, _queries
):
    network(1)
    for address, translation, language in ((english, french, "fr"), (french, english, "en")):
        page = client.get(address, {"page": "1"}, follow=True).text
        query = "?page=1" if "page" in public_page_at(address)[0].reads else ""
        assert f'<a href="{translation}{query}" hreflang="{language}" lang="{language}">' in re.sub(r"\s+", " ", page)
        head = page.partition("</head>")[0]
        assert set(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', head)) == {
            ("en", settings.SITE_URL + english), ("fr", settings.SITE_URL + french),
            ("x-default", settings.SITE_URL + english),
        }  # fmt: skip
        assert re.findall(r'<link rel="canonical" href="([^"]+)">', head) == [settings.SITE_URL + address]


# Pages with a preview of their own: address, title, picture. All others show the site's.
PREVIEWS = [
    ("/en/cities/testford-1/", "Testford 1, Kenya", "/en/cities/testford-1/picture.png"),
    ("/fr/villes/testford-1/", "Testford 1 (fr), Kenya", "/fr/villes/testford-1/image.png"),
    ("/en/practices/practice-of-1/", "Practice 1", "/en/practices/practice-of-1/picture.png"),
    ("/fr/pratiques/practice-of-1/", "Pratique 1", "/fr/pratiques/practice-of-1/image.png"),
    ("/en/commitments/4/", "4. Local strategies", "/en/commitments/4/picture.png"),
    ("/fr/engagements/4/", "4. Stratégies locales", "/fr/engagements/4/image.png"),
    ("/en/commitments/", "The seven commitments", "/en/picture.png"),
    ("/fr/engagements/", "Les sept engagements", "/fr/picture.png"),
    ("/en/open-data/", "Open data", "/en/picture.png"),
    ("/en/open-data/dictionary/", "Data dictionary", "/en/picture.png"),
    ("/fr/donnees-ouvertes/dictionnaire/", "Dictionnaire des données", "/fr/picture.png"),
    ("/fr/donnees-ouvertes/", "Données ouvertes", "/fr/picture.png"),
    ("/en/countries/ke/", "Kenya", "/en/picture.png"),
    ("/fr/pays/ke/", "Kenya", "/fr/picture.png"),
    ("/en/regions/region-1/", "Region-1", "/en/picture.png"),
    ("/fr/regions/region-1/", "Région region-1", "/fr/picture.png"),
    ("/en/compare/", "Compare cities", "/en/picture.png"),
    ("/fr/comparer/", "Comparer des villes", "/fr/picture.png"),
    ("/en/cities/", "Cities", "/en/picture.png"),
    ("/fr/villes/", "Villes", "/fr/picture.png"),
    ("/en/matrix/", "Cities and commitments", "/en/picture.png"),
    ("/fr/tableau/", "Villes et engagements", "/fr/picture.png"),
    ("/en/practices/", "Practices", "/en/picture.png"),
    ("/fr/pratiques/", "Pratiques", "/fr/picture.png"),
    ("/en/pledges/", "Pledges", "/en/picture.png"),
    ("/fr/promesses/", "Promesses", "/fr/picture.png"),
    ("/en/changes/", "What changed", "/en/picture.png"),
    ("/fr/nouveautes/", "Nouveautés", "/fr/picture.png"),
    ("/en/search/", "Search", "/en/picture.png"),
    ("/fr/recherche/", "Chercher", "/fr/picture.png"),
    ("/en/newsletter/issues/", "Past issues of the newsletter", "/en/picture.png"),
    ("/fr/infolettre/numeros/", "Numéros parus de l’infolettre", "/fr/picture.png"),
]
OWN_PREVIEW = [address for address, _title, _picture in PREVIEWS]
SITE_PREVIEWS = [
    (address, "Strong Cities Network", f"/{address[1:3]}/picture.png")
    for address in ADDRESSES
    if address not in OWN_PREVIEW
]


@pytest.mark.parametrize(("address", "title", "picture"), PREVIEWS + SITE_PREVIEWS)
def test_a_whole_page_has_each_open_graph_property_once(client, melbourne, settings, address, title, picture):
    network(1)
    found = re.findall(r'<meta\s+property="(og:[^"]+)"\s+content="([^"]*)"', client.get(address).text)
    names = [name for name, _content in found]
    assert sorted(set(names)) == sorted(names)
    properties = dict(found)
    assert unescape(properties["og:title"]) == title
    assert properties["og:image"] == settings.SITE_URL + picture
    assert properties["og:url"] == settings.SITE_URL + address
    assert properties["og:locale"] == {"en": "en_GB", "fr": "fr_FR"}[address[1:3]]
    assert properties["og:type"] == ("article" if "practice-of" in address else "website")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("english", "french", "queries"), PAGES[1:])
def test_a_page_takes_the_same_queries_for_one_row_as_for_three(
    client, melbourne, django_assert_num_queries, rows, english, french, queries
):
    network(rows)
    for address in (english, french):
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "home"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.5", "/fr/"),
        ("en-GB", "/en/"),
        ("de,it", "/en/"),
        ("de,fr;q=0.5", "/fr/"),
        ("", "/en/"),
        ("*;;=", "/en/"),
    ],
)
def test_the_root_redirects_to_the_language_of_the_browser(client, accepted, home):
    response = client.get("/", headers={"accept-language": accepted})
    assert (response.status_code, response.url, response["Vary"]) == (302, home, "Accept-Language")


# --- French-only and English-only content ----------------------------------------------------------------------------

FRENCH = {"source_language": "fr", "title_en": None}


@pytest.fixture
def one_language_each(melbourne):
    """A city with a pledge, a milestone, an update and a practice in French alone, and the same in English alone."""
    fourth = Commitment.objects.of_melbourne().get(number=4)
    city = CityFactory(name_en="Testford")
    french = PledgeFactory(city=city, commitment=fourth, title_fr="Promesse seule", description_fr="Décrite.", **FRENCH)
    english = PledgeFactory(city=city, commitment=fourth, title_en="Lone promise", description_en="Described.")
    MilestoneFactory(pledge=french, title_en=None, title_fr="Étape seule")
    MilestoneFactory(pledge=english, title_en="Lone step")
    ProgressUpdateFactory(pledge=french, source_language="fr", what_changed_en=None, what_changed_fr="Avancée seule")
    ProgressUpdateFactory(pledge=english, what_changed_en="Lone change")
    RevisionFactory(
        practice__city=city, practice__slug="pratique", status="published", commitments=[fourth],
        title_fr="Pratique seule", summary_fr="Résumé seul", summary_en=None, **FRENCH,
    )  # fmt: skip
    RevisionFactory(
        practice__city=city, practice__slug="practice", status="published", commitments=[fourth],
        title_en="Lone practice", summary_en="Lone summary",
    )  # fmt: skip


SHORT = {
    "fr": ["Promesse seule", "Étape seule", "Pratique seule"],
    "en": ["Lone promise", "Lone step", "Lone practice"],
}
LONG = {"fr": ["Décrite.", "Avancée seule", "Résumé seul"], "en": ["Described.", "Lone change", "Lone summary"]}
WHERE = {  # page: which of the short and of the long texts it shows
    "/{}/": ([2], [2]),
    "/en/cities/testford/": ([0, 1, 2], [0, 1, 2]),
    "/fr/villes/testford/": ([0, 1, 2], [0, 1, 2]),
    "/en/commitments/4/": ([0], [0]),
    "/fr/engagements/4/": ([0], [0]),
    "/en/practices/": ([2], [2]),
    "/fr/pratiques/": ([2], [2]),
}
NOTES = {("en", "fr"): "(in French)", ("fr", "en"): "(en anglais)"}


@pytest.mark.parametrize("address", ["/en/", "/fr/", *(address for address in WHERE if "{}" not in address)])
def test_a_text_in_one_language_is_shown_to_all_and_labelled_where_it_is_not_the_readers(
    client, one_language_each, address
):
    reader = address[1:3]
    writer = {"en": "fr", "fr": "en"}[reader]
    note = NOTES[reader, writer]
    page = re.sub(r"\s+", " ", client.get(address).text)
    short, long = WHERE.get(address) or WHERE["/{}/"]
    for index in short:
        labelled = f'<span lang="{writer}">{SHORT[writer][index]}</span> <small class="language-note">{note}</small>'
        assert labelled in page
        assert f'<span lang="{reader}">{SHORT[reader][index]}' not in page
        assert SHORT[reader][index] in page
    for index in long:
        assert f'<p class="language-note">{note}</p> <div lang="{writer}"><p>{LONG[writer][index]}</p>' in page
        assert f'<div class="prose"> <div lang="{reader}"><p>{LONG[reader][index]}</p>' in page


@pytest.mark.parametrize(
    ("address", "title"),
    [("/en/practices/pratique/", "Pratique seule"), ("/fr/pratiques/practice/", "Lone practice")],
)
def test_the_page_of_a_practice_in_the_other_language_is_labelled(client, one_language_each, address, title):
    page = client.get(address).text
    reader = address[1:3]
    writer = {"en": "fr", "fr": "en"}[reader]
    assert f'<span lang="{writer}">{title}</span>' in page
    assert NOTES[reader, writer] in page
    assert f"<title>\n{title}" in re.sub(r"\n\s+", "\n", page)


def test_the_english_declaration_says_that_it_is_our_translation_and_may_differ(client, melbourne):
    french, english = client.get("/fr/declaration/"), client.get("/en/declaration/")
    said = "The network also published the Declaration in English; its wording may differ."
    assert (said in french.text, said in english.text) == (False, True)
    assert said in client.get("/en/commitments/4/").text
    for commitment in Commitment.objects.of_melbourne():
        shown = french.text.replace("’", "'").replace("\u202f", " ").replace("\u00a0", " ")
        assert commitment.title_fr.replace("’", "'") in shown


@pytest.mark.parametrize(("number", "words"), [(2, "les meilleurs pratiques"), (6, "Etre"), (4, "")])
def test_what_looks_like_our_mistake_says_that_it_is_reproduced_as_published(client, melbourne, number, words):
    page = client.get(f"/fr/engagements/{number}/").text
    assert page.count("reproduit tel que publié") == bool(words)
    assert words in page
    assert client.get("/fr/declaration/").text.count("reproduit tel que publié") == 2
    assert "reproduced as published" not in client.get(f"/en/commitments/{number}/").text
