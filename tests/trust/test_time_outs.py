"""Nobody waits for the database without end: not for a statement, a lock or a connection, and not for a server that
stands still. While it does, `/healthz` answers and pages say 503.

In brief, the sessions of a web server stand still; with `make soak` all of PostgreSQL does, by SIGSTOP.
"""

import json
import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from scn_portal.base.postgresql import time_outs
from scn_portal.base.postgresql.base import Silence, as_long_as_a_worker, silence
from scn_portal.demo import embedded
from tests.test_settings import COMPLETE
from tests.trust.web_server import url_of_the_test_database, web_server


def shown(cursor) -> list[str]:
    values = []
    for name in ("statement_timeout", "lock_timeout"):
        cursor.execute(f"SHOW {name}")
        values += cursor.fetchone()
    return values


@pytest.mark.django_db
def test_workers_and_commands_have_long_time_outs():
    with connection.cursor() as cursor:
        assert shown(cursor) == ["30min", "1min"]
    assert connection.settings_dict["OPTIONS"]["connect_timeout"] == 10
    assert connection.connection.answer_seconds == 30 * 60 + time_outs.MARGIN


@pytest.mark.slow
def test_who_serves_pages_has_short_ones_and_in_production_logs_json():
    script = """
import logging, scn_portal.wsgi
from django.conf import settings
print(settings.DATABASES["default"])
logging.getLogger("a").info("hello")"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "scn_portal.settings"} | COMPLETE,
        capture_output=True,
        text=True,
    )
    assert "'options': '-c lock_timeout=5s -c statement_timeout=15s'" in done.stdout, done.stderr
    assert "'connect_timeout': 3" in done.stdout
    assert "'ANSWER_SECONDS': 17" in done.stdout
    assert json.loads(done.stderr.splitlines()[-1])["message"] == "hello"


def test_the_address_of_the_database_may_say_otherwise():
    given = {"OPTIONS": {"connect_timeout": 7, "options": "-c lock_timeout=1s"}}
    options = time_outs.WORK.put_into(given)["OPTIONS"]
    assert options["connect_timeout"] == 7
    assert options["options"].endswith(" -c lock_timeout=1s")  # the last one counts


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_somebody_holds_and_a_long_statement_are_given_up():
    with psycopg.connect(url_of_the_test_database()) as holder, connection.cursor() as cursor:
        holder.execute("LOCK TABLE members_region")
        cursor.execute("SET lock_timeout = '10ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            cursor.execute("SELECT count(*) FROM members_region")
        cursor.execute("SET statement_timeout = '10ms'")
        with pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SELECT pg_sleep(60)")
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_what_is_known_to_take_long_may_until_its_transaction_ends():
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '15s'")
        connection.connection.answer_seconds = 17
        with transaction.atomic():
            with as_long_as_a_worker():
                assert shown(cursor)[0] == "30min"
                assert connection.connection.answer_seconds == 30 * 60 + time_outs.MARGIN
            assert connection.connection.answer_seconds == 17
        assert shown(cursor)[0] == "15s"
    connection.close()


@contextmanager
def standing_still(*pids: int):
    """Processes stopped by SIGSTOP."""
    processes = [psutil.Process(pid) for pid in pids]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@pytest.mark.django_db(transaction=True)
def test_a_connection_whose_server_stands_still_is_given_up_and_closed(monkeypatch):
    connection.ensure_connection()
    frozen = connection.connection
    monkeypatch.setattr(frozen, "answer_seconds", 0.2)
    monkeypatch.setattr(Silence, "SECONDS", 0.1)
    with standing_still(frozen.info.backend_pid), pytest.raises(OperationalError, match="does not answer"):
        connection.cursor().execute("SELECT 1")
    assert frozen.closed
    connection.close()
    time.sleep(0.1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # by a new connection


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_is_tried_for_as_long_as_a_new_one_would_take(monkeypatch):
    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "connect_timeout", 0.2)
    try:
        with standing_still(connection.connection.info.backend_pid):
            assert not connection.is_usable()
    finally:
        connection.close()
        silence.ends()


def test_of_a_silent_server_one_thread_asks_at_a_time():
    now = [0.0]
    server = Silence(clock=lambda: now[0])
    server.refuse()
    server.begins()
    now[0] = Silence.SECONDS - 0.1
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError):
            server.refuse()
    now[0] = Silence.SECONDS + 0.1
    server.refuse()  # this one tries
    with pytest.raises(psycopg.OperationalError):
        server.refuse()
    server.ends()
    server.refuse()


def sessions_of(name: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [name])
        return [pid for (pid,) in cursor.fetchall()]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_web_server_whose_sessions_stand_still_answers_and_recovers():
    database = url_of_the_test_database(application_name="still", connect_timeout="2")
    with web_server(threads=2, DATABASE_URL=database) as web, ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda _: web.get("/en/cities/")[0], range(6))) == {200}
        with standing_still(*sessions_of("still")):
            pages = [pool.submit(web.get, "/en/cities/") for _ in range(6)]
            assert web.get("/healthz")[0] == 200
            assert {page.result()[0] for page in pages} <= {200, 503}
        assert web.get("/healthz")[0] == 200


@pytest.mark.soak
def test_while_all_of_postgresql_stands_still_health_answers_and_pages_say_503(tmp_path):
    """A minute, with eight readers who ask again and again."""
    with embedded.running(tmp_path):
        url = embedded.database_url(tmp_path)
        environment = {"SCN_TEST_CHILD": "1", "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
            cwd=settings.BASE_DIR, env=os.environ | environment, check=True,
        )  # fmt: skip
        folder = str(embedded.server_dir(tmp_path) / "postgres")
        (parent,) = [each for each in psutil.process_iter() if folder in each.cmdline() and "-D" in each.cmdline()]
        with web_server(workers=2, **environment) as web, ThreadPoolExecutor(9) as pool:
            assert set(pool.map(lambda _: web.get("/en/cities/")[0], range(30))) == {200}
            all_of_it = [parent.pid, *(child.pid for child in parent.children(recursive=True))]
            with standing_still(*all_of_it):
                health, pages = [], []
                end = time.monotonic() + 60

                def read() -> None:
                    while time.monotonic() < end:
                        pages.append(web.get("/en/cities/"))

                readers = [pool.submit(read) for _ in range(8)]
                while time.monotonic() < end:
                    health.append(web.get("/healthz"))
                    time.sleep(0.2)
                [reader.result() for reader in readers]
                assert {status for status, *_ in health} == {200}
                assert {status for status, *_ in pages} == {503}
                slowest = max(seconds for *_, seconds in health), max(seconds for *_, seconds in pages)
                logging.warning("healthz %s, pages %s, slowest %.1f s and %.1f s", len(health), len(pages), *slowest)
                later = sorted(seconds for *_, seconds in health)[: int(len(health) * 0.9)]
                assert later[-1] < 1
                assert max(slowest) < time_outs.WEB.statement + 5
            time.sleep(Silence.SECONDS + time_outs.WEB.connect)
            assert web.get("/en/cities/")[0] == 200
