"""Files in a bucket, on a real server that speaks S3: private, counted, swept, saved; and the store away or slow."""

import datetime as dt
import logging
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from members.models import Role
from practices import pictures
from practices.models import Attachment
from scn_portal.base.documents import bucket, folders
from scn_portal.base.documents.storage import StoreAway
from scn_portal.environment import store_address
from tests.bucket import BUCKET, Moto, storages_on, store_that
from tests.factories import SMALL_PDF, AttachmentFactory, PledgeFactory, RevisionFactory, acting_for
from tests.practices.test_uploads import picture, sent
from tests.trust.test_backup import an_empty_database, backup
from tests.trust.test_pictures import attach, draft  # noqa: F401  a fixture

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def moto():
    with Moto() as server:
        yield server


@pytest.fixture
def store(moto, settings):
    moto.empty()
    settings.STORAGES, settings.MEDIA_BUCKET = storages_on(moto.url), BUCKET
    folders.size_of.cache_clear()
    return moto


@pytest.fixture
def quick(monkeypatch):
    """Limits in tenths of seconds."""
    for name in ("CONNECT_SECONDS", "READ_SECONDS", "WHOLE_FILE_SECONDS"):
        monkeypatch.setattr(bucket, name, 0.3)


def on_disk(settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_document_is_kept_in_the_bucket_served_by_the_portal_and_removed(
    client, draft, store, settings, django_capture_on_commit_callbacks  # noqa: F811  # the fixture
):  # fmt: skip
    before = on_disk(settings)
    attach(client, draft, sent(SMALL_PDF))
    kept = Attachment.objects.get()
    assert store.names() == {kept.file.name}
    assert on_disk(settings) == before
    grants = store.client.get_object_acl(Bucket=BUCKET, Key=kept.file.name)["Grants"]
    assert not any("AllUsers" in each["Grantee"].get("URI", "") for each in grants)
    with closing(store.client.get_object(Bucket=BUCKET, Key=kept.file.name)["Body"]) as body:
        stored = body.read()
    shown = client.get(preview_of(kept))
    assert b"".join(shown.streaming_content) == stored
    assert int(shown["Content-Length"]) == len(stored)
    with pytest.raises(ValueError, match="no address"):
        kept.file.url  # noqa: B018  # asked for
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("document_remove", args=[kept.pk]))
    assert not Attachment.objects.exists()
    assert store.names() == set()


def preview_of(attachment: Attachment) -> str:
    return reverse("document_preview", args=[attachment.pk])


def test_a_picture_and_the_one_that_replaces_it(client, draft, store, django_capture_on_commit_callbacks):  # noqa: F811  # the fixture
    address, names = f"/en/my-city/practices/{draft.practice_id}/picture/", []
    for colour in ("one", "two"):
        with django_capture_on_commit_callbacks(execute=True):
            form = {"picture_alt_en": colour, "picture_credit": "The city"}
            client.post(address, form | {"picture": sent(picture("JPEG", size=(900, 600)))})
        draft.refresh_from_db()
        names.append(draft.picture.name)
        assert store.names() == {names[-1], pictures.file_named(pictures.key_of(draft) + pictures.SMALL)}
    assert names[0] != names[1]


def test_what_a_city_keeps_is_counted_and_asked_for_once(draft, store, monkeypatch):  # noqa: F811  # the fixture
    city = draft.practice.city
    for ending in ("", pictures.SMALL):
        default_storage.save(f"pictures/abc{ending}.jpg", ContentFile(b"x" * 700))
    draft.picture, draft.picture_width, draft.picture_height = "pictures/abc.jpg", 1000, 500
    draft.picture_alt_en, draft.picture_credit = "Red", "The city"
    draft.save()
    assert folders.bytes_of(city) == 1400
    monkeypatch.setattr(bucket.BucketStorage, "size", lambda *given: pytest.fail("asked again"))
    assert folders.bytes_of(city) == 1400


@pytest.mark.django_db
def test_the_sweep_deletes_what_no_row_names_and_tells_of_rows_without_a_file(store, caplog, monkeypatch):
    default_storage.save("attachments/left.bin", ContentFile(b"half"))
    default_storage.save("elsewhere/left.bin", ContentFile(b"not ours"))
    kept, lost = (AttachmentFactory(revision=RevisionFactory()) for _each in range(2))
    store.client.delete_object(Bucket=BUCKET, Key=lost.file.name)
    assert folders.sweep() == folders.Swept(deleted=0, left=0, missing=1)  # it may be on its way to its row
    monkeypatch.setattr(folders, "KEEP_LEFT_OVER", dt.timedelta(seconds=-60))
    with caplog.at_level(logging.WARNING):
        assert folders.sweep() == folders.Swept(deleted=1, left=0, missing=1)
    assert lost.file.name in caplog.text
    assert store.names() == {kept.file.name, "elsewhere/left.bin"}
    assert list(default_storage.listed("nothing")) == []


# --- The store is away, slow, or breaks off --------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_without_its_store_a_form_says_so_and_nothing_is_half_applied(client, draft, store, settings, language):  # noqa: F811  # the fixture
    settings.STORAGES = storages_on(NOBODY)
    answer = attach(client, draft, sent(SMALL_PDF), language)
    assert answer.status_code == 200
    assert {"en": "their store does not answer", "fr": "leur espace de stockage ne répond pas"}[language] in answer.text
    assert "The words of the title" in answer.text
    assert not Attachment.objects.exists()
    settings.STORAGES = storages_on(store.url)
    attach(client, draft, sent(SMALL_PDF), language)
    assert Attachment.objects.count() == 1


def test_a_report_whose_file_finds_no_store_keeps_its_words(client, db, store, settings):
    settings.STORAGES = storages_on(NOBODY)
    pledge = PledgeFactory(due_on="2030-01-01")
    client.force_login(acting_for(pledge.city))
    form = {"status": "under_way", "reported_on": "", "what_changed_en": "Nobody else has these words"}
    file = sent(picture("PNG"), "a.png")
    answer = client.post(f"/en/my-city/pledges/{pledge.pk}/report/", form | {"documents": file})
    assert answer.status_code == 200
    assert "their store does not answer" in answer.text
    assert "Nobody else has these words" in answer.text


def test_a_city_whose_files_cannot_be_counted_is_told_beside_the_field(client, draft, store, settings):  # noqa: F811  # the fixture
    draft.picture, draft.picture_width, draft.picture_height = "pictures/unknown.jpg", 1000, 500
    draft.picture_alt_en, draft.picture_credit = "Red", "The city"
    draft.save()
    settings.STORAGES = storages_on(NOBODY)
    answer = attach(client, draft, sent(SMALL_PDF))
    assert "their store does not answer" in answer.context["form"].errors["file"][0]


def test_without_its_store_a_file_is_503_and_the_rest_of_the_portal_goes_on(client, draft, store, settings):  # noqa: F811  # the fixture
    kept = AttachmentFactory(revision=draft)
    client.raise_request_exception = False
    settings.STORAGES = storages_on(NOBODY)
    answer = client.get(preview_of(kept))
    assert (answer.status_code, answer["Retry-After"]) == (503, "300")
    assert client.get(f"/en/my-city/practices/{draft.practice_id}/documents/").status_code == 200
    settings.STORAGES = storages_on(store.url)
    shown = client.get(preview_of(kept))
    assert (shown.status_code, bool(b"".join(shown.streaming_content))) == (200, True)
    store.client.delete_object(Bucket=BUCKET, Key=kept.file.name)
    assert client.get(preview_of(kept)).status_code == 404
    store.client.delete_bucket(Bucket=BUCKET)
    assert client.get(preview_of(kept)).status_code == 503  # without a bucket, all would seem to be missing


@pytest.mark.django_db
def test_what_cannot_be_deleted_while_the_store_is_away_is_swept_later(store, settings, caplog, monkeypatch):
    attachment = AttachmentFactory(revision=RevisionFactory())
    settings.STORAGES = storages_on(NOBODY)
    with transaction.atomic(), caplog.at_level(logging.WARNING):
        attachment.delete()
        default_storage.delete(attachment.file.name)
    assert "the daily sweep does it" in caplog.text
    with pytest.raises(StoreAway):
        folders.sweep()
    settings.STORAGES = storages_on(store.url)
    monkeypatch.setattr(folders, "KEEP_LEFT_OVER", dt.timedelta(seconds=-60))
    assert folders.sweep().deleted == 1
    assert store.names() == set()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 1000000\r\n\r\n"


def says_nothing(connected) -> None:
    connected.recv(1)


def breaks_off(connected) -> None:
    connected.sendall(HEAD + b"half")


def trickles(connected) -> None:
    connected.sendall(HEAD)
    pause = threading.Event()
    while not pause.wait(0.05):
        connected.sendall(b"x" * 300_000)
        pause.wait(0.2)


def refuses(connected) -> None:
    connected.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.mark.slow
@pytest.mark.parametrize("answers", [says_nothing, breaks_off, trickles, refuses])
def test_a_store_that_fails_in_whatever_way_is_away(db, store, settings, quick, answers):
    with store_that(answers) as url:
        settings.STORAGES = storages_on(url)
        with pytest.raises(StoreAway):
            default_storage.open("attachments/a.pdf")
        if answers is not trickles:
            with pytest.raises(ValidationError, match="does not answer"):
                default_storage.save("attachments/a.pdf", ContentFile(b"x"))


def test_a_large_file_is_sent_on_without_being_held(store):
    """What workers make, such as the ZIP of everything, is larger than the memory that they may take."""
    with tempfile.TemporaryFile() as large:
        for _ in range(32):
            large.write(secrets.token_bytes(1024 * 1024))
        large.seek(0)
        default_storage.exists("made/large.zip")  # loads what the first request loads
        tracemalloc.start()
        try:
            name = default_storage.save("made/large.zip", File(large))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert default_storage.size(name) == 32 * 1024 * 1024
    assert peak < 16 * 1024 * 1024


# --- Backups ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_backup_wants_a_bucket_that_keeps_versions_and_a_restore_brings_deleted_files_back(
    transactional_db, store, settings, tmp_path, capsys
):
    kept, gone = (AttachmentFactory(revision=RevisionFactory()) for _each in range(2))
    with pytest.raises(CommandError, match="keeps no versions"):
        backup(tmp_path / "backups")
    store.keep_versions()
    made = backup(tmp_path / "backups")
    assert "The files are not in this backup" in capsys.readouterr().err
    assert not (made / "media").exists() or not any((made / "media").iterdir())
    default_storage.delete(gone.file.name)
    with an_empty_database(settings, tmp_path):
        settings.MEDIA_BUCKET = ""
        with pytest.raises(CommandError, match=f"in the bucket {BUCKET}"):
            call_command("restore", made)
        settings.MEDIA_BUCKET = BUCKET
        call_command("restore", made)
    assert store.names() == {kept.file.name, gone.file.name}
    with an_empty_database(settings, tmp_path):
        for version in store.client.list_object_versions(Bucket=BUCKET, Prefix=gone.file.name)["Versions"]:
            store.client.delete_object(Bucket=BUCKET, Key=gone.file.name, VersionId=version["VersionId"])
        with pytest.raises(CommandError, match="not what was saved"):
            call_command("restore", made)
    assert f"{gone.file.name}: NOT EQUAL" in capsys.readouterr().out


def test_a_backup_with_files_is_not_restored_beside_a_bucket(transactional_db, settings, tmp_path, moto):
    settings.MEDIA_ROOT = tmp_path / "media"
    AttachmentFactory(revision=RevisionFactory())
    made = backup(tmp_path / "backups")
    settings.STORAGES, settings.MEDIA_BUCKET = storages_on(moto.url), BUCKET
    with an_empty_database(settings, tmp_path), pytest.raises(CommandError, match="1 files, and MEDIA_BUCKET is set"):
        call_command("restore", made)
    shutil.rmtree(tmp_path / "media")


# --- Settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://store.example.org", "ftp://store.example.org", "https://me:key@store.org", "x"]
)
def test_what_is_no_safe_address_of_a_store_is_refused(url):
    from marshmallow import ValidationError as Refused

    with pytest.raises(Refused):
        store_address(url)


def test_the_store_is_chosen_by_the_environment():
    code = (
        "from scn_portal import settings as s; o = s.STORAGES['default'];"
        "print(o['BACKEND'].rpartition('.')[2], o['OPTIONS']['bucket_name'], o['OPTIONS']['endpoint_url'])"
    )
    environment = {"MEDIA_BUCKET": "a", "MEDIA_ENDPOINT": "https://s.example.org", "PATH": "", "SCN_ENV": "test"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["BucketStorage", "a", "https://s.example.org"]


def test_an_editor_of_another_city_gets_no_file_from_the_bucket(client, draft, store):  # noqa: F811  # the fixture
    kept = AttachmentFactory(revision=draft)
    client.force_login(acting_for(PledgeFactory().city, Role.EDITOR))
    assert client.get(preview_of(kept)).status_code == 404
