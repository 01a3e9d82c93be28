"""What people type never acts: a corpus of scripts in every free text, on every page, in every file that shows it.

Every page is read by a parser of HTML; in Chromium, which has the last word, some of them, and all in `make soak`.
"""

import csv
import io
import json
import random
from itertools import cycle
from urllib.parse import quote, urlsplit

import pytest
from django.db import models
from django.test import Client
from lxml import etree, html

from commitments.models import Milestone, Pledge, ProgressUpdate
from members.models import City, Role
from practices.models import Message, Remark, Revision
from scn_portal.site.downloads.cells import FORMULA
from tests.conftest import SEED
from tests.factories import (
    AttachmentFactory,
    CityFactory,
    CommitmentFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
)
from tests.pdf_text import words_of
from tests.trust.vectors import ALL, VECTORS, packed

# Not free: made by the portal, chosen from a list, dates, or only there together with something else.
NOT_FREE = {
    "slug", "time_zone", "also_said_fr", "also_said_en", "extension_language", "extension_reason", "taken_down_reason",
    "hidden_reason", "picture_alt_en", "picture_alt_fr", "picture_credit", "reason", "source", "website",
    "reason_en", "reason_fr",
}  # fmt: skip
texts_of_length: dict[int, cycle] = {}


def poison(model: type[models.Model], *, of: type[models.Model] | None = None) -> dict[str, str]:
    """A text that would act for each free text of `model`; each time other ones where not all fit."""
    fields = {field.name: field for field in model._meta.local_fields}
    translated = {name[:-3] for name in fields if name.endswith("_en")}
    found = {}
    for name, field in fields.items():
        is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.URLField)
        if not is_text or field.choices or name in NOT_FREE | translated or name.endswith(("_on", "_language")):
            continue
        length = field.max_length or 0
        found[name] = next(texts_of_length.setdefault(length, cycle(packed(length)))) if length else ALL
    return found


@pytest.fixture
def poisoned(db) -> dict:
    """Rows of every kind, full of it, of one city."""
    commitment = CommitmentFactory(number=1)
    city = CityFactory(**poison(City), slug="poisoned", country="CA")
    editor = acting_for(city, Role.FOCAL_POINT, name=packed(150)[0][:150], function=packed(150)[1][:150])
    rows: dict = {"city": city, "editor": editor}
    for _number in range(len(packed(200)) // 2 + 1):  # two titles each
        pledge = PledgeFactory(city=city, commitment=commitment, **poison(Pledge))
        practice = RevisionFactory(
            practice__city=city, author=editor, commitments=[commitment], status="published", **poison(Revision)
        )
    MilestoneFactory(pledge=pledge, due="2030", due_on="2030-12-31", **poison(Milestone))
    ProgressUpdateFactory(
        pledge=pledge, author=editor, **poison(ProgressUpdate), evidence=["https://city.example/?\"'<x>"]
    )
    draft = RevisionFactory(practice__city=city, author=editor, **poison(Revision))
    AttachmentFactory(revision=draft, title_en=packed(200)[3])
    submitted = RevisionFactory(practice__city=city, author=editor, status="submitted", **poison(Revision))
    staff = UserFactory(is_staff=True, is_superuser=True, name=packed(150)[2][:150])
    Message.objects.create(revision=submitted, by=staff, words=ALL, language="en", kind=Message.Kind.QUESTION)
    Remark.objects.create(revision=submitted, by=staff, words=ALL)
    return rows | {"pledge": pledge, "practice": practice, "draft": draft, "submitted": submitted, "staff": staff}


def public_pages(rows: dict) -> list[str]:
    slug, pledge = rows["practice"].practice.slug, rows["pledge"].pk
    odd = [quote(each) for each in ('"><svg onload=alert(1)>', "'-alert(1)-'", "</script><script>alert(1)</script>")]
    return [
        "/en/cities/poisoned/", f"/en/practices/{slug}/", f"/en/pledges/{pledge}/", "/en/", "/en/cities/",
        "/en/pledges/", "/en/practices/", "/en/changes/", "/en/matrix/", "/en/commitments/1/", "/en/search/?q=alert",
        "/en/compare/?city=poisoned", "/en/countries/ca/", "/en/embed/cities/poisoned/", "/en/print/practices/",
        "/en/print/cities/", *(f"/en/search/?q={each}" for each in odd), *(f"/en/practices/?q={each}" for each in odd),
        f"/en/report-a-concern/?page={odd[0]}", f"/en/accounts/login/?next={quote('javascript:alert(1)')}",
        f"/en/newsletter/?topic={odd[0]}", f"/en/{odd[0]}/",
    ]  # fmt: skip


def city_pages(rows: dict) -> list[str]:
    draft, pledge = rows["draft"], rows["pledge"].pk
    return [
        f"/en/my-city/practices/{draft.practice_id}/edit/story/", f"/en/my-city/pledges/{pledge}/edit/",
        "/en/my-city/poisoned/", "/en/my-city/poisoned/people/", f"/en/my-city/pledges/{pledge}/",
        f"/en/my-city/practices/{draft.practice_id}/", f"/en/my-city/practices/{draft.practice_id}/edit/check/",
        f"/en/my-city/revisions/{draft.pk}/preview/", f"/en/my-city/practices/{draft.practice_id}/documents/",
    ]  # fmt: skip


def staff_pages(rows: dict) -> list[str]:
    submitted, pledge = rows["submitted"], rows["pledge"].pk
    return [
        f"/en/desk/{submitted.pk}/", "/en/desk/", "/en/desk/city/poisoned/", f"/en/desk/pledges/{pledge}/",
        "/en/desk/pledges/", "/en/desk/patrol/", "/en/desk/search/?q=alert",
        f"/en/desk/{submitted.pk}/decide/send_back/",
        f"/en/admin/commitments/pledge/{pledge}/change/", f"/en/admin/members/city/{rows['city'].pk}/change/",
        "/en/admin/members/city/",
    ]  # fmt: skip


LEADS = {
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "srcset",
    "background",
    "{http://www.w3.org/1999/xlink}href",
}
LOADS = LEADS - {"href"}
SCHEMES = {"", "http", "https", "mailto", "data", "tel"}


def is_own(address: str | None) -> bool:
    """A file, or the words of the admin's own scripts."""
    return bool(address) and address.startswith(("/static/", "/en/admin/jsi18n/"))


def what_acts(page: str) -> list[str]:
    """What in the HTML would run, load from elsewhere, or lead to a script."""
    found = []
    for element in html.document_fromstring(page).iter(etree.Element):
        tag = etree.tostring(element, encoding="unicode", with_tail=False)[:150]
        if element.tag == "script" and element.get("type") in ("application/ld+json", "application/json"):
            json.loads(element.text or "null")
        elif element.tag == "script" and not is_own(element.get("src")):
            found.append(tag)
        if element.tag in ("iframe", "object", "embed", "applet", "frame", "portal", "marquee"):
            found.append(tag)
        if element.tag == "base" and "href" in element.attrib:
            found.append(tag)
        if element.tag == "meta" and (element.get("http-equiv") or "").lower() == "refresh":
            found.append(tag)
        for name, value in element.attrib.items():
            parts = urlsplit(value.strip()) if name in LEADS else urlsplit("")
            is_elsewhere = name in LOADS and bool(parts.netloc)
            if name.startswith("on") or name in ("style", "srcdoc") or parts.scheme not in SCHEMES or is_elsewhere:
                found.append(f"{name} of {tag}")
        if element.tag == "link" and element.get("rel") == "stylesheet" and urlsplit(element.get("href")).netloc:
            found.append(tag)
    return found


@pytest.mark.parametrize("count", [8, pytest.param(99, marks=pytest.mark.soak)])
def test_nothing_typed_acts_on_any_page(poisoned, count):
    clients = {"": Client(), "editor": Client(), "staff": Client()}
    for who in ("editor", "staff"):
        clients[who].force_login(poisoned[who])
    asked = {"": public_pages(poisoned), "editor": city_pages(poisoned), "staff": staff_pages(poisoned)}
    cells = [(who, address) for who, pages in asked.items() for address in pages]
    acting, shown = {}, ""
    for who, address in random.Random(SEED).sample(cells, min(count, len(cells))):
        answer = clients[who].get(address)
        assert answer.status_code == 200 or (answer.status_code == 404 and "alert" in address), (address, answer)
        shown += answer.text
        if found := what_acts(answer.text):
            acting[address] = found[:3]
    assert acting == {}
    assert "&lt;script&gt;alert(1)" in shown  # it is there, as text


def test_nothing_typed_acts_in_any_file(client, poisoned):
    pledge = poisoned["pledge"].pk
    for address in ("/en/changes/feed.xml", "/en/cities/poisoned/feed.xml", "/en/practices/feed.xml"):
        feed = etree.fromstring(client.get(address).content)
        for content in feed.iter("{http://www.w3.org/2005/Atom}content", "{http://www.w3.org/2005/Atom}summary"):
            if content.text and content.get("type") == "html":
                assert what_acts(f"<html><body>{content.text}</body></html>") == [], address
    calendar = client.get("/en/cities/poisoned/calendar.ics").text
    assert "\r\nATTENDEE" not in calendar
    assert calendar.count("BEGIN:VEVENT") == calendar.count("\r\nEND:VEVENT") == 1
    for dataset in ("cities", "pledges", "practices"):
        answer = client.get(f"/en/data/{dataset}.csv")
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        for row in csv.reader(io.StringIO(text.decode("utf-8-sig"))):
            assert not [cell for cell in row if cell.strip(" ").startswith(FORMULA) and not is_number(cell)]
    api = client.get(f"/api/v1/pledges/{pledge}")
    assert api["Content-Type"].startswith("application/json")
    assert api["X-Content-Type-Options"] == "nosniff"


@pytest.mark.soak
def test_nothing_typed_acts_in_a_pdf(client, poisoned):
    slug = poisoned["practice"].practice.slug
    for address in (f"/en/practices/{slug}/practice.pdf", "/en/cities/poisoned/profile.pdf"):
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert content.startswith(b"%PDF-"), address
        for active in (b"/JavaScript", b"/Launch", b"root:x:"):
            assert active not in content, address
        assert "root:" not in words_of(content)


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_the_corpus_is_whole():
    assert len(set(VECTORS)) == len(VECTORS) >= 60
    assert all(any(vector in text for text in packed(200)) for vector in VECTORS)


# --- In Chromium -----------------------------------------------------------------------------------------------------

REPORT = """
window.acted = [];
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.acted.push(name);
document.addEventListener("securitypolicyviolation", (event) => window.acted.push(
  `${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.mark.browser
@pytest.mark.parametrize("count", [1, pytest.param(99, marks=pytest.mark.soak)])
def test_nothing_typed_acts_in_a_browser(page, poisoned, live_server, count):
    elsewhere, said = [], []
    own = (live_server.url, "data:", "blob:")
    page.on("request", lambda request: elsewhere.append(request.url) if not request.url.startswith(own) else None)
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.add_init_script(REPORT)
    for who, pages in (("", public_pages), ("editor", city_pages), ("staff", staff_pages)):
        page.context.clear_cookies()
        if who:
            client = Client()
            client.force_login(poisoned[who])
            session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
            page.context.add_cookies([session])
        for address in pages(poisoned)[:count]:
            page.goto(address, wait_until="load")
            # What waits for a mouse or the focus is tried too.
            page.evaluate("""() => document.querySelectorAll("main *").forEach((each) => {
                for (const kind of ["mouseover", "focus", "toggle", "error"]) each.dispatchEvent(new Event(kind));
            })""")
            assert page.evaluate("window.acted") == [], address
    assert elsewhere == []
    assert [text for text in said if "404" not in text] == []
