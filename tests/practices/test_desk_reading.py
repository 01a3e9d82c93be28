"""Reading a text on the desk: as the public will, what changed, the facts, its history, what the desk noticed."""

import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from practices import conversation, moderation
from practices.models import PartnerCity, Revision, SourceCheck
from tests.factories import (
    AttachmentFactory,
    CityFactory,
    CommitmentFactory,
    ModeratorFactory,
    RevisionFactory,
    acting_for,
    harmless,
    moved,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    browser = Client()
    browser.force_login(ModeratorFactory())
    return browser


def rich(**fields) -> Revision:
    """A draft with all that a page can show."""
    original = RevisionFactory(status="published", title_en="The original").practice
    texts = {
        f"{name}_{code}": f"{name} {code}:\n\n- one\n- two\n\n*so*"
        for name in ("summary", "challenge", "approach", "results", "lessons")
        for code in ("en", "fr")
    } | fields
    revision = RevisionFactory(
        title_en="Listening circles", title_fr="Cercles d'écoute", adapted_from=[original],
        commitments=[CommitmentFactory(number=2), CommitmentFactory(number=4)], themes=["dialogue"],
        sources=["https://example.org/a-report"], website="https://example.org/circles", started_on="2019",
        picture_credit="A photographer", picture_alt_en="A circle", picture_width=800, picture_height=450,
        picture=ContentFile(b"not looked at", name="x.jpg"), **texts,
    )  # fmt: skip
    AttachmentFactory(revision=revision, title_en="The report")
    PartnerCity.objects.create(revision=revision, city=CityFactory(name_en="Partnerford"))
    return revision


def main_of(text: str, begin: str, end: str) -> str:
    found = re.search(f"{begin}(.*?){end}", text, re.DOTALL)
    assert found
    return " ".join(found[1].split())


@pytest.mark.parametrize("is_new_version", [False, True])
def test_the_preview_and_the_public_page_are_the_same_html(client, desk, is_new_version):
    revision = rich()
    if is_new_version:
        moved(Revision.objects.filter(pk=revision.pk), status="submitted", submitted_at=revision.created_at)
        moderation.publish(revision=revision, by=ModeratorFactory())
        revision = moderation.open_draft(practice=revision.practice, by=revision.author)
    RevisionFactory(
        status="published", title_en="Like it", themes=["dialogue"], commitments=[CommitmentFactory(number=2)]
    )
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    previews = {
        code: main_of(
            desk.get(f"/en/desk/{revision.pk}/?view=read&in={code}").text,
            f'<div class="as-public" lang="{code}">', "</div>\\s*</div>\\s*</main>",
        )
        for code in ("en", "fr")
    }  # fmt: skip
    moderation.publish(revision=revision, by=ModeratorFactory())
    revision.refresh_from_db()
    document, slug = revision.attachments.get(), revision.practice.slug
    assert slug == "listening-circles"
    for code, prefix in (("en", "/en/practices/"), ("fr", "/fr/pratiques/")):
        public = main_of(client.get(f"{prefix}{slug}/").text, "</nav>(?=\\s*<article)", "</main>")
        # Before it is public, its files have addresses that only those who may read it can open.
        files = {
            f"/{code}/{'my-city/pictures' if code == 'en' else 'ma-ville/images'}/{revision.pk}.jpg",
            f"/{code}/my-city/documents/{document.pk}/", f"/{code}/ma-ville/documents/{document.pk}/",
        }  # fmt: skip
        shown = previews[code]
        for address in re.findall(r'(?:src|href)="([^"]*/(?:pictures|images|documents)/[^"]*)"', public):
            closed = next(each for each in files if each in shown and ("documents" in each) == ("documents" in address))
            shown = shown.replace(closed, address)
        assert shown == public
        assert "Partnerford" in shown
        assert "<li>one</li>" in shown


def test_after_sending_back_the_one_word_that_changed_is_marked(desk):
    revision = rich(summary_en="We listened to forty people.")
    official = acting_for(revision.practice.city)
    first = moderation.submit(revision=revision, by=official, harm=harmless()).submitted_at
    moderation.send_back(revision=revision, by=ModeratorFactory(), reason="How many?")
    Revision.objects.filter(pk=revision.pk).update(summary_en="We listened to fifty people.")
    seen = desk.get(f"/en/desk/{revision.pk}/")
    assert "We listened to forty people." in seen.text
    assert "fifty" not in seen.text
    moderation.submit(revision=revision, by=official)
    page = desk.get(f"/en/desk/{revision.pk}/")
    assert [row.name for row in page.context["changed"]] == ["summary"]
    assert "<del>forty </del><ins>fifty </ins>" in page.text
    assert first < Revision.objects.get(pk=revision.pk).submitted_at
    # All that was ever submitted can be read.
    old, _new = desk.get(f"/en/desk/{revision.pk}/?view=history").context["kept"] and revision.transitions.filter(
        verb="submit"
    )
    submitted = desk.get(f"/en/desk/{revision.pk}/submitted/{old.pk}/").text
    assert "forty" in submitted
    assert "fifty" not in submitted


def test_what_changed_is_against_what_is_public_and_against_what_was_sent_back(desk):
    live = RevisionFactory(status="published", title_en="One")
    draft = moderation.open_draft(practice=live.practice, by=live.author)
    Revision.objects.filter(pk=draft.pk).update(title_en="Two")
    moderation.submit(revision=draft, by=live.author, harm=harmless())
    moderation.send_back(revision=draft, by=ModeratorFactory(), reason="Three, please.")
    Revision.objects.filter(pk=draft.pk).update(title_en="Three")
    moderation.submit(revision=draft, by=live.author)
    page = desk.get(f"/en/desk/{draft.pk}/")
    assert "<del>Two</del><ins>Three</ins>" in page.text
    assert "<del>One</del><ins>Three</ins>" in desk.get(f"/en/desk/{draft.pk}/?view=changes&against=public").text


def test_the_facts_stand_there_once_without_keys_of_files(desk):
    revision = rich()
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    text = main_of(desk.get(f"/en/desk/{revision.pk}/?view=facts").text, '<div id="text">', "</main>")
    for words in ("The report", "example.org/<wbr>a-report", "Partnerford", "The original"):
        assert (words, text.count(words)) == (words, 1)
    for address in ("?view=facts", "?view=changes"):
        assert revision.attachments.get().key[:8] not in desk.get(f"/en/desk/{revision.pk}/{address}").text


def test_another_file_under_the_same_title_is_a_change(desk):
    live = RevisionFactory(documents=["The report"])
    moved(Revision.objects.filter(pk=live.pk), status="submitted", submitted_at=live.created_at)
    moderation.publish(revision=live, by=ModeratorFactory())
    draft = moderation.open_draft(practice=live.practice, by=live.author)
    draft.attachments.all().delete()
    AttachmentFactory(revision=draft, title_en="The report")
    moderation.submit(revision=draft, by=live.author, harm=harmless())
    (row,) = desk.get(f"/en/desk/{draft.pk}/").context["changed"]
    assert (row.before, row.after) == ("The report", "The report (another file than before)")


def test_what_the_city_took_back_is_not_read_any_more_and_its_history_is(desk):
    revision = rich(summary_en="Taken back words.")
    moderation.submit(revision=revision, by=revision.author, harm=harmless(), note="A note")
    moderation.withdraw(revision=revision, by=revision.author)
    page = desk.get(f"/en/desk/{revision.pk}/?view=history")
    assert "Withdrawn by the city" in page.text
    assert "Taken back words." not in page.text
    step = revision.transitions.get(verb="submit")
    assert desk.get(f"/en/desk/{revision.pk}/submitted/{step.pk}/").status_code == 404


def test_what_the_desk_noticed_is_a_list(desk):
    twin = RevisionFactory(status="published", title_en="The twin", summary_en="We walk with young people at night.")
    revision = RevisionFactory(
        status="submitted", summary_en="We walk with young people by night.", evaluation="external",
        approach_en="Write to jo@city.example or call (514) 687-7141.", sources=["https://example.org/gone"],
    )  # fmt: skip
    SourceCheck.objects.create(address="https://example.org/gone", outcome="dead")
    SourceCheck.objects.create(address="https://example.org/there", outcome="found")
    noticed = desk.get(f"/en/desk/{revision.pk}/").context["noticed"]
    words = [str(each.words) for each in noticed]
    assert "It was evaluated, and there is no evidence." in words
    assert "It is in one language only: readers of the other see a note." in words
    found = {str(each.words): each for each in noticed}
    assert found["Nothing is there any more at these addresses:"].details == ["https://example.org/gone"]
    details = " ".join(map(str, found["Something in the text could lead to a person:"].details))
    assert "jo@city.example" in details
    assert "(514) 687-7141" in details
    assert found["Its summary is very like that of another practice:"].like == [twin]
    bare = RevisionFactory(status="submitted", summary_en="", summary_fr="", sources=[])
    words = [str(each.words) for each in desk.get(f"/en/desk/{bare.pk}/").context["noticed"]]
    assert words[0] == "There is no summary."
    assert "There is no source: no public page shows it." in words


def test_after_a_decision_the_next_one_is_offered(desk):
    decided, waiting = RevisionFactory(status="rejected"), RevisionFactory(status="submitted", title_en="Waits")
    assert desk.get(f"/en/desk/{decided.pk}/").context["next"] == waiting


def test_each_view_takes_the_same_queries_however_long_the_history(desk):
    revision = RevisionFactory(status="rejected")

    def grow() -> Revision:
        draft = moderation.open_draft(practice=revision.practice, by=revision.author)
        draft = moderation.submit(revision=draft, by=revision.author, harm=harmless(), note="More.")
        conversation.ask(revision=draft, by=ModeratorFactory(), words="Who?", language="en")
        conversation.remark(revision=draft, by=ModeratorFactory(), words="Well.")
        moderation.reject(revision=draft, by=ModeratorFactory(), reason="No.")
        return draft

    views = ("read", "changes", "facts", "talk", "history")
    last = grow()
    counts = [_queries(desk, f"/en/desk/{last.pk}/?view={view}") for view in views]
    grow()
    last = grow()
    assert [_queries(desk, f"/en/desk/{last.pk}/?view={view}") for view in views] == counts
    assert max(counts) <= 40


def _queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)
