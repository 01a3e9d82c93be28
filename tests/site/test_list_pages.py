"""Lists that readers narrow: title, heading and address tell the choices and the page."""

import re
from html import unescape

import pytest
from django.conf import settings

import digests.views as digests
from commitments.loading import load_declaration
from commitments.models import Commitment
from practices.views import public
from scn_portal.site import commitment_page
from scn_portal.site.changes import page as changes
from scn_portal.site.cities import list as list_of_cities
from scn_portal.site.cities import matrix
from scn_portal.site.places import page as places
from scn_portal.site.pledges import list as list_of_pledges
from scn_portal.site.search import views as search
from tests.factories import CityFactory, IssueFactory, PledgeFactory, RegionFactory, RevisionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_at_once")]

LISTS = ["/en/cities/", "/en/matrix/", "/en/pledges/", "/en/practices/"]
FRENCH = {
    "/en/cities/": "/fr/villes/", "/en/matrix/": "/fr/tableau/", "/en/pledges/": "/fr/promesses/",
    "/en/practices/": "/fr/pratiques/",
}  # fmt: skip


@pytest.fixture(autouse=True)
def seven():
    return {commitment.number: commitment for commitment in load_declaration().commitments.all()}


def network(count: int) -> None:
    """`count` cities in Europe, each with a pledge and a practice under commitment 4."""
    europe, fourth = RegionFactory(slug="europe", name_fr="Europe"), Commitment.objects.of_melbourne().get(number=4)
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}", region=europe, country="FR", joined_year=2019)
        PledgeFactory(city=city, commitment=fourth)
        RevisionFactory(practice__city=city, status="published", themes=["youth"], commitments=[fourth])


def head(client, address: str) -> tuple[str, str, str, dict[str, str]]:
    """Title, heading, canonical address and the alternates of a page, all without the host of the portal."""
    response = client.get(address, follow=True)  # what a page does not read leads to its address without
    assert response.status_code == 200
    page = unescape(response.text).replace(settings.SITE_URL, "")
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1].rpartition(" · ")[0].strip()
    properties = dict(re.findall(r'<meta\s+property="(og:[^"]+)"\s+content="([^"]*)"', page))
    assert properties["og:title"] == title
    heading = re.search(r'<h1 id="list-heading">(.*?)</h1>', page)[1]
    canonical = re.search(r'<link rel="canonical" href="(.*?)">', page)[1]
    assert properties["og:url"] == canonical
    return title, heading, canonical, dict(re.findall(r'hreflang="(\w\w)" href="(.*?)">', page))


@pytest.mark.parametrize(
    ("asked", "title", "canonical"),
    [
        ("/en/cities/?region=europe", "Cities: Europe", "/en/cities/?region=europe"),
        ("/en/cities/?region=europe&region=atlantis", "Cities: Europe", "/en/cities/?region=europe"),
        (
            "/en/cities/?joined=2019&joined=2018&status=member&sort=joined",
            "Cities: Member, joined in 2019 or 2018",
            "/en/cities/?sort=joined&status=member&joined=2018&joined=2019",
        ),
        ("/en/cities/?has_practices=yes", "Cities: with practices", "/en/cities/?has_practices=yes"),
        ("/en/cities/?q=test&bogus=1", "Cities: “test”", "/en/cities/?q=test"),
        ("/fr/villes/?region=europe", "Villes\u00a0: Europe", "/fr/villes/?region=europe"),
        ("/fr/villes/?q=test", "Villes\u00a0: «\u00a0test\u00a0»", "/fr/villes/?q=test"),
        ("/en/matrix/?region=europe", "Cities and commitments: Europe", "/en/matrix/?region=europe"),
        ("/en/pledges/?commitment=4", "Pledges: 4. Local strategies", "/en/pledges/?commitment=4"),
        ("/en/practices/?theme=youth", "Practices: Work with young people", "/en/practices/?theme=youth"),
        ("/fr/pratiques/?country=FR", "Pratiques\u00a0: France", "/fr/pratiques/?country=FR"),
    ],
)
def test_title_heading_and_address_tell_what_narrows_the_list(client, asked, title, canonical):
    network(1)
    assert head(client, asked)[:3] == (title, title, canonical)


def test_of_several_choices_a_title_names_three(client):
    for code in ("CA", "FR", "KE", "MA"):
        CityFactory(country=code)
    assert head(client, "/en/cities/?country=CA&country=KE")[0] == "Cities: Canada or Kenya"
    assert head(client, "/en/cities/?country=CA&country=FR&country=KE&country=MA")[0] == "Cities: Country (4)"
    assert head(client, "/en/cities/?q=" + "x" * 90)[0] == f"Cities: “{'x' * 59}…”"


@pytest.fixture
def pages_of_one(monkeypatch):
    """Every list shows one row a page."""
    for module in (list_of_cities, matrix, list_of_pledges, public):
        name = next(name for name in vars(module) if name.endswith("_PER_PAGE"))
        monkeypatch.setattr(module, name, 1)


@pytest.mark.parametrize("address", LISTS)
def test_each_page_says_its_number_and_has_its_own_address_in_both_languages(client, pages_of_one, address):
    network(2)
    title, heading, canonical, alternates = head(client, f"{address}?page=2&region=europe")
    name, _colon, _rest = title.partition(":")
    assert title == heading == f"{name}: Europe, page 2"
    assert canonical == alternates["en"] == f"{address}?region=europe&page=2"
    assert alternates["fr"] == f"{FRENCH[address]}?region=europe&page=2"
    assert head(client, f"{address}?page=2")[0] == f"{name}, page 2"
    assert head(client, f"{address}?page=1")[2] == address


@pytest.mark.parametrize(
    ("address", "heading"), [("/en/cities/", "Cities of the network"), ("/en/practices/", "What cities have done")]
)
def test_the_whole_list_may_have_a_heading_of_its_own(client, pages_of_one, address, heading):
    network(2)
    assert head(client, address)[1] == heading
    assert head(client, f"{address}?page=2")[1] == f"{heading}, page 2"


def test_a_page_that_there_is_not_is_not_found(client):
    network(1)
    for address in LISTS:
        for page in ("2", "99", "0", "-1", "x", "1.5", "9" * 400, "%00"):
            assert client.get(f"{address}?page={page}").status_code == 404, page
        for page in ("", "1", "01"):
            assert client.get(f"{address}?page={page}").status_code == 200, page


@pytest.mark.parametrize("address", LISTS)
def test_a_list_of_nothing_has_one_page(client, address):
    assert head(client, f"{address}?q=nowhere")[0].endswith(": “nowhere”")
    assert client.get(f"{address}?q=nowhere&page=2").status_code == 404


@pytest.mark.parametrize("address", ["/en/cities/", "/en/pledges/", "/en/practices/"])
@pytest.mark.parametrize("query", ["", "?q=test"])
def test_the_form_sends_no_order_where_the_default_is_chosen(client, address, query):
    network(1)
    orders = re.search(r'<select id="facets-sort".*?</select>', client.get(address + query).text, re.DOTALL)[0]
    assert re.findall(r'<option value="([^"]*)" selected>', orders) == [""]


# --- Lists that are part of a page ------------------------------------------------------------------------------------

PAGED = {
    "/en/changes/": "What changed",
    "/en/changes/?kind=pledge": "What changed: Pledge recorded",
    "/en/commitments/4/": "4. Local strategies",
    "/en/commitments/4/?region=europe": "4. Local strategies: Europe",
    "/en/countries/fr/": "France",
    "/en/newsletter/issues/": "Past issues of the newsletter",
    "/en/regions/europe/": "Europe",
    "/en/search/?q=testford&kind=city": "Search: testford",
}


@pytest.fixture
def one_row_a_page(monkeypatch):
    network(2)
    IssueFactory.create_batch(2)
    for module in (changes, commitment_page, digests, places, search):
        for name in filter(lambda name: name.endswith("_PER_PAGE"), vars(module).copy()):
            monkeypatch.setattr(module, name, 1)


def test_each_page_of_a_list_has_its_own_title_heading_and_address(client, one_row_a_page):
    for address, title in PAGED.items():
        first = unescape(client.get(address).text).replace(settings.SITE_URL, "")
        join = "&" if "?" in address else "?"
        second = unescape(client.get(f"{address}{join}page=2").text).replace(settings.SITE_URL, "")
        for page, name, path in ((first, title, address), (second, f"{title}, page 2", f"{address}{join}page=2")):
            assert re.search(r"<title>\s*(.*?) · ", page)[1] == name, path
            assert f'<meta property="og:title" content="{name}">' in page, path
            assert f'<meta property="og:url" content="{path}">' in page, path
            assert f'<link rel="canonical" href="{path}">' in page, path
        assert "page=2" in re.search(r'hreflang="fr" href="(.*?)">', second)[1], address
        assert len(re.findall(r"<h[12][^>]*>[^<]*, page 2</h[12]>", second)) == 1, address


def test_a_page_of_a_list_that_there_is_not_is_not_found(client, one_row_a_page):
    for address in PAGED:
        for page in ("99", "0", "x", "%00"):
            assert client.get(f"{address}{'&' if '?' in address else '?'}page={page}").status_code == 404, address
