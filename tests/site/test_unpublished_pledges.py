"""A pledge that is not public is in no output for the public: words of it are looked for in all of them."""

import datetime as dt

import pytest
from django.utils import timezone

from commitments import pledges
from commitments.loading import load_declaration
from commitments.models import Commitment, UpdateDocument
from digests.issues.contents import read_state
from digests.issues.news import collect_items
from digests.models import Issue, Item
from practices import vocabulary
from practices.models import PracticeAsEvidence, Word
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UpdateDocumentFactory,
    acting_for,
    commit,
)
from tests.pdf_text import words_of

pytestmark = pytest.mark.django_db

CANARIES = ("quetzalcanary", "toucanary", "hoatzincanary", "kakapocanary")
PAGES = [
    "/en/", "/en/cities/", "/en/cities/testford/", "/en/countries/ca/", "/en/regions/somewhere/",
    "/en/compare/?city=testford&city=otherford", "/en/pledges/", "/en/pledges/?q=quetzalcanary", "/en/changes/",
    "/en/matrix/", "/en/charts/", "/en/commitments/", "/en/commitments/4/", "/en/search/?q=quetzalcanary",
    "/en/search/?q=toucanary", "/en/pledges/?q=toucanary", "/en/practices/night-walks/",
    "/en/print/matrix/", "/en/print/cities/", "/en/embed/cities/testford/",
    "/en/embed/charts/pledges/", "/en/embed/map/", "/en/cities/map.json", "/en/method/", "/en/newsletter/issues/",
]  # fmt: skip
FILES = [
    "/en/cities/testford/badge.svg", "/en/cities/testford/feed.xml", "/en/commitments/4/feed.xml", "/en/calendar.ics",
    "/en/cities/testford/calendar.ics", "/en/commitments/4/calendar.ics", "/sitemap-pledges-1.xml",
    "/en/charts/pledges.csv", "/en/charts/pledges.svg",
]  # fmt: skip
API = [
    "cities", "cities/testford", "commitments", "commitments/4", "pledges", "pledges?city=testford",
    "pledges?q=quetzalcanary", "pledges?q=hoatzincanary", "practices/night-walks",
    "milestones", "milestones?city=testford", "updates", "updates?city=testford",
]  # fmt: skip


@pytest.fixture
def hidden():
    """A draft, and a pledge that was taken down, both with all that a pledge can have."""
    load_declaration()
    fourth = Commitment.objects.of_melbourne().get(number=4)
    city = CityFactory(name_en="Testford")
    CityFactory(name_en="Otherford")
    official = acting_for(city)
    practice = RevisionFactory(practice__city=city, practice__slug="night-walks", status="published").practice
    made = {"city": city, "commitment": fourth, "title_en": "A quetzalcanary", "description_en": "A toucanary.",
            "lead_department": "kakapocanary", "due_on": timezone.localdate() + dt.timedelta(days=9),
            "target_en": "A toucanary", "baseline_en": "No toucanary", "partners_en": "kakapocanary",
            "indicator_name_en": "toucanary", "extension_reason": "kakapocanary", "extension_language": "en",
            "extension_noted_at": timezone.now(), "result_en": "A toucanary", "lessons_en": "hoatzincanary",
            "degree_of_change": "full"}  # fmt: skip
    draft, taken_down = PledgeFactory(**made, published_at=None), PledgeFactory(**made)
    for pledge in (draft, taken_down):
        soon = timezone.localdate() + dt.timedelta(days=9)
        MilestoneFactory(pledge=pledge, title_en="hoatzincanary", due_on=soon)
        MilestoneFactory(pledge=pledge, title_en="hoatzincanary", done_on="2026-01-01")
        update = ProgressUpdateFactory(pledge=pledge, what_changed_en="A toucanary came.", author=official)
        UpdateDocumentFactory(pledge=pledge, update_row=update, title="toucanary")
        PracticeAsEvidence.objects.create(update_row=update, practice=practice)
    collect_items(timezone.now())
    commit()
    pledges.take_down(taken_down, reason="kakapocanary", by=official)
    commit()
    return draft, taken_down


def test_no_page_file_feed_or_answer_has_a_word_of_it(client, hidden):
    for address in [*PAGES, *FILES, *(f"/api/v1/{name}" for name in API)]:
        response = client.get(address, follow=True)
        assert response.status_code == 200, address
        content = b"".join(response.streaming_content) if response.streaming else response.content
        said = content.decode().replace("q=quetzalcanary", "").replace("q=toucanary", "")
        for typed in ('value="quetzalcanary"', 'value="toucanary"'):
            said = said.replace(typed, "")
        if "?q=" not in address:
            assert not any(canary in said for canary in CANARIES), address
        for pledge in hidden:
            for link in (f"/pledges/{pledge.pk}/", f"/api/v1/pledges/{pledge.pk}"):
                assert f'{link}"' not in said, address


def test_no_download_and_no_pdf_has_a_word_of_it(client, hidden):
    for dataset in ("pledges", "milestones", "updates", "cities", "matrix"):
        written = client.get(f"/en/data/{dataset}.csv")
        assert written.status_code == 200, dataset
        content = b"".join(written.streaming_content) if written.streaming else written.content
        assert not any(canary.encode() in content for canary in CANARIES), dataset
        if dataset in ("pledges", "milestones", "updates"):
            assert len(content.splitlines()) == 1, dataset
    profile = words_of(client.get("/en/cities/testford/profile.pdf").content)
    assert "Testford" in profile
    assert not any(canary in profile for canary in CANARIES)


def test_each_row_of_it_has_no_address_of_its_own(client, hidden):
    draft, taken_down = hidden
    assert client.get(f"/en/pledges/{draft.pk}/").status_code == 404
    assert client.get(f"/en/pledges/{taken_down.pk}/").status_code == 410
    for document in UpdateDocument.objects.all():
        gone = 410 if document.pledge == taken_down else 404
        assert client.get(document.get_absolute_url()).status_code == gone
    for pledge, status in ((draft, 404), (taken_down, 410)):
        addresses = [f"pledges/{pledge.pk}"]
        addresses += [f"milestones/{milestone.pk}" for milestone in pledge.milestones.all()]
        addresses += [f"updates/{update.pk}" for update in pledge.updates.all()]
        assert {client.get(f"/api/v1/{address}").status_code for address in addresses} == {status}


def test_no_word_of_it_is_suggested(hidden):
    vocabulary.refresh()
    assert not Word.objects.filter(word__contains="canary").exists()


def test_no_news_of_it_is_sent_not_even_what_already_waits(hidden):
    _draft, taken_down = hidden
    waiting = Item.objects.exclude(city__isnull=False)
    assert {item.pledge_id or item.milestone.pledge_id for item in waiting} == {taken_down.pk}
    assert not any(
        row[0] in {item.pk for item in waiting}
        for row in read_state(Issue(frequency="weekly", items_from=0, items_until=10**9, ends_at=timezone.now()))
    )


def test_what_was_taken_down_is_among_the_removals_and_a_draft_is_not(client, hidden):
    _draft, taken_down = hidden
    removed = client.get("/api/v1/removals").json()["results"]
    pledges_removed = [row for row in removed if row["kind"] == "pledge"]
    assert [row["id"] for row in pledges_removed] == [taken_down.pk]
    assert {row["kind"] for row in removed} == {"pledge", "milestone", "update"}
