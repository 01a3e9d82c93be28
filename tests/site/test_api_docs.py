"""The documentation of the API, as a page."""

import json
import re
from html import unescape

import pytest
from django.utils.translation import gettext, override

from commitments.loading import load_declaration
from scn_portal.site.api.examples import cut
from scn_portal.site.api.v1 import FACETS, api
from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, ProgressUpdateFactory, RevisionFactory

pytestmark = pytest.mark.django_db

ADDRESSES = {"en": "/en/open-data/api/", "fr": "/fr/donnees-ouvertes/api/"}


def network(count: int) -> None:
    load_declaration()
    for _number in range(count):
        city = CityFactory()
        pledge = PledgeFactory(city=city)
        MilestoneFactory(pledge=pledge)
        ProgressUpdateFactory(pledge=pledge, what_changed_en="Long. " * 100)
        RevisionFactory(practice__city=city, status="published")


@pytest.mark.parametrize("language", ADDRESSES)
def test_every_address_is_there_and_every_link_to_try_leads_somewhere(client, language):
    network(2)
    page = client.get(ADDRESSES[language]).text
    for path in api.get_openapi_schema()["paths"]:
        assert f"<code>GET {path}</code>" in page
    links = set(re.findall(r'href="(/api/v1/[^"]*)"', page))
    assert len(links) == 16  # with that of the document
    for link in links:
        assert client.get(unescape(link)).status_code == 200


@pytest.mark.parametrize("language", ADDRESSES)
def test_each_request_that_it_shows_has_the_answer_that_it_shows(client, settings, language):
    network(2)
    blocks = [
        unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page_of(client, language), re.S)
    ]
    pairs = list(zip(blocks[::2], blocks[1::2], strict=True))
    assert len(pairs) == len(api.get_openapi_schema()["paths"])
    for command, shown in pairs:
        address = re.fullmatch(f'curl "{settings.SITE_URL}(/api/v1/.*)"', command)[1]
        assert json.loads(shown) == cut(client.get(address).json())
        assert len(shown) < 5_000


def page_of(client, language: str) -> str:
    return client.get(ADDRESSES[language]).text


def test_long_texts_and_lists_are_cut_and_addresses_are_not():
    address = f"https://example.org/{'x' * 200}"
    row = {
        "title": "word " * 50,
        "links": [address],
        "count": 7,
        "rows": [{"a": "b"}, {"a": "c"}],
        "none": None,
    }
    shown = cut(row)
    assert len(shown["title"]) <= 91
    assert shown["title"].endswith("…")
    assert (shown["links"], shown["count"], shown["none"]) == ([address], 7, None)
    assert shown["rows"] == [{"a": "b"}, "…"]


@pytest.mark.parametrize(("language", "parts"), [
    ("en", ["Parameters", "Response", "Request", "integer", "250 values, such as <code>AD</code>"]),
    ("fr", ["Paramètres", "Réponse", "Requête", "nombre entier", "250 valeurs, comme <code>AD</code>"]),
])  # fmt: skip
def test_it_names_the_parts_of_a_request_and_not_every_country(client, language, parts):
    network(1)
    page = page_of(client, language)
    for part in [*parts, "Deprecation", "Sunset", "Retry-After"]:
        assert part in page
    assert page.count("<code>ZW</code>") == 0


def test_without_any_row_it_opens_all_the_same(client):
    assert client.get(ADDRESSES["en"]).status_code == 200


@pytest.mark.parametrize("language", ADDRESSES)
def test_it_is_a_public_page(client, language):
    response = client.get(ADDRESSES[language])
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()
    assert f'<html lang="{language}">' in response.text


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_few_queries(client, django_assert_num_queries, rows):
    network(rows)
    with django_assert_num_queries(32):
        client.get(ADDRESSES["en"])


def described(part) -> set[str]:
    """Every description and summary of what the page shows."""
    if isinstance(part, list):
        return set().union(*map(described, part))
    if not isinstance(part, dict):
        return set()
    own = {value for name, value in part.items() if name in ("summary", "description") and isinstance(value, str)}
    return own.union(*map(described, part.values()))


def test_whatever_it_says_is_said_in_french_too():
    document = api.get_openapi_schema()
    document["components"]["schemas"] = {
        name: schema["properties"] for name, schema in document["components"]["schemas"].items()
    }
    for operation in document["paths"].values():
        del operation["get"]["responses"]
    of_the_facets = {str(facet.label) for facets in FACETS.values() for facet in facets}  # the page says those itself
    with override("fr"):
        untranslated = {text for text in described(document) - of_the_facets if gettext(text) == text}
    assert untranslated == set()


@pytest.mark.parametrize(("accepted", "language"), [("fr-CA,fr;q=0.9", "fr"), ("en", "en"), ("de", "en")])
def test_docs_redirect_to_the_language_of_the_browser(client, accepted, language):
    response = client.get("/api/v1/docs", headers={"accept-language": accepted})
    assert (response.status_code, response.url) == (302, ADDRESSES[language])


def test_the_document_is_made_once_and_names_the_values_of_the_moment(client, monkeypatch):
    client.get("/api/v1/openapi.json")
    monkeypatch.setattr("ninja.main.get_schema", None)  # it takes a good part of a second
    CityFactory(region__slug="newly-made")
    operation = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/cities"]["get"]
    (region,) = [parameter for parameter in operation["parameters"] if parameter["name"] == "region"]
    assert region["schema"]["items"]["enum"] == ["newly-made"]


def test_the_licence_is_linked_in_the_language_of_the_page(client):
    for language, deed in (("en", ""), ("fr", "deed.fr")):
        assert f'licenses/by/4.0/{deed}" rel="license">' in client.get(ADDRESSES[language]).text
