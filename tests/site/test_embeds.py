"""What other sites may show in a frame, and that nothing else may be framed."""

import html
import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import override

from commitments.loading import load_declaration
from commitments.models import Commitment
from tests.factories import CityFactory, PledgeFactory, RevisionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

# English address, French address, queries.
EMBEDS = [
    ("/en/embed/map/", "/fr/integrer/carte/", 2),
    # The first asks what is kept of many rows.
    ("/en/embed/charts/pledges/", "/fr/integrer/graphiques/pledges/", 3),
    ("/en/embed/charts/themes/", "/fr/integrer/graphiques/themes/", 3),
    ("/en/embed/charts/evidence/", "/fr/integrer/graphiques/evidence/", 2),
    ("/en/embed/cities/testford/", "/fr/integrer/villes/testford/", 2),
]
ADDRESSES = [address for english, french, _queries in EMBEDS for address in (english, french)]
# What stands in an address of any view, so that most of them find something.
SAMPLES = {
    "number": "4", "slug": "testford", "key": "pledges", "dataset": "cities", "format": "csv", "name": "cities",
    "pk": "1", "verb": "submit", "token": "x", "frequency": "weekly",
}  # fmt: skip


@pytest.fixture
def testford():
    """A city with a pledge under 4 and a practice."""
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    city = CityFactory(name_en="Testford", name_fr="Testford", country="KE", latitude=1, longitude=2)
    PledgeFactory(city=city, commitment=fourth)
    RevisionFactory(practice__city=city, practice__slug="testford", status="published", commitments=[fourth])
    return city


def frame_ancestors(response) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", response.get("Content-Security-Policy", ""))
    return found[1] if found else ""


def every_address() -> list[str]:
    """An address for each route of the portal, in French and in English where it has both."""
    found = set()
    for language in ("en", "fr"):
        with override(language):
            found |= set(_addresses(get_resolver().url_patterns, "/"))
    return sorted(found)


def _addresses(patterns, before: str):
    for pattern in patterns:
        route = _filled(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, before + route)
        elif isinstance(pattern, URLPattern):
            yield before + route


def _filled(pattern) -> str:
    """The route of `pattern` with something in the place of each of its parts."""
    route = str(pattern)
    if hasattr(pattern, "_regex"):
        route = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "1", route).strip("^$").replace("\\", "").replace("Z", "")
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: SAMPLES.get(part[1], "1"), route)


def test_the_addresses_of_all_routes_are_known():
    found = every_address()
    assert len(found) > 150
    assert {"/en/", "/fr/villes/testford/", "/en/accounts/login/", "/healthz", *ADDRESSES[:2]} <= set(found)


def test_nothing_but_the_embeds_may_be_framed(client, testford):
    client.raise_request_exception = False
    framed = []
    for address in every_address():
        response = client.head(address)
        list(response)  # closes the file of a download
        if frame_ancestors(response) == "*" or response.get("X-Frame-Options") != "DENY":
            framed.append(address)
        else:
            assert (address, frame_ancestors(response)) == (address, "'none'")
    expected = {address for address in ADDRESSES if "charts/" not in address and "graphiques/" not in address}
    assert set(framed) == expected | {"/en/embed/charts/pledges/", "/fr/integrer/graphiques/pledges/"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_embed_may_be_framed_by_all_and_keeps_the_rest_of_the_policy(client, testford, address):
    response = client.get(address)
    assert response.status_code == 200
    assert "X-Frame-Options" not in response
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["frame-ancestors"] == "*"
    assert policy["default-src"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_embed_sets_no_cookie_and_its_links_open_beside_the_site(client, testford, address):
    response = client.get(address)
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()
    assert "public" in response["Cache-Control"]
    assert f'<html lang="{address[1:3]}">' in response.text
    assert '<base target="_blank">' in response.text
    assert not re.search(r"<form|csrfmiddlewaretoken|/accounts/|/my-city/|/ma-ville/", response.text)
    assert re.search(r'<a href="/(en|fr)/[^"]+"\s+target="_blank"\s+rel="noopener">Source', response.text)


@pytest.mark.parametrize(("english", "french", "queries"), EMBEDS)
def test_an_embed_takes_few_queries(client, testford, django_assert_num_queries, english, french, queries):
    for address in (english, french):
        with django_assert_num_queries(queries):
            client.get(address)


@pytest.mark.parametrize("page", ["/en/charts/", "/fr/graphiques/", "/en/cities/testford/", "/fr/villes/testford/"])
def test_the_code_for_another_site_leads_to_what_may_be_framed(client, testford, settings, page):
    fields = re.findall(r'<textarea id="embed-[^>]+readonly[^>]*>([^<]+)</textarea>', client.get(page).text)
    assert len(fields) == (1 if "testford" in page else 4)
    for field in fields:
        code = html.unescape(field)
        path = re.search(r'<iframe src="([^"]+)" title="[^"]+"', code)[1].removeprefix(settings.SITE_URL)
        assert frame_ancestors(client.get(path)) == "*"


def test_there_is_no_embed_of_what_is_not_there(client, testford):
    for address in ("/en/embed/charts/nothing/", "/en/embed/cities/nowhere/"):
        response = client.get(address)
        assert (response.status_code, frame_ancestors(response)) == (404, "'none'")


def test_a_city_is_told_with_what_it_has_pledged(client, testford):
    page = client.get("/en/embed/cities/testford/").text
    for words in ("Testford", "Kenya", "Member", "1 pledge under the Melbourne Declaration"):
        assert words in page
