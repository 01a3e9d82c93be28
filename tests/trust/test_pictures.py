"""Files take little memory, one at a time; a city's have a limit; a full disk is said in words and leaves no half."""

import fcntl
import os
import resource
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import psutil
import pytest
import requests
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from members.models import Role
from practices.models import Attachment
from scn_portal.base.documents import apart, folders
from scn_portal.base.documents.uploads import MAX_BYTES, clean_lead_picture, clean_upload
from scn_portal.site.tasks import sweep_files
from tests.factories import (
    SMALL_PDF,
    AttachmentFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    UpdateDocumentFactory,
    acting_for,
)
from tests.practices.test_attachments import stored
from tests.practices.test_uploads import pdf_with, picture, sent
from tests.web_server import WebServer

FORTY = (8000, 5000)
MOST_MORE = 250_000_000


def noise(size=FORTY) -> Image.Image:
    parts = [Image.effect_noise((1000, 1000), 60).resize(size) for _band in "RGB"]
    return Image.merge("RGB", parts)


def saved(drawn: Image.Image, kind: str, **how) -> bytes:
    content = BytesIO()
    drawn.save(content, kind, **how)
    return content.getvalue()


def palette(size) -> Image.Image:
    drawn = Image.new("P", size)
    drawn.putpalette(list(range(256)) * 3)
    return drawn


# What unpacks to most, of each kind, with what becomes of it.
WORST = {
    "JPEG": lambda: saved(noise(), "JPEG", quality=50, subsampling=0),
    "progressive JPEG": lambda: saved(noise(), "JPEG", quality=50, progressive=True),
    "progressive JPEG in full colour": lambda: saved(Image.new("CMYK", FORTY), "JPEG", progressive=True),
    "PNG": lambda: saved(Image.new("RGB", FORTY, "red"), "PNG"),
    "PNG seen through": lambda: saved(Image.new("RGBA", (7200, 5100), (1, 2, 3, 4)), "PNG"),
    "PNG with a palette": lambda: saved(palette(FORTY), "PNG", transparency=bytes([128] * 256)),
    "PNG of 16 bits": lambda: saved(Image.new("I;16", FORTY), "PNG"),
    "WebP": lambda: saved(Image.new("RGBA", FORTY, (1, 2, 3, 4)), "WEBP", lossless=True, method=0),
    "WebP just taken": lambda: saved(noise((3900, 2600)), "WEBP", method=0, quality=60),
    "PDF of many values": lambda: pdf_of_values(990_000),
}


def pdf_of_values(count: int) -> bytes:
    from pikepdf import Array, ObjectStreamMode

    # Packed, as many values take 2 kB in the file.
    values = Array([1] * count)
    return pdf_with(lambda pdf: pdf.Root.update({"/Values": pdf.make_indirect(values)}),
                    object_stream_mode=ObjectStreamMode.generate)  # fmt: skip


def peak_of(task: str, content: bytes) -> tuple[int, bytes]:
    """The most memory that cleaning takes in its process, in bytes, and what the process says."""
    measured = (
        "import resource, subprocess, sys;"
        f"command = [sys.executable, '-I', {str(apart.PROGRAM)!r}, {task!r}, 'any'];"
        "done = subprocess.run(command, stdin=sys.stdin, stdout=-1);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True);"
        "sys.stdout.buffer.write(done.stdout[:200])"
    )
    done = subprocess.run([sys.executable, "-c", measured], input=content, capture_output=True, check=True)
    peak, _newline, said = done.stdout.partition(b"\n")
    return int(peak) * 1024, said


@pytest.mark.parametrize(
    "kind", ["PNG seen through", *(pytest.param(kind, marks=pytest.mark.soak) for kind in WORST)]
)  # fmt: skip
def test_what_unpacks_to_most_takes_no_more_than_its_process_may(kind):
    content = WORST[kind]()
    assert len(content) <= MAX_BYTES
    for task in ("pdf",) if kind.startswith("PDF") else ("document", "lead"):
        peak, said = peak_of(task, content)
        sys.stdout.write(f"{kind}, {task}: {peak / 1e6:.0f} MB at most; {said[:90]!r}\n")
        assert peak < MOST_MORE
        assert said.startswith(b"{"), said


def test_a_photo_of_a_telephone_passes_upright():
    turned = Image.Exif()
    turned[0x0112] = 6
    photo = saved(Image.new("RGB", (8160, 6144), "red"), "JPEG", exif=turned)
    lead = clean_lead_picture(sent(photo))
    assert (lead.width, lead.height) == (1205, 1600)
    with Image.open(clean_upload(sent(photo)).content) as kept:
        assert kept.size == (3012, 4000)
        assert dict(kept.getexif()) == {}


@pytest.mark.parametrize("kind", ["PNG", "WebP"])
def test_what_would_take_too_much_is_refused_by_its_header(kind, monkeypatch):
    content = WORST[kind]()
    monkeypatch.setattr(apart, "_turn", lambda: pytest.fail("unpacked"))
    with pytest.raises(ValidationError, match="too many pixels"):
        clean_upload(sent(content))


def test_what_breaks_its_reader_breaks_no_more(monkeypatch):
    """A decoder that dies of what it was given, here of a task that there is not, ends its own process alone."""
    monkeypatch.setattr(apart, "PROGRAM", Path(__file__).parent / "missing")
    with pytest.raises(ValidationError, match="too much memory"):
        clean_upload(sent(picture("JPEG", size=(2000, 1000))))


# --- One at a time ---------------------------------------------------------------------------------------------------


def test_while_another_process_has_the_place_it_is_said_in_words(monkeypatch):
    monkeypatch.setattr(apart, "WAIT_SECONDS", 0.2)
    large = picture("JPEG", size=(2000, 1000))
    with apart._lock_file() as elsewhere:
        fcntl.flock(elsewhere, fcntl.LOCK_EX)
        with pytest.raises(ValidationError, match="Wait a minute"):
            clean_upload(sent(large))
        clean_upload(sent(picture("JPEG")))  # a small one needs no place
        clean_upload(sent(SMALL_PDF))
    assert clean_upload(sent(large)).media_type == "image/jpeg"


def test_the_third_of_a_process_does_not_wait(monkeypatch):
    large, begun = picture("JPEG", size=(2000, 1000)), threading.Barrier(3)

    def hold() -> None:
        with apart._places:
            begun.wait(60)
            done.wait(60)

    done = threading.Event()
    with ThreadPoolExecutor(2) as others:
        both = [others.submit(hold) for _other in range(2)]
        begun.wait(60)
        with pytest.raises(ValidationError, match="Wait a minute"):
            clean_upload(sent(large))
        done.set()
        [each.result() for each in both]
    assert clean_upload(sent(large))


# --- A city's room ---------------------------------------------------------------------------------------------------


@pytest.fixture
def draft(db, client):
    revision = RevisionFactory()
    client.force_login(acting_for(revision.practice.city, Role.EDITOR))
    return revision


def attach(client, draft, file, language="en"):
    path = {"en": "practices", "fr": "pratiques"}[language]
    page = {"en": "my-city", "fr": "ma-ville"}[language]
    address = f"/{language}/{page}/{path}/{draft.practice_id}/documents/"
    return client.post(address, {"title_en": "The words of the title", "title_fr": "", "file": file})


@pytest.mark.parametrize(("language", "said"), [("en", "Your city’s files take 2 of the 2 MB"), ("fr", "2\xa0Mo")])
def test_where_a_city_has_no_room_left_it_is_said_beside_the_field(client, draft, settings, language, said):
    settings.CITY_FILES_MB = 2
    AttachmentFactory(revision=draft, size=2 * folders.MEGABYTE)
    before = stored()
    answer = attach(client, draft, sent(SMALL_PDF), language)
    assert said in answer.context["form"].errors["file"][0]
    assert "The words of the title" in answer.text
    assert (stored(), Attachment.objects.count()) == (before, 1)
    settings.CITY_FILES_MB = 3
    attach(client, draft, sent(SMALL_PDF))
    assert Attachment.objects.count() == 2


def test_all_kinds_of_files_count_once_and_the_desk_shows_them(client, draft, settings):
    city = draft.practice.city
    first = AttachmentFactory(revision=draft, size=1000)
    other = RevisionFactory(practice__city=city)
    AttachmentFactory(revision=other, file=first.file.name, size=1000)
    UpdateDocumentFactory(pledge=PledgeFactory(city=city), size=500)
    UpdateDocumentFactory(size=7000)  # of another city
    assert folders.bytes_of(city) == 1500
    client.post(
        f"/en/my-city/practices/{draft.practice_id}/picture/",
        {"picture": sent(picture("JPEG", size=(900, 600))), "picture_alt_en": "Red", "picture_credit": "The city"},
    )
    draft.refresh_from_db()
    assert folders.bytes_of(city) > 1500 + draft.picture.size
    settings.CITY_FILES_MB = 3
    client.force_login(ModeratorFactory())
    assert "of 3.0" in " ".join(client.get(f"/en/desk/city/{city.slug}/").text.split())


# --- A full disk -----------------------------------------------------------------------------------------------------


@contextmanager
def room_for(size: int):
    """The kernel lets this process write no file larger than this, and says so as it does of a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_in_words_keeps_the_text_and_leaves_no_half(client, draft):
    before = stored()
    large = saved(noise((900, 900)), "PNG")
    with room_for(100_000):
        answer = attach(client, draft, sent(large))
    assert answer.status_code == 200
    assert "its disk is full. Your text is kept." in answer.text
    assert "The words of the title" in answer.text
    assert (stored(), Attachment.objects.count()) == (before, 0)
    attach(client, draft, sent(large))
    assert Attachment.objects.count() == 1


def test_a_file_that_does_not_fit_while_it_comes_in_is_said_beside_its_field(client, draft):
    before = stored()
    with room_for(1_000_000):  # files of more than 2.5 MB are received on disk
        answer = attach(client, draft, sent(b"%PDF-1.4" + bytes(3_000_000)))
    assert "its disk is full" in answer.context["form"].errors["file"][0]
    assert "The words of the title" in answer.text
    assert stored() == before


def test_a_report_whose_file_finds_no_room_keeps_its_words(client, db):
    pledge = PledgeFactory(due_on="2030-01-01")
    client.force_login(acting_for(pledge.city))
    before = stored()
    form = {"status": "under_way", "reported_on": "", "what_changed_en": "Nobody else has these words"}
    file = sent(saved(noise((90, 90)), "PNG"), "a.png")
    with room_for(1000):
        answer = client.post(f"/en/my-city/pledges/{pledge.pk}/report/", form | {"documents": file})
    assert answer.status_code == 200
    assert "its disk is full" in answer.text
    assert "Nobody else has these words" in answer.text
    assert stored() == before


# --- What is left over -----------------------------------------------------------------------------------------------


def left_over(name: str, *, days: float) -> Path:
    path = Path(default_storage.path(default_storage.save(name, ContentFile(b"half"))))
    then = time.time() - days * 86_400
    os.utime(path, (then, then))
    return path


@pytest.fixture
def swept_before(db):
    """Nothing of other tests is left over."""
    folders.sweep(most=10**6)


def test_a_sweep_deletes_what_no_row_names_and_says_which_rows_lack_their_file(db, swept_before, caplog):
    old = [left_over(f"{folder.name}/old.bin", days=2) for folder in folders.folders()]
    new = left_over("attachments/new.bin", days=0.5)
    elsewhere = left_over("somewhere/old.bin", days=2)
    kept = Path(default_storage.path(AttachmentFactory(revision=RevisionFactory()).file.name))
    os.utime(kept, (0, 0))
    described = {"picture_width": 9, "picture_height": 9, "picture_alt_en": "A square", "picture_credit": "The city"}
    RevisionFactory(status="published", picture="pictures/gone.jpg", **described)
    assert sweep_files() == 3
    assert not any(path.exists() for path in old)
    assert new.exists()
    assert elsewhere.exists()
    assert kept.exists()
    assert {"gone.jpg", "gone-small.jpg"} <= {
        record.getMessage().split("/")[-1].split(",")[0] for record in caplog.records
    }
    for path in (new, elsewhere, kept):
        path.unlink()


def test_too_many_at_once_are_left_for_somebody_to_look_at(db, swept_before):
    many = [left_over(f"updates/{number}.bin", days=2) for number in range(3)]
    assert folders.sweep(most=2) == folders.Swept(deleted=0, left=3, missing=0)
    assert all(path.exists() for path in many)
    assert folders.sweep(most=3).deleted == 3


def test_every_column_of_files_belongs_to_a_folder_that_is_swept():
    from django.apps import apps
    from django.db.models import FileField

    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models() for field in model._meta.local_fields
        if isinstance(field, FileField) and not hasattr(model, "pgh_tracked_model")
    }  # fmt: skip
    assert columns == {"practices.Attachment.file", "practices.Revision.picture", "commitments.UpdateDocument.file"}
    assert {folder.name for folder in folders.folders()} == {"attachments", "pictures", "updates"}


def test_the_sweep_is_started_each_day(settings):
    assert settings.CELERY_BEAT_SCHEDULE["left-over-files"] == {
        "task": "scn_portal.site.tasks.sweep_files", "schedule": 86_400,
    }  # fmt: skip


# --- Eight at once, on a real server ---------------------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.parametrize("kind", WORST)
def test_eight_at_once_raise_no_worker_by_more_than_a_quarter_of_a_gigabyte(transactional_db, tmp_path, kind):
    content, revision = WORST[kind](), RevisionFactory()
    user = acting_for(revision.practice.city)
    client = Client()
    client.force_login(user)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with WebServer(tmp_path) as server:
        page = f"{server.url}/en/my-city/practices/{revision.practice_id}/documents/"
        shown = requests.get(page, cookies=cookies, timeout=60)
        token = shown.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        cookies |= shown.cookies.get_dict()

        def send(number: int, sent_file: bytes = content) -> int:
            form = {"title_en": f"Number {number}", "csrfmiddlewaretoken": token}
            files = {"file": ("a.bin", sent_file)}
            return requests.post(
                page, data=form, files=files, cookies=cookies, timeout=300, allow_redirects=False
            ).status_code

        with ThreadPoolExecutor(8) as eight:
            # What a worker loads with its first requests is not what files take: these are refused, in both.
            list(eight.map(lambda number: send(number, b"no picture"), range(48)))
            before = {worker.pid: worker.memory_info().rss for worker in server.workers()}
            peaks, ended = dict.fromkeys(before, (0, 0)), threading.Event()

            def watch() -> None:
                while not ended.wait(0.005):
                    for pid, most in peaks.items():
                        alone, with_children = memory_of(psutil.Process(pid))
                        peaks[pid] = max(most[0], alone - before[pid]), max(most[1], with_children - before[pid])

            watcher = threading.Thread(target=watch)
            watcher.start()
            answers = list(eight.map(send, range(8)))
        ended.set()
        watcher.join()
    more = [f"{alone / 1e6:.0f} MB alone, {total / 1e6:.0f} MB with its children" for alone, total in peaks.values()]
    sys.stdout.write(f"{kind}: {more} more at most, answers {answers}\n")
    assert max(total for _alone, total in peaks.values()) < MOST_MORE
    assert set(answers) <= {200, 302}


def memory_of(process: psutil.Process) -> tuple[int, int]:
    """Of a worker at this moment, alone and with what it has started."""
    alone = total = process.memory_info().rss
    for each in process.children(recursive=True):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            pass
    return alone, total
