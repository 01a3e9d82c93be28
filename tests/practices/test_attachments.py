"""Documents: given by a city while it writes, read by the public once their practice is live, and by nobody else."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile

from members.models import Role
from practices import moderation
from practices.choices import Status
from practices.models import Attachment
from scn_portal.base.http.caching import PUBLIC
from scn_portal.base.http.upload_limit import MAX_REQUEST_BYTES, LimitedUploadHandler
from tests.factories import (
    SMALL_PDF,
    AttachmentFactory,
    CityFactory,
    ModeratorFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    harmless,
)

pytestmark = pytest.mark.django_db


def pdf(content: bytes = SMALL_PDF, name: str = "Report of Anna.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def stored() -> set[str]:
    """The names of the files on the disk."""
    folder = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def fetch(client, address: str, **headers):
    """The answer, with what was sent at hand as `response.body`; the file is closed again."""
    response = client.get(address, headers=headers)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


def page_of(revision) -> str:
    return f"/en/my-city/practices/{revision.practice_id}/documents/"


# --- Giving one ------------------------------------------------------------------------------------------------------


@pytest.fixture
def draft(client):
    """A draft, with its editor logged in."""
    revision = RevisionFactory()
    client.force_login(acting_for(revision.practice.city, Role.EDITOR))
    return revision


def test_a_document_is_attached_read_back_and_removed(client, draft, django_capture_on_commit_callbacks):
    before = stored()
    response = client.post(page_of(draft), {"title_en": "The report", "title_fr": "Le rapport", "file": pdf()})
    assert response.url == page_of(draft)
    document = Attachment.objects.get()
    assert (document.title_en, document.title_fr) == ("The report", "Le rapport")
    assert (document.media_type, document.size) == ("application/pdf", len(SMALL_PDF))
    assert re.fullmatch(r"attachments/[0-9a-f]{32}\.pdf", document.file.name)
    assert stored() - before == {document.file.name}

    for page in (page_of(draft), f"/en/my-city/practices/{draft.practice_id}/"):
        text = client.get(page).text
        assert "The report" in text
        assert f'href="/en/my-city/documents/{document.pk}/"' in text
        assert "Anna" not in text
    assert "Le rapport" in client.get(f"/fr/ma-ville/pratiques/{draft.practice_id}/documents/").text
    assert fetch(client, f"/en/my-city/documents/{document.pk}/").body == SMALL_PDF

    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/en/my-city/documents/{document.pk}/remove/").url == page_of(draft)
    assert not Attachment.objects.exists()
    assert stored() == before


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"file": pdf(b"MZ not a document")}, "file", "Only PDF, PNG, JPEG and WebP can be attached."),
        ({"file": pdf(b"")}, "file", "This file is empty. Choose another one."),
        ({"file": ""}, "file", "Choose a file to attach."),
        ({"title_en": "", "title_fr": ""}, "title_en", "Enter a text in French, in English or in both."),
        ({"title_en": "x" * 201}, "title_en", "201 characters; at most 200."),
        ({"title_en": "nul\0"}, "title_en", "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_what_was_typed_stays_and_nothing_is_stored(
    client, draft, changes, field, said
):
    before = stored()
    if changes.get("file"):
        changes["file"].seek(0)
    response = client.post(
        page_of(draft), {"title_en": "The report", "title_fr": "Déjà écrit", "file": pdf()} | changes
    )
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {field}
    assert said in response.text
    assert ("Déjà écrit" in response.text) == ("title_fr" not in changes)
    assert not Attachment.objects.exists()
    assert stored() == before


def test_a_file_of_a_very_long_name_is_no_fault(client, draft):
    client.post(page_of(draft), {"title_en": "The report", "file": pdf(name="x" * 240 + ".pdf")})
    assert Attachment.objects.get().filename == "the-report.pdf"


def test_there_are_five_at_most(client, draft):
    for _ in range(5):
        AttachmentFactory(revision=draft)
    assert 'type="file"' not in client.get(page_of(draft)).text
    response = client.post(page_of(draft), {"title_en": "A sixth", "file": pdf()})
    assert "There are already 5 documents: remove one first." in response.text
    assert "There are already 5 documents: remove one first." in client.post(page_of(draft)).text
    assert Attachment.objects.count() == 5


@pytest.mark.parametrize("status", [status for status in Status.values if status not in ("draft", "sent_back")])
def test_what_was_submitted_gets_and_loses_no_document(client, status):
    revision = RevisionFactory(status=status, documents=["The report"])
    client.force_login(acting_for(revision.practice.city))
    document = Attachment.objects.get()
    workspace = f"/en/my-city/practices/{revision.practice_id}/"
    assert client.get(page_of(revision)).url == workspace
    assert client.post(page_of(revision), {"title_en": "Another", "file": pdf()}).url == workspace
    assert client.post(f"/en/my-city/documents/{document.pk}/remove/").url == workspace
    assert list(Attachment.objects.all()) == [document]


@pytest.mark.parametrize("who", ["viewer", "elsewhere", "moderator", "anonymous"])
def test_nobody_else_gives_or_takes_away(client, who):
    document = AttachmentFactory()
    people = {
        "viewer": lambda: acting_for(document.revision.practice.city, Role.VIEWER),
        "elsewhere": lambda: acting_for(CityFactory()),
        "moderator": ModeratorFactory,
    }
    if who != "anonymous":
        client.force_login(people[who]())
    refusal = 302 if who == "anonymous" else 404
    assert client.post(page_of(document.revision), {"title_en": "x", "file": pdf()}).status_code == refusal
    assert client.post(f"/en/my-city/documents/{document.pk}/remove/").status_code == refusal
    assert list(Attachment.objects.all()) == [document]


def test_removing_asks_first(client, draft):
    document = AttachmentFactory(revision=draft, title_en="Our report")
    page = client.get(f"/en/my-city/documents/{document.pk}/remove/").text
    assert "Remove this document?" in page
    assert "Our report" in page
    assert list(Attachment.objects.all()) == [document]


def test_more_than_a_form_can_hold_is_refused_before_it_is_read():
    with pytest.raises(RequestDataTooBig):
        LimitedUploadHandler().handle_raw_input(None, {}, MAX_REQUEST_BYTES + 1, b"")


def test_the_refusal_is_a_clear_400(client, draft):
    sent = {"title_en": "x", "file": pdf(b"x" * (MAX_REQUEST_BYTES + 1))}
    assert client.post(page_of(draft), sent).status_code == 400


# --- Who may read it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status.values)
def test_the_public_reads_what_is_live_and_no_other(client, status):
    RevisionFactory(status=status, documents=["The report"])
    address = Attachment.objects.get().get_absolute_url()
    assert fetch(client, address).status_code == {"published": 200, "archived": 410}.get(status, 404)


# Who may read a document before it is public, by where its revision stands: the city's people always, a moderator
# once it was submitted.
READERS = """
              draft submitted sent_back rejected withdrawn scheduled published superseded archived replaced
    editor    200   200       200       200      200       200       200       200        200      200
    viewer    200   200       200       200      200       200       200       200        200      200
    moderator 404   200       404       200      404       200       200       200        200      200
    elsewhere 404   404       404       404      404       404       404       404        404      404
    staff     404   404       404       404      404       404       404       404        404      404
"""
STATUSES, *ROWS = [line.split() for line in READERS.strip().splitlines()]


@pytest.mark.parametrize(
    ("who", "status", "answer"),
    [(who, status, int(answer)) for who, *row in ROWS for status, answer in zip(STATUSES, row, strict=True)],
)
def test_before_it_is_public_it_is_read_by_those_who_read_its_revision(client, who, status, answer):
    revision = RevisionFactory(status=status, documents=["The report"])
    people = {
        "editor": lambda: acting_for(revision.practice.city, Role.EDITOR),
        "viewer": lambda: acting_for(revision.practice.city, Role.VIEWER),
        "moderator": ModeratorFactory,
        "elsewhere": lambda: acting_for(CityFactory()),
        "staff": lambda: UserFactory(is_staff=True),
    }
    client.force_login(people[who]())
    response = fetch(client, f"/en/my-city/documents/{Attachment.objects.get().pk}/")
    assert response.status_code == answer
    assert "no-store" in response["Cache-Control"]


def test_without_an_account_the_preview_asks_to_sign_in(client):
    document = AttachmentFactory()
    assert client.get(f"/en/my-city/documents/{document.pk}/").status_code == 302


# --- How it is sent --------------------------------------------------------------------------------------------------


@pytest.fixture
def public():
    """A public document."""
    RevisionFactory(status="published", documents=["Étude d’impact 2025"])
    return Attachment.objects.get()


def test_it_is_sent_to_be_kept_under_a_name_that_can_be_read(client, public):
    address = public.get_absolute_url()
    assert address == f"/en/practices/{public.revision.practice.slug}/documents/{public.key}/etude-dimpact-2025.pdf"
    response = fetch(client, address)
    assert response.body == SMALL_PDF
    assert response["Content-Disposition"] == 'attachment; filename="etude-dimpact-2025.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(SMALL_PDF))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == PUBLIC
    assert "cookie" not in response.get("Vary", "").lower()
    assert not response.cookies


def test_whoever_has_it_is_not_sent_it_again(client, public):
    address = public.get_absolute_url()
    etag = fetch(client, address)["ETag"]
    again = fetch(client, address, **{"If-None-Match": etag})
    assert (again.status_code, again.body, again["ETag"]) == (304, b"", etag)
    assert fetch(client, address, **{"If-None-Match": '"other"'}).status_code == 200


def test_an_old_name_leads_to_the_new_one_and_a_wrong_key_nowhere(client, public):
    address = public.get_absolute_url()
    assert client.get(address.replace("etude-dimpact-2025", "old-name")).url == address
    slug = public.revision.practice.slug
    other = RevisionFactory(status="published").practice.slug
    for wrong in (
        address.replace(public.key, "0" * 32), address.replace(public.key, "%25"),
        address.replace(public.key, "_" * 32), address.replace(public.key, public.key[:-1]),
        address.replace(slug, other), address.replace(slug, "%00"),
        f"/en/practices/{slug}/documents/{public.key}/", address + "/..",
    ):  # fmt: skip
        assert client.get(wrong).status_code == 404, wrong
    assert client.get(address.replace("etude", "%00")).status_code == 302


def test_a_file_that_was_lost_is_a_404(client, public):
    public.file.storage.delete(public.file.name)
    assert client.get(public.get_absolute_url()).status_code == 404


def test_there_is_no_other_way_to_a_file(client, public):
    for address in (f"/media/{public.file.name}", f"/{public.file.name}", f"/static/{public.file.name}"):
        assert client.get(address).status_code == 404


# --- From one version to the next ------------------------------------------------------------------------------------


def test_a_new_draft_takes_the_documents_along_and_their_address_stays(
    client, public, django_capture_on_commit_callbacks
):
    address, official = public.get_absolute_url(), acting_for(public.revision.practice.city)
    draft = moderation.open_draft(practice=public.revision.practice, by=official)
    copy = draft.attachments.get()
    assert (copy.pk != public.pk, copy.file.name, copy.title_en) == (True, public.file.name, public.title_en)
    assert (copy.media_type, copy.size) == (public.media_type, public.size)
    moderation.submit(revision=draft, by=official, harm=harmless())
    moderation.publish(revision=draft, by=ModeratorFactory())
    assert copy.get_absolute_url() == address
    assert fetch(client, address).body == SMALL_PDF

    # Removed from a later draft, it stays where it is public; once that draft is public it is gone there.
    third = moderation.open_draft(practice=draft.practice, by=official)
    client.force_login(official)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/en/my-city/documents/{third.attachments.get().pk}/remove/")
    client.logout()
    assert fetch(client, address).body == SMALL_PDF
    moderation.submit(revision=third, by=official, harm=harmless())
    moderation.publish(revision=third, by=ModeratorFactory())
    assert client.get(address).status_code == 404


def test_taken_down_with_its_practice(client, public):
    moderation.archive(revision=public.revision, by=ModeratorFactory(), reason="A name.")
    assert client.get(public.get_absolute_url()).status_code == 410


def test_the_moderator_sees_which_document_is_new(client, public):
    official = acting_for(public.revision.practice.city)
    draft = moderation.open_draft(practice=public.revision.practice, by=official)
    draft.attachments.all().delete()
    other = AttachmentFactory(revision=draft, title_en=public.title_en)
    moderation.submit(revision=draft, by=official, harm=harmless())
    client.force_login(ModeratorFactory())
    page = client.get(f"/en/desk/{draft.pk}/")
    (compared,) = [one for one in page.context["changed"] if one.name == "attachments"]
    assert compared.changed
    assert compared.label == "Documents"
    assert "another file than before" in page.text
    facts = client.get(f"/en/desk/{draft.pk}/?view=facts").text
    assert f'href="/en/my-city/documents/{other.pk}/"' in facts


def test_a_title_is_kept_given_back_and_a_document_sent_twice_is_attached_once(client, draft):
    from tests.forms import fields_of

    form = fields_of(client.get(page_of(draft))) | {"title_en": "A report"}
    client.post("/en/editing/keep/", form)
    assert fields_of(client.get(page_of(draft)))["title_en"] == "A report"
    answers = [client.post(page_of(draft), form | {"file": pdf()}) for _time in range(2)]
    assert [(answer.status_code, draft.attachments.count()) for answer in answers] == [(302, 1), (302, 1)]
    other = pdf(SMALL_PDF + b"\n")
    client.post(page_of(draft), form | {"file": other})  # the same title with another file is another document
    assert draft.attachments.count() == 2
    client.logout()
    given = client.post(page_of(draft), form | {"file": pdf()}, headers={"Sec-Fetch-Site": "same-origin"})
    assert (given.status_code, 'value="A report"' in given.text) == (403, True)
    assert "choose it again after saving" in given.text
