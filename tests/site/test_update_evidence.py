"""What shows a progress update: addresses, files under the rules of practices, and practices of its city."""

import datetime as dt
import json
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from PIL import Image

from commitments import documents, pledges
from commitments.models import Pledge, ProgressUpdate, UpdateDocument
from members.models import Proposal, Role
from practices import moderation
from practices.models import PracticeAsEvidence
from scn_portal.base.http.caching import PUBLIC
from tests.factories import (
    SMALL_PDF,
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    acting_for,
    moved,
)
from tests.forms import press

pytestmark = pytest.mark.django_db

FORM = {"status": "under_way", "reported_on": "2026-03-02", "what_changed_en": "Trained all teachers."}


@pytest.fixture
def pledge() -> Pledge:
    return PledgeFactory(city=CityFactory(name_en="Testford"), created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def official(client, pledge):
    official = acting_for(pledge.city)
    client.force_login(official)
    return official


def pdf(name: str = "Report of_the year.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, SMALL_PDF, content_type="application/pdf")


def report(client, pledge: Pledge, **changes):
    return client.post(f"/en/my-city/pledges/{pledge.pk}/report/", FORM | changes)


def test_a_file_is_published_with_the_update_and_served_as_a_download(client, pledge, official):
    drawn = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Where it was taken"
    Image.new("RGB", (4, 4)).save(drawn, "JPEG", exif=exif)
    photograph = SimpleUploadedFile("photo.png", drawn.getvalue())
    assert report(client, pledge, documents=[pdf(), photograph]).status_code == 302
    client.logout()
    first, second = UpdateDocument.objects.all()
    assert [first.title, second.title] == ["Report of the year", "photo"]
    # Judged by what is in it, not by its name.
    assert (first.media_type, second.media_type) == ("application/pdf", "image/jpeg")
    with second.file as kept:
        assert b"Where it was taken" not in kept.read()
    page = client.get(pledge.get_absolute_url()).text
    assert f'href="{first.get_absolute_url()}"' in page
    answer = client.get(first.get_absolute_url())
    assert answer["Content-Disposition"] == 'attachment; filename="report-of-the-year.pdf"'
    assert b"".join(answer.streaming_content) == SMALL_PDF
    assert answer["Cache-Control"] == PUBLIC
    assert not answer.cookies
    renamed = first.get_absolute_url().replace("report-of-the-year", "other")
    assert client.get(renamed).url == first.get_absolute_url()


def test_the_file_is_in_the_api_on_the_page_of_the_city_and_in_the_files(client, pledge, official):
    report(client, pledge, documents=[pdf()])
    (document,) = UpdateDocument.objects.all()
    (row,) = client.get("/api/v1/updates").json()["results"]
    (told,) = row["documents"]
    assert told["title"] == {"en": "Report of the year", "fr": None, "source_language": "en"}
    assert (told["media_type"], told["size"]) == ("application/pdf", len(SMALL_PDF))
    assert told["html"]["en"].endswith(document.get_absolute_url())
    assert client.get(f"/api/v1/pledges/{pledge.pk}").json()["updates"][0]["documents"] == [told]
    assert document.get_absolute_url() in client.get("/en/cities/testford/").text
    (line,) = rows_of(client, "updates")
    assert line["documents"] == told["html"]["en"]


def rows_of(client, name: str) -> list[dict]:
    return json.loads(b"".join(client.get(f"/en/data/{name}.json").streaming_content))["rows"]


@pytest.mark.parametrize("hide", ["the update", "the pledge"])
def test_the_file_goes_with_what_was_taken_down(client, pledge, official, hide):
    report(client, pledge, documents=[pdf()])
    (document,) = UpdateDocument.objects.all()
    row = document.update_row if hide == "the update" else pledge
    pledges.take_down(row, reason="A name is in it.", by=official)
    client.logout()
    assert client.get(document.get_absolute_url()).status_code == 410
    assert client.get(f"/en/my-city/update-documents/{document.pk}/").status_code == 302
    client.force_login(acting_for(pledge.city, Role.EDITOR))
    kept = client.get(f"/en/my-city/update-documents/{document.pk}/")
    assert b"".join(kept.streaming_content) == SMALL_PDF
    client.force_login(acting_for(CityFactory()))
    assert client.get(f"/en/my-city/update-documents/{document.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([SimpleUploadedFile("page.pdf", b"<html>")], "“page.pdf”: Only PDF, PNG, JPEG and WebP can be attached."),
        ([SimpleUploadedFile("empty.pdf", b"")], "“empty.pdf”: This file is empty."),
        ([pdf(f"{number}.pdf") for number in range(6)], "At most 5 files: there are 6 here."),
    ],
    ids=["no document", "empty", "too many"],
)
def test_what_practices_refuse_updates_refuse_too(client, pledge, official, files, problem):
    answer = report(client, pledge, documents=files)
    assert problem in answer.context["form"].errors["documents"][0]
    assert not ProgressUpdate.objects.exists()


def test_no_file_is_lost_where_another_field_has_an_error(client, pledge, official):
    answer = report(client, pledge, documents=[pdf()], what_changed_en="")
    (document,) = UpdateDocument.objects.all()
    assert f'name="received" value="{document.pk}"' in answer.text
    assert "checked" in answer.text.split(f'name="received" value="{document.pk}"')[1][:200]
    # Nobody else can make it part of an update, nor read it.
    client.logout()
    assert client.get(document.get_absolute_url()).status_code == 404
    client.force_login(acting_for(pledge.city))
    refused = report(client, pledge, received=[document.pk])
    assert refused.status_code == 302  # the field is not even asked for
    assert not ProgressUpdate.objects.get().documents.exists()
    client.force_login(official)
    assert report(client, pledge, received=[document.pk], documents=[pdf("Plan.pdf")]).status_code == 302
    newest = ProgressUpdate.objects.order_by("pk").last()
    assert [row.title for row in newest.documents.all()] == ["Report of the year", "Plan"]


def test_a_file_name_that_could_put_somebody_at_risk_is_asked_about(client, pledge, official):
    name = "Mail to jane.doe@example.org.pdf"
    answer = report(client, pledge, documents=[pdf(name)])
    assert answer.status_code == 200
    (document,) = UpdateDocument.objects.all()
    again = report(client, pledge, received=[document.pk])
    assert again.status_code == 200
    assert not ProgressUpdate.objects.exists()
    assert report(client, pledge).status_code == 302


def test_the_files_of_a_proposed_update_wait_with_it(client, pledge):
    pledge.city.needs_sign_off = True
    pledge.city.save()
    focal_point, editor = acting_for(pledge.city), acting_for(pledge.city, Role.EDITOR)
    client.force_login(editor)
    assert report(client, pledge, documents=[pdf()]).status_code == 302
    proposal, document = Proposal.objects.get(), UpdateDocument.objects.get()
    assert proposal.fields["received"] == [document.pk]
    UpdateDocument.objects.update(received_at=timezone.now() - 2 * documents.KEEP_WAITING)
    assert documents.forget_waiting() == 0
    client.force_login(focal_point)
    address = f"/en/my-city/proposed-updates/{proposal.pk}/"
    assert "Report of the year" in client.get(address).text
    assert client.post(address, FORM | {"received": [document.pk]}).status_code == 302
    assert ProgressUpdate.objects.get().documents.get() == document


def test_what_never_became_part_of_an_update_is_deleted(client, pledge, official):
    report(client, pledge, documents=[pdf()], what_changed_en="")
    (document,) = UpdateDocument.objects.all()
    assert documents.forget_waiting() == 0
    UpdateDocument.objects.update(received_at=timezone.now() - documents.KEEP_WAITING - dt.timedelta(hours=1))
    assert documents.forget_waiting() == 1
    assert not default_storage.exists(document.file.name)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_keeps_what_was_published(client, pledge, official, change):
    practice = RevisionFactory(practice__city=pledge.city, status="published").practice
    report(client, pledge, documents=[pdf()], practices=[practice.pk])
    for rows, fields in (
        (UpdateDocument.objects.all(), {"title": "Other"}),
        (PracticeAsEvidence.objects.all(), {"practice": practice}),
    ):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            rows.update(**fields) if change == "update" else rows._raw_delete(rows.db)


def test_practices_of_the_city_are_named_as_evidence(client, pledge, official):
    live = RevisionFactory(practice__city=pledge.city, status="published", title_en="Night walks")
    RevisionFactory(practice__city=pledge.city, title_en="A draft")
    elsewhere = RevisionFactory(status="published", title_en="Elsewhere")
    page = client.get(f"/en/my-city/pledges/{pledge.pk}/report/").text
    assert "Night walks" in page
    assert "A draft" not in page
    assert "Elsewhere" not in page
    assert report(client, pledge, practices=[elsewhere.practice_id]).context["form"].errors["practices"]
    assert report(client, pledge, practices=[live.practice_id]).status_code == 302
    update = ProgressUpdate.objects.get()
    shown = client.get(pledge.get_absolute_url()).text
    assert f'href="{live.practice.get_absolute_url()}"' in shown
    (named,) = client.get(f"/api/v1/practices/{live.practice.slug}").json()["evidence_of"]
    assert named.endswith(f"/api/v1/updates/{update.pk}")
    assert rows_of(client, "updates")[0]["practices"] == live.practice.slug
    # A practice that is no longer public is no longer shown.
    moderation.archive(revision=live, by=ModeratorFactory(), reason="A name.")
    assert "Night walks" not in client.get(pledge.get_absolute_url()).text
    assert rows_of(client, "updates")[0]["practices"] in ("", None)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_for_one_update_as_for_three(
    client, pledge, official, django_assert_num_queries, rows
):
    for _number in range(rows):
        practice = RevisionFactory(practice__city=pledge.city, status="published").practice
        report(client, pledge, documents=[pdf()], practices=[practice.pk])
    client.logout()
    with django_assert_num_queries(8):
        client.get(pledge.get_absolute_url())


def test_an_update_that_would_leave_the_status_as_it_is_says_so_before_it_is_sent(client, pledge, official):
    ProgressUpdateFactory(pledge=pledge, status="done", reported_on="2026-05-01")
    moved(Pledge.objects.all(), status="done")
    first = report(client, pledge, documents=[pdf()], obstacles_en="Money.", obstacle_kind="capacity")
    said = "The update of 1 May 2026 is later and stands, so the status of the pledge stays as it is: Done."
    assert said in first.text
    assert "Send it all the same" in first.text
    # A question, and no fault.
    for told, words in ((True, "Is this what you want?"), (False, "There is a problem"), (False, "Error:")):
        assert (words in first.text) == told, words
    assert (first.context["form"]["obstacles_en"].value(), ProgressUpdate.objects.count()) == ("Money.", 1)
    sent = {"received": [UpdateDocument.objects.get().pk], "anyway": "on"}
    assert report(client, pledge, **sent).status_code == 302
    pledge.refresh_from_db()
    assert (pledge.status, ProgressUpdate.objects.count()) == ("done", 2)
    assert ProgressUpdate.objects.get(status="under_way").documents.count() == 1
    # Nothing is asked where nothing would stay behind: the same status, or the latest date.
    assert report(client, pledge, status="done").status_code == 302
    assert report(client, pledge, reported_on="2026-06-01").status_code == 302
    pledge.refresh_from_db()
    assert pledge.status == "under_way"


def test_a_city_with_many_practices_is_offered_the_latest_and_those_it_chose(client, pledge, official, monkeypatch):
    monkeypatch.setattr("scn_portal.site.pledges.report.MAX_OFFERED", 2)
    titles = ("Oldest", "Older", "Newer", "Newest")
    rows = [RevisionFactory(practice__city=pledge.city, title_en=title, status="published") for title in titles]
    path = f"/en/my-city/pledges/{pledge.pk}/report/"

    def offered(page) -> list[str]:
        return [title for title in titles if title in page.text]

    first = client.get(path)
    assert offered(first) == ["Newer", "Newest"]
    assert "The latest 2 of your city are on offer" in first.text
    chosen = rows[0].practice.pk
    again = report(client, pledge, practices=[chosen], what_changed_en="")
    assert offered(again) == ["Oldest", "Newer", "Newest"], "chosen, so it stays on offer"
    assert report(client, pledge, practices=[chosen]).status_code == 302
    assert PracticeAsEvidence.objects.get().practice_id == chosen


@pytest.mark.parametrize("language", ["en", "fr"])
def test_practices_beyond_the_latest_are_searched_for_and_chosen_without_scripts(
    client, pledge, official, monkeypatch, language
):
    monkeypatch.setattr("scn_portal.site.pledges.report.MAX_OFFERED", 1)
    titles = ("Écoles de quartier", "Écoles du soir", "The newest")
    early, late, newest = (
        RevisionFactory(practice__city=pledge.city, title_fr=title, title_en=title, status="published").practice
        for title in titles
    )
    RevisionFactory(title_en="Ecoles elsewhere", status="published")
    RevisionFactory(practice__city=pledge.city, title_en="Ecoles not yet public")
    with override(language):
        path = reverse("pledge_report", args=[pledge.pk])
    typed = FORM | {"reported_on": "no date", "practices": [newest.pk]}
    found = press(client, client.get(path), find="on", find_words="quart ECOLE", **typed)
    assert found.context["found"] == [(early.pk, titles[0])]
    assert press(client, found, find="on", find_words="ecole").context["found"] == [
        (late.pk, titles[1]),
        (early.pk, titles[0]),
    ]
    chosen = press(client, found, take_found=early.pk)
    form = chosen.context["form"]
    assert (form.errors, ProgressUpdate.objects.count()) == ({}, 0), "a search judges and saves nothing"
    assert [form[name].value() for name in ("reported_on", "what_changed_en")] == ["no date", FORM["what_changed_en"]]
    assert chosen.context["found"] == [], "what is chosen is not offered again"
    # Kept, should the page be closed now: it comes back chosen.
    again = client.get(path)
    assert f'value="{early.pk}"' in again.text
    assert sorted(again.context["form"]["practices"].value()) == sorted(map(str, (early.pk, newest.pk)))
    assert press(client, chosen, reported_on="2026-03-02").status_code == 302
    assert set(PracticeAsEvidence.objects.values_list("practice", flat=True)) == {early.pk, newest.pk}


def test_a_search_keeps_the_files_that_came_with_it(client, pledge, official, monkeypatch):
    monkeypatch.setattr("scn_portal.site.pledges.report.MAX_OFFERED", 1)
    for title in ("Old", "New"):
        RevisionFactory(practice__city=pledge.city, title_en=title, status="published")
    path = f"/en/my-city/pledges/{pledge.pk}/report/"
    found = press(client, client.get(path), find="on", find_words="nothing", documents=pdf("plan.pdf"), **FORM)
    assert "No other practice of your city found for “nothing”." in found.text
    kept = UpdateDocument.objects.get()
    assert found.context["form"]["received"].value() == [str(kept.pk)]
    refused = press(client, found, find="on", documents=SimpleUploadedFile("plan.pdf", b"<html>"))
    assert set(refused.context["form"].errors) == {"documents"}
    assert press(client, found).status_code == 302
    assert ProgressUpdate.objects.get().documents.get() == kept
