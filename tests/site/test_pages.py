"""The pages that say what this site is: in both languages, in order, with what the settings say."""

import re

import pytest
from django.db import OperationalError
from django.test import override_settings

from scn_portal.base import generation
from scn_portal.site.static_pages import read_page

ADDRESSES = {
    "/en/about/": "/fr/a-propos/",
    "/en/contact/": "/fr/contact/",
    "/en/join/": "/fr/rejoindre/",
    "/en/who-runs-this-portal/": "/fr/qui-gere-ce-portail/",
    "/en/privacy/": "/fr/vie-privee/",
    "/en/accessibility/": "/fr/accessibilite/",
    "/en/legal-notice/": "/fr/mentions-legales/",
    "/en/open-data/": "/fr/donnees-ouvertes/",
}
BOTH = [*ADDRESSES, *ADDRESSES.values()]


@pytest.fixture(autouse=True)
def _unread():
    """A page is read once for the life of a process: here once for each test."""
    read_page.cache_clear()
    yield
    read_page.cache_clear()


@pytest.fixture(autouse=True)
def _database_away(monkeypatch):
    """Each public page asks for the generation first; where the database is away, these open all the same."""

    def away():
        raise OperationalError("the database is away")

    monkeypatch.setattr(generation, "current", away)


@pytest.mark.parametrize("address", BOTH)
def test_it_opens_for_everybody_without_the_database(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert f'<html lang="{address[1:3]}">' in response.text
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()


@pytest.mark.parametrize("address", BOTH)
def test_headings_are_in_order_and_each_anchor_leads_somewhere(client, address):
    page = client.get(address).text
    main = page.partition("<main")[2].partition("</main>")[0]
    levels = [int(level) for level in re.findall(r"<h(\d)", main)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}
    assert set(re.findall(r'href="#([^"]+)"', main)) <= set(re.findall(r'id="([^"]+)"', main))


@pytest.mark.parametrize("address", BOTH)
def test_nothing_of_the_markup_shows(client, address):
    main = client.get(address).text.partition("<main")[2].partition("</main>")[0]
    assert re.findall(r"\]\[|\{\w+\}|'|&#x27;", main) == []


@pytest.mark.parametrize(("english", "french"), ADDRESSES.items())
def test_both_languages_have_the_same_sections_and_each_foot_leads_here(client, english, french):
    pages = [client.get(address).text for address in (english, french)]
    assert pages[0].count("<h2") == pages[1].count("<h2")
    for address, page in zip((english, french), pages, strict=True):
        assert f'href="{address}"' in page.partition("<footer")[2]


@override_settings(
    LEGAL_PUBLISHER="City of *Testford*", LEGAL_HOST="Host & Sons", CONTACT_EMAIL="write@testford.example"
)
def test_the_legal_notice_names_whom_the_settings_name(client):
    page = client.get("/en/legal-notice/").text
    assert "City of *Testford*" in page
    assert "Host &amp; Sons" in page
    assert 'href="mailto:write@testford.example"' in page


@pytest.mark.parametrize("address", BOTH)
def test_the_words_for_the_search_are_on_no_page(client, address):
    page = client.get(address).text
    assert "keywords:" not in page


UNSTATED = {"en": "Not stated: the operator of this portal", "fr": "Non précisé"}


@pytest.mark.parametrize(("address", "times"), [
    ("/en/who-runs-this-portal/", 3), ("/fr/qui-gere-ce-portail/", 3), ("/en/legal-notice/", 2),
    ("/fr/mentions-legales/", 2), ("/en/privacy/", 1), ("/fr/vie-privee/", 1),
])  # fmt: skip
def test_what_the_operator_has_not_filled_in_is_said_and_no_heading_is_empty(client, address, times):
    page = client.get(address).text
    assert page.count(UNSTATED[address[1:3]]) == times
    assert re.findall(r"</h2>\s*</section>", page) == []


@override_settings(LEGAL_PUBLISHER="City of Testford", LEGAL_HOST="Host & Sons", LEGAL_FUNDING="Testford alone")
def test_who_runs_it_is_whom_the_settings_name(client):
    page = client.get("/en/who-runs-this-portal/").text
    assert [words in page for words in ("City of Testford", "Host &amp; Sons", "Testford alone")] == [True] * 3
    assert UNSTATED["en"] not in page


@pytest.mark.parametrize(("press", "named"), [("", "write@testford.example"), ("press@testford.example",) * 2])
@pytest.mark.parametrize("address", ["/en/contact/", "/fr/contact/"])
def test_contact_names_only_the_addresses_that_the_settings_give(client, address, press, named):
    with override_settings(CONTACT_EMAIL="write@testford.example", PRESS_EMAIL=press):
        page = client.get(address).text
    assert set(re.findall(r'href="mailto:([^"]+)"', page)) == {"write@testford.example", named}
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


@override_settings(DEMO=True)
def test_the_demo_says_that_nobody_publishes_it(client):
    assert "it has no publisher and no host" in client.get("/en/legal-notice/").text
    assert "it has no publisher and no host" not in client.get("/en/about/").text
