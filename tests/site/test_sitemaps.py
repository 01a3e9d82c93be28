"""The site map and robots.txt."""

import datetime as dt
import re
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.urls import resolve
from django.utils.translation import override

from scn_portal.base.models import PublicRecord
from scn_portal.site.sharing import sitemaps
from tests.factories import CityFactory, CommitmentFactory, PledgeFactory, RevisionFactory, commit

pytestmark = pytest.mark.django_db

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
# Section and its queries, and how many rows of it `network(1)` makes.
SECTIONS = [
    ("pages", 0, len(sitemaps.PAGES)), ("commitments", 2, 1), ("cities", 2, 1), ("practices", 2, 1), ("pledges", 2, 1),
    ("countries", 1, 1), ("regions", 1, 1),
]  # fmt: skip


def network(rows: int) -> None:
    for number in range(rows):
        city = CityFactory(name_en=f"Testford {number}")
        PledgeFactory(city=city)
        RevisionFactory(practice__city=city, practice__slug=f"practice-of-{number}", status="published")


def parsed(client, address: str) -> ElementTree.Element:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml; charset=utf-8")
    assert not response.cookies
    return ElementTree.fromstring(response.content)


def places(client, section: str) -> list[str]:
    return [loc.text for loc in parsed(client, f"/sitemap-{section}-1.xml").iter(f"{MAP}loc")]


def test_the_index_names_every_file(client, settings):
    network(1)
    files = [loc.text for loc in parsed(client, "/sitemap.xml").iter(f"{MAP}loc")]
    assert files == [f"{settings.SITE_URL}/sitemap-{name}-1.xml" for name, _queries, _rows in SECTIONS]


def test_a_long_section_takes_several_files(client, settings, monkeypatch):
    monkeypatch.setattr(sitemaps, "ROWS_PER_FILE", 2)
    network(3)
    files = [loc.text for loc in parsed(client, "/sitemap.xml").iter(f"{MAP}loc")]
    assert f"{settings.SITE_URL}/sitemap-cities-2.xml" in files
    assert f"{settings.SITE_URL}/sitemap-cities-3.xml" not in files
    first, second = places(client, "cities"), parsed(client, "/sitemap-cities-2.xml").iter(f"{MAP}loc")
    assert len(first) == 4
    assert not set(first) & {loc.text for loc in second}


def test_a_file_where_nothing_is_public_is_empty_and_the_next_is_there(client, monkeypatch):
    monkeypatch.setattr(sitemaps, "ROWS_PER_FILE", 1)
    first, gone, last = CityFactory(), CityFactory(status="former"), CityFactory()
    files = [places(client, "cities"), *(parsed(client, f"/sitemap-cities-{number}.xml") for number in (2, 3))]
    assert any(first.slug in address for address in files[0])
    assert [len(file) for file in files] == [2, 0, 2]
    assert (gone.pk, last.pk) == (first.pk + 1, first.pk + 2)
    assert client.get("/sitemap-cities-4.xml").status_code == 404


@pytest.mark.parametrize(("section", "_queries", "rows"), SECTIONS)
def test_every_page_is_listed_in_both_languages_with_its_alternates(client, settings, section, _queries, rows):
    network(1)
    urls = parsed(client, f"/sitemap-{section}-1.xml").findall(f"{MAP}url")
    assert len(urls) == 2 * rows
    for url in urls:
        address = url.findtext(f"{MAP}loc")
        alternates = {link.get("hreflang"): link.get("href") for link in url.findall(LINK)}
        assert set(alternates) == {"en", "fr", "x-default"}
        assert alternates["x-default"] == alternates["en"]
        assert address in alternates.values()
        assert all(alternate.startswith(settings.SITE_URL) for alternate in alternates.values())


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap-cities-1.xml"])
def test_addresses_do_not_follow_the_host_of_the_request(client, settings, path):
    network(1)
    settings.ALLOWED_HOSTS = ["other.example"]
    response = client.get(path, headers={"host": "other.example"})
    assert f"<loc>{settings.SITE_URL}/" in response.text
    assert "other.example" not in response.text
    assert "Last-Modified" not in response


@pytest.mark.parametrize("section", [name for name, _queries, _rows in SECTIONS])
def test_every_address_opens(client, settings, section):
    network(1)
    for address in places(client, section):
        assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("section", "queries", "_rows"), SECTIONS)
def test_a_file_takes_the_same_queries_for_one_row_as_for_three(
    client, django_assert_num_queries, rows, section, queries, _rows
):
    network(rows)
    with django_assert_num_queries(queries):
        assert client.get(f"/sitemap-{section}-1.xml").status_code == 200


def test_only_public_pages_are_named(client):
    CityFactory(name_en="Gone", status="former")
    RevisionFactory(status="submitted", practice__slug="waiting")
    RevisionFactory(status="archived", practice__slug="taken-down")
    RevisionFactory(status="published", practice__slug="shown")
    assert [address.rsplit("/", 2)[-2] for address in places(client, "practices")] == ["shown", "shown"]
    assert not [address for address in places(client, "cities") if "gone" in address]


def test_a_practice_was_changed_when_its_live_revision_appeared(client):
    day = dt.datetime(2026, 3, 9, 9, tzinfo=dt.UTC)
    RevisionFactory(status="published", published_at=day)
    found = {lastmod.text for lastmod in parsed(client, "/sitemap-practices-1.xml").iter(f"{MAP}lastmod")}
    assert found == {"2026-03-09T09:00:00+00:00"}


def test_a_commitment_that_nobody_touched_has_no_date(client):
    CommitmentFactory()
    assert not list(parsed(client, "/sitemap-commitments-1.xml").iter(f"{MAP}lastmod"))


def test_a_commitment_was_changed_when_the_newest_record_under_it_was(client):
    first, second = CommitmentFactory(number=1), CommitmentFactory(number=2)
    older = PledgeFactory(commitment=first)
    RevisionFactory(status="published", commitments=[second])
    commit()
    newer = PledgeFactory(commitment=second)
    commit()
    records = PublicRecord.objects.filter(kind="pledge")
    urls = parsed(client, "/sitemap-commitments-1.xml").findall(f"{MAP}url")
    found = [dt.datetime.fromisoformat(url.findtext(f"{MAP}lastmod")) for url in urls]
    assert found == [records.get(key=pledge.pk).changed_at for pledge in (older, older, newer, newer)]


@pytest.mark.parametrize("name", ["nothing-1", "cities-0", "cities-2", f"cities-{10**30}", "cities-x"])
def test_an_unknown_file_is_not_found(client, name):
    assert client.get(f"/sitemap-{name}.xml").status_code == 404


# --- robots.txt ------------------------------------------------------------------------------------------------------


def rules(client) -> RobotFileParser:
    response = client.get("/robots.txt")
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    parser = RobotFileParser()
    parser.parse(response.text.splitlines())
    return parser


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/en/", True),
        ("/fr/villes/testford/", True),
        ("/en/practices/a-practice/", True),
        ("/sitemap.xml", True),
        ("/en/my-city/", False),
        ("/fr/ma-ville/testford/", False),
        ("/en/desk/3/", False),
        ("/en/accounts/password/reset/", False),
        ("/fr/admin/", False),
    ],
)
def test_workspaces_and_accounts_are_left_alone(client, address, allowed):
    with override(address[1:3]):
        assert resolve(address)
    assert rules(client).can_fetch("*", address) is allowed


def test_searches_are_left_alone_and_the_site_map_is_named(client, settings):
    text = client.get("/robots.txt").text
    assert re.findall("Disallow: (.*q=)", text) == ["/*?q=", "/*&q="]
    assert rules(client).site_maps() == [f"{settings.SITE_URL}/sitemap.xml"]


def test_a_demo_is_left_alone_wholly(client, settings):
    settings.DEMO = True
    assert not rules(client).can_fetch("*", "/en/")
