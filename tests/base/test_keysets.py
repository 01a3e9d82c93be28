"""Pages of a long list: by number at first, then by the row that they begin at; no row twice, none left out."""

import base64
import datetime as dt
import json
import re

import pytest
from django.utils import timezone

from practices.views import public
from scn_portal.base import lists
from tests.factories import RevisionFactory

pytestmark = pytest.mark.django_db

PRACTICES = "/en/practices/"


@pytest.fixture
def eleven(monkeypatch):
    """Eleven practices, two a page, of which the first two pages have numbers; some of one moment."""
    monkeypatch.setattr(lists, "MAX_OFFSET", 2)
    monkeypatch.setattr(public, "PRACTICES_PER_PAGE", 2)
    now = timezone.now()
    for number in range(11):
        RevisionFactory(
            status="published", title_en=f"T{number:02}", themes=["youth"], published_at=now - dt.timedelta(number // 3)
        )


def links(page) -> dict[str, str]:
    found = re.findall(r'<a rel="(prev|next)" href="([^"]*)"', page.text)
    return {rel: link.replace("&amp;", "&") for rel, link in found}


def titles(page) -> list[str]:
    return [practice.live.title_en for practice in page.context["practices"]]


def walk(client, address: str, rel: str) -> list[tuple[str, list[str], str]]:
    """The pages from `address` on, each as (its link, its titles, its heading)."""
    found = []
    while True:
        page = client.get(address)
        assert page.status_code == 200, address
        found.append((address, titles(page), re.search("<h1[^>]*>(.*?)</h1>", page.text)[1]))
        if not (link := links(page).get(rel)):
            return found
        address = link if link.startswith("/") else PRACTICES + link


def test_all_rows_come_once_forwards_and_backwards(client, eleven):
    onward = walk(client, PRACTICES + "?theme=youth", "next")
    assert [len(rows) for _link, rows, _heading in onward] == [2, 2, 2, 2, 2, 1]
    assert len({title for _link, rows, _heading in onward for title in rows}) == 11
    assert ["after=" in link for link, *_others in onward] == [False, False, True, True, True, True]
    assert all("theme=youth" in link for link, *_others in onward)
    assert onward[4][2].endswith(", page 5")
    back = walk(client, onward[-1][0], "prev")
    assert [rows for _link, rows, _heading in back] == [rows for _link, rows, _heading in reversed(onward)]
    assert ["before=" in link for link, *_others in back] == [False, True, True, True, False, False]


def test_a_page_says_its_own_address(client, eleven):
    address = walk(client, PRACTICES, "next")[3][0]
    page = client.get(address)
    canonical = re.search(r'<link rel="canonical" href="[^"]*(/en/practices/[^"]*)"', page.text)[1]
    assert canonical == address
    assert "Page 4 of 6" in " ".join(page.text.split())


def test_a_row_that_is_added_meanwhile_moves_nothing(client, eleven):
    pages = walk(client, PRACTICES, "next")
    RevisionFactory(status="published", title_en="Newer")
    assert titles(client.get(pages[3][0])) == pages[3][1]


def test_no_number_leads_further_than_its_rows_are_cheap(client, eleven):
    assert client.get(PRACTICES + "?page=2").status_code == 200
    assert client.get(PRACTICES + "?page=3").status_code == 404


def token(*held) -> str:
    return base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")


NOW = "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "nonsense",
    ["x", "%00", "é", "A" * 5000, token(), token(3), token(3, []), token(3, [NOW]), token(3, [NOW, "x"]),
     token(3, None), token(3, ["2026-01-01", 1]),
     token(3, ["2026-01-01T00:00:00", 1]), token(3, [1, 1]), token(3, [NOW, True]),
     token(3, [NOW, 10**30]), token(3, [NOW, [1]]), token("3", [NOW, 1]), token(-3, [NOW, 1]), token(10**30, [NOW, 1]),
     token(1, [NOW, 1]), token(2, [NOW, 1]), token(3, [NOW, 1, 1]), token({"a": 1}, [NOW, 1]), "[" * 400],
)  # fmt: skip
def test_nonsense_leads_nowhere(client, eleven, nonsense):
    for direction in ("after", "before"):
        assert client.get(PRACTICES, {direction: nonsense}).status_code == 404


def test_beyond_the_last_row_there_is_no_page(client, eleven):
    assert client.get(PRACTICES, {"after": token(9, ["1901-01-01T00:00:00+00:00", 1])}).status_code == 404


def test_a_list_in_another_order_has_no_such_pages(client, eleven):
    assert client.get(PRACTICES, {"q": "T05", "after": "x"}).status_code == 200
