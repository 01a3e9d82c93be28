"""Files that a worker makes, with a real worker on a real queue: asked for, waited for, taken; killed, taken down."""

import csv
import datetime as dt
import gzip
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from commitments.loading import load_declaration
from members.models import City
from practices.choices import Status
from practices.models import Revision
from scn_portal.base import kept_counts, strangers, tasks
from scn_portal.base.made_files import asking, making, sweeping
from scn_portal.base.models import MadeFile, State
from scn_portal.site.downloads import views
from scn_portal.site.files import kinds
from tests.digests.faults import until
from tests.factories import CityFactory, RegionFactory, RevisionFactory, commit, moved
from tests.made_files import taken, work_off
from tests.trust.test_redis_away import redis_away

__all__ = ["redis_away"]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FEW = 3


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """What is made at once is so little that some rows are too many."""
    for module in ("downloads.rows", "downloads.package", "downloads.sizes"):
        monkeypatch.setattr(f"scn_portal.site.{module}.AT_ONCE", FEW)


def network(count: int = FEW + 1) -> None:
    region = RegionFactory(slug="here")
    for number in range(count):
        city = CityFactory(name_en=f"Testford {number}", name_fr=f"Gué {number}", region=region)
        RevisionFactory(practice__city=city, practice__slug=f"help-{number}", status="published")


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def as_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def status(client, address: str) -> int:
    """Of the answer, read to its end."""
    answer = client.get(address)
    if answer.streaming:
        body(answer)
    return answer.status_code


def asked(client, address: str):
    """Ask as a program does, and come back when it is ready."""
    assert status(client, address) == 202
    until(lambda: status(client, address) == 200, 60)
    return client.get(address)


# --- With a worker ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_ask_wait_and_take_and_every_cell_is_that_of_the_direct_answer(client, worker, monkeypatch):
    load_declaration()
    network()
    waiting = client.get("/fr/donnees/practices.xlsx", headers=BROWSER)
    assert (waiting.status_code, waiting["Cache-Control"]) == (303, "private, no-store")
    page = client.get(waiting["Location"], headers=BROWSER)
    assert page.status_code == 200
    until(lambda: "Votre fichier est prêt" in client.get(waiting["Location"], headers=BROWSER).text, 60)
    ready = client.get(waiting["Location"], headers=BROWSER)
    assert ready["Refresh"] == "1; url=/fr/donnees/practices.xlsx"
    made = {"fr.xlsx": body(client.get("/fr/donnees/practices.xlsx", headers=BROWSER))}
    for name in ("practices.csv", "practices.json", "practices.geojson", "practices.xlsx", "cities.csv"):
        made[name] = body(asked(client, f"/en/data/{name}"))
    package = body(asked(client, "/data/strong-cities-network.zip"))
    MadeFile.objects.all().delete()
    for module in ("downloads.rows", "downloads.package"):
        monkeypatch.setattr(f"scn_portal.site.{module}.AT_ONCE", 300)
    for name, content in made.items():
        direct = body(client.get("/fr/donnees/practices.xlsx" if name == "fr.xlsx" else f"/en/data/{name}"))
        assert (cells(content) if name.endswith("xlsx") else content) == (
            cells(direct) if name.endswith("xlsx") else direct
        ), name
    assert package == body(client.get("/data/strong-cities-network.zip"))


def cells(content: bytes) -> list[list[tuple]]:
    return [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(io.BytesIO(content)).worksheets]


@pytest.mark.slow
def test_many_ask_at_once_and_it_is_made_once(client, worker):
    network()
    answers: list[int] = []

    def ask() -> None:
        answers.append(status(client, "/en/data/practices.csv"))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {202, 200}
    until(lambda: status(client, "/en/data/practices.csv") == 200, 40)  # sooner than beat would wake anybody
    worker.wait_until_idle()
    assert MadeFile.objects.get().claim == 1


@pytest.mark.slow
def test_what_a_killed_worker_was_making_is_made_by_the_next(client, worker, monkeypatch):
    network()
    blocked = threading.Event()
    holder = threading.Thread(target=hold_table, args=(blocked, done := threading.Event()))
    holder.start()
    assert blocked.wait(60)
    row = MadeFile.objects.filter(what="table")
    asking.ask(views.table_wanted("practices", "csv", "", "en"))
    until(lambda: row.filter(state=State.MAKING).exists(), 60)
    worker.kill()
    done.set()
    holder.join()
    assert row.get().state == State.MAKING
    row.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))  # instead of waiting for half a minute
    assert work_off() == 1
    file = row.get()
    assert (file.state, file.claim, file.tries) == (State.READY, 2, 2)
    assert len(as_csv(body(client.get("/en/data/practices.csv")))) == FEW + 1


def hold_table(blocked: threading.Event, done: threading.Event) -> None:
    """Nobody reads practices until `done`."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE practices_revision IN ACCESS EXCLUSIVE MODE")
        blocked.set()
        done.wait(60)
        cursor.execute("COMMIT")
    connection.close()


# --- The life of a file ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_program_is_told_how_far_it_is_and_when_to_come_back(client, settings):
    network()
    answer = client.get("/en/data/practices.json?theme=youth")
    assert answer.status_code == 200  # none of them, which is few
    answer = client.get("/en/data/practices.json?region=here")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (202, "5", "private, no-store")
    assert answer["Access-Control-Allow-Origin"] == "*"
    address = f"{settings.SITE_URL}/en/data/practices.json?region=here"
    assert answer.json() == {"state": "waiting", "progress": 0, "bytes": 0, "file": address}
    monitor = answer["Location"].removeprefix(settings.SITE_URL)
    assert client.get(monitor).json()["state"] == "waiting"
    assert work_off() == 1
    told = client.get(monitor).json()
    assert (told["state"], told["progress"]) == ("ready", 100)
    assert told["file"] == f"{settings.SITE_URL}/en/data/practices.json?region=here"
    found = json.loads(body(client.get("/en/data/practices.json?region=here")))
    assert found["address"] == told["file"]
    assert len(found["rows"]) == FEW + 1


@pytest.mark.django_db
def test_a_file_is_that_of_now_until_something_changes_and_of_today(client, time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 3, 9, tzinfo=dt.UTC))
    network()
    commit()
    first = taken(client, "/en/data/practices.csv")
    assert first["Content-Disposition"] == 'attachment; filename="scn-practices-2026-05-03.csv"'
    again = client.get("/en/data/practices.csv", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert body(first)
    RevisionFactory(practice__slug="another", status="published")
    commit()
    # Nothing was taken down: it stands in while the newer one is made, and says of when it is.
    stands_in = client.get("/en/data/practices.csv")
    assert (stands_in.status_code, first["Cache-Control"].partition(",")[0]) == (200, "public")
    assert stands_in["Last-Modified"] == first["Last-Modified"]
    assert stands_in["Cache-Control"] == "private, no-store"
    assert len(as_csv(body(stands_in))) == FEW + 1
    assert work_off() == 1
    assert len(as_csv(body(client.get("/en/data/practices.csv")))) == FEW + 2
    MadeFile.objects.update(made_at=timezone.now() - dt.timedelta(days=1))
    assert status(client, "/en/data/practices.csv") == 202  # too old to stand in


@pytest.mark.django_db
def test_after_a_take_down_nothing_old_is_served_and_none_lies_on_the_disk(client):
    network()
    commit()
    assert body(taken(client, "/en/data/practices.csv"))
    name = MadeFile.objects.get().name
    moved(Revision.objects.filter(practice__slug="help-1"), status=Status.ARCHIVED)
    commit()
    CityFactory(name_en="Later")
    commit()
    assert status(client, "/en/data/practices.csv") == 202
    assert default_storage.exists(name)
    sweeping.sweep()
    assert not default_storage.exists(name)
    assert status(client, "/en/data/practices.csv") == 202
    assert work_off() == 1
    listed = {row["practice_slug"] for row in as_csv(body(client.get("/en/data/practices.csv")))}
    assert listed == {"help-0", "help-2", "help-3"}


@pytest.mark.django_db
def test_a_take_down_while_it_is_made_is_no_file_to_serve(client, monkeypatch):
    """The generation is that of what was read, not that of the end."""
    network()
    commit()
    client.get("/en/data/practices.csv")
    real = making.store

    def take_down_meanwhile(*args):
        moved(Revision.objects.filter(practice__slug="help-1"), status=Status.ARCHIVED)
        commit()
        return real(*args)

    monkeypatch.setattr(making, "store", take_down_meanwhile)
    assert work_off() == 1
    assert MadeFile.objects.get().state == State.READY
    assert status(client, "/en/data/practices.csv") == 202


@pytest.mark.django_db
def test_what_fails_says_so_and_is_tried_again_later(client, monkeypatch, caplog):
    network()
    waiting = client.get("/en/data/practices.csv", headers=BROWSER)["Location"]
    real = kinds.KINDS["table"]

    def broken(parameters, work):
        raise OSError("No space left on device")

    monkeypatch.setitem(kinds.KINDS, "table", kinds.Kind(making.Maker(broken), real.about))
    assert work_off() == 1
    assert "could not be made" in caplog.text
    page = client.get(waiting, headers=BROWSER)
    assert "Your file could not be prepared" in page.text
    assert "Refresh" not in page.headers
    assert client.get("/en/data/practices.csv", headers=BROWSER).status_code == 303
    assert work_off() == 0
    MadeFile.objects.update(waiting_since=timezone.now() - asking.AFTER_FAILING)
    monkeypatch.setitem(kinds.KINDS, "table", real)
    assert client.get("/en/data/practices.csv", headers=BROWSER).status_code == 303
    assert work_off() == 1
    assert "Your file is ready" in client.get(waiting, headers=BROWSER).text


@pytest.mark.django_db
def test_a_file_on_which_three_workers_died_is_given_up(client):
    network()
    client.get("/en/data/practices.csv")
    for _ in range(making.MOST_TRIES):
        assert making.take_in_hand()
        assert making.take_in_hand() is None
        MadeFile.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert making.take_in_hand() is None
    assert MadeFile.objects.get().state == State.FAILED


@pytest.mark.django_db
def test_who_was_thought_dead_drops_what_it_made(client):
    network()
    client.get("/en/data/practices.csv")
    slow = making.take_in_hand()
    MadeFile.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert work_off() == 1
    name = MadeFile.objects.get().name
    with pytest.raises(making.Lost):
        making._make(slow, kinds.KINDS["table"].maker)
    assert MadeFile.objects.get().name == name
    assert default_storage.listdir("made")[1].count(name.removeprefix("made/")) == 1


@pytest.mark.django_db(transaction=True)
def test_without_redis_it_waits_and_the_page_says_so(client, redis_away):
    network()
    waiting = client.get("/en/data/practices.csv", headers=BROWSER)
    assert waiting.status_code == 303
    assert "It begins in a moment." in client.get(waiting["Location"], headers=BROWSER).text
    MadeFile.objects.update(waiting_since=timezone.now() - dt.timedelta(minutes=3))
    page = client.get(waiting["Location"], headers=BROWSER)
    assert page.status_code == 200
    assert "No file is being prepared at the moment." in page.text
    assert page["Refresh"] == "5"
    assert status(client, "/en/data/practices.csv") == 202


@pytest.mark.django_db
def test_a_file_that_the_storage_has_lost_is_made_anew(client):
    network()
    assert body(taken(client, "/en/data/practices.csv"))
    default_storage.delete(MadeFile.objects.get().name)
    assert status(client, "/en/data/practices.csv") == 202
    assert work_off() == 1
    assert body(client.get("/en/data/practices.csv"))


@pytest.mark.django_db
def test_what_a_network_has_made_is_limited_and_what_is_there_is_not(client, monkeypatch):
    network()
    monkeypatch.setattr("scn_portal.base.made_files.delivering.FILES_MADE", strangers.FILES_MADE._replace(most=1))
    assert status(client, "/en/data/practices.csv") == 202
    assert status(client, "/en/data/practices.csv") == 202
    refused = client.get("/en/data/practices.xlsx")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 3000
    assert MadeFile.objects.count() == 1
    work_off()
    assert status(client, "/en/data/practices.csv") == 200
    assert client.get("/en/data/practices.xlsx", REMOTE_ADDR="198.51.100.1").status_code == 202


@pytest.mark.django_db
def test_whoever_is_told_to_wait_has_taken_none(client, monkeypatch):
    network()
    monkeypatch.setattr(strangers, "DOWNLOADS", strangers.DOWNLOADS._replace(most=1))
    assert {status(client, "/en/data/practices.csv") for _ in range(5)} == {202}
    work_off()
    answers = [status(client, "/en/data/practices.csv") for _ in range(2)]
    assert answers == [200, 429]


@pytest.mark.django_db
def test_the_parts_of_the_package_are_files_of_their_own_made_once(client, django_assert_num_queries):
    load_declaration()
    network()
    content = body(taken(client, "/data/strong-cities-network.zip"))
    assert {(file.what, file.parameters.get("dataset")) for file in MadeFile.objects.all()} == {
        ("package", None), ("table", "practices"), ("table", "matrix"), ("table", "commitments"),
    }  # fmt: skip
    assert status(client, "/en/data/practices.csv") == 200
    MadeFile.objects.filter(what="package").delete()
    assert status(client, "/data/strong-cities-network.zip") == 202
    reads = []
    with connection.execute_wrapper(lambda execute, sql, *rest: reads.append(sql) or execute(sql, *rest)):
        work_off()
    assert not [sql for sql in reads if '"practices_revision"."approach_en"' in sql]
    assert body(client.get("/data/strong-cities-network.zip")) == content


@pytest.mark.django_db
def test_part_of_a_file_and_a_compressed_file(client):
    network()
    whole = taken(client, "/en/data/practices.xlsx")
    content = body(whole)
    assert (whole["Accept-Ranges"], int(whole["Content-Length"])) == ("bytes", len(content))
    part = client.get("/en/data/practices.xlsx", headers={"range": "bytes=10-19"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 10-19/{len(content)}")
    assert body(part) == content[10:20]
    rest = client.get("/en/data/practices.xlsx", headers={"range": "bytes=-5", "if-range": whole["ETag"]})
    assert body(rest) == content[-5:]
    other = client.get("/en/data/practices.xlsx", headers={"range": "bytes=0-4", "if-range": '"other"'})
    assert (other.status_code, len(body(other))) == (200, len(content))
    beyond = client.get("/en/data/practices.xlsx", headers={"range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(content)}")
    plain = taken(client, "/en/data/practices.csv")
    packed = client.get("/en/data/practices.csv", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert packed["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(body(packed)) == body(plain)


@pytest.mark.django_db
def test_what_nobody_asks_for_and_what_is_left_over_goes(client, settings):
    network()
    assert body(taken(client, "/en/data/practices.csv"))
    assert body(taken(client, "/en/data/practices.json"))
    assert sweeping.sweep() == 0
    MadeFile.objects.filter(parameters__format="csv").update(used_at=timezone.now() - dt.timedelta(days=8))
    assert sweeping.sweep() == 1
    assert MadeFile.objects.get().parameters["format"] == "json"
    settings.MADE_FILES_MB = 0
    assert sweeping.sweep() == 1
    assert not MadeFile.objects.exists()


@pytest.mark.django_db
def test_the_catalogue_says_the_size_of_the_file_that_is_there_and_of_no_other(client):
    load_declaration()
    network()
    commit()

    def size() -> str:
        found = client.get("/catalog.jsonld").json()["dcat:dataset"]
        files = {file["@id"].rpartition("#")[2]: file for each in found for file in each["dcat:distribution"]}
        return "".join(size["@value"] for size in files["practices-xlsx"].get("dcat:byteSize", []))

    assert size() == ""
    content = body(taken(client, "/en/data/practices.xlsx"))
    assert size() == str(len(content))
    City.objects.filter(name_en="Testford 1").update(population=5)
    commit()
    assert size() == ""


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/fr/graphiques/", "/en/open-data/dictionary/", "/catalog.ttl", "/en/charts/"])
def test_numbers_of_many_rows_are_counted_by_a_worker_and_are_the_same(client, monkeypatch, address):
    load_declaration()
    network()
    commit()
    live = client.get(address).content
    lists = {name: replace(each, above=0) for name, each in kept_counts._registered.lists.items()}
    monkeypatch.setattr(kept_counts._registered, "lists", lists)
    assert client.get(address).content == live
    tasks.keep_counts()
    commit()
    with counting() as counts:
        assert client.get(address).content == live
    assert not counts
    network_changes()
    with counting() as counts:
        assert client.get(address).status_code == 200
    assert not counts, "not at each change"
    tasks.keep_counts()
    commit()
    assert client.get(address).content != live


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements within the block that count practices."""
    found: list[str] = []
    with connection.execute_wrapper(lambda run, sql, *rest: found.append(sql) or run(sql, *rest)):
        yield found
    found[:] = [sql for sql in found if "practices_revision" in sql and "COUNT(" in sql]


def network_changes() -> None:
    RevisionFactory(practice__slug="one-more", status="published", themes=["youth"])
    commit()
