"""What the portal says of itself: as many requests as there were, whichever process answered; mails, practices, beat,
workers and backup as they are; and nothing of it on the public port."""

import datetime as dt
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import ConnectionError as RedisAway

from commitments.models import RestoreDecision
from digests.models import Delivery
from members.models import Invitation
from practices.choices import Status
from practices.models import Revision
from scn_portal.base import counting
from scn_portal.base.mail import MAX_ATTEMPTS
from scn_portal.site import tasks
from scn_portal.site.models import Takedown
from scn_portal.site.monitoring import mails
from scn_portal.site.monitoring.state import StateCollector
from tests.digests.faults import issue_for
from tests.factories import InvitationFactory, RevisionFactory
from tests.trust.web_server import url_of_the_test_database, web_server

HOUR = dt.timedelta(hours=1)


def state(**of_kind: str) -> dict[str, float]:
    """Each metric of the state; of those with a kind, that of `kind`."""
    registry = CollectorRegistry()
    registry.register(StateCollector())
    return {
        sample.name: sample.value
        for family in registry.collect()
        for sample in family.samples
        if not sample.labels or sample.labels == of_kind
    }


@pytest.fixture(autouse=True)
def _the_connection_of_the_test_stays(monkeypatch):
    monkeypatch.setattr("scn_portal.site.monitoring.state.connection", type("Kept", (), {"close": lambda: None}))
    monkeypatch.setattr("scn_portal.site.monitoring.state.PING_SECONDS", 0.05)


@pytest.mark.django_db
def test_mails_are_counted_while_they_are_owed_with_the_age_of_the_oldest():
    assert state(kind="invitation")["scn_mails_due"] == 0
    invitation = InvitationFactory()
    Invitation.objects.update(created_at=timezone.now() - HOUR)
    InvitationFactory(), InvitationFactory(mail_attempts=MAX_ATTEMPTS), InvitationFactory(mailed_at=timezone.now())
    InvitationFactory(withdrawn_at=timezone.now())
    said = state(kind="invitation")
    assert said["scn_mails_due"] == 2
    assert said["scn_mails_refused"] == 0
    assert 3600 <= said["scn_mails_oldest_seconds"] < 3700

    # A mailbox that is full says nothing about the worker or our mail server.
    Invitation.objects.filter(pk=invitation.pk).update(mail_attempts=3)
    said = state(kind="invitation")
    assert said["scn_mails_due"] == 2
    assert said["scn_mails_refused"] == 1
    assert said["scn_mails_oldest_seconds"] < 3600


@pytest.mark.django_db
def test_an_issue_on_its_way_is_counted_too():
    issue = issue_for(readers=3)
    type(issue).objects.update(created_at=timezone.now() - HOUR)
    said = state(kind="delivery")
    assert said["scn_mails_due"] == Delivery.objects.count() > 2
    assert said["scn_mails_oldest_seconds"] >= 3600


def test_the_age_of_a_mail_does_not_begin_anew_each_time_that_the_server_is_away():
    assert mails.since(Invitation) == "created_at"
    assert mails.since(RestoreDecision) == "request__decided_at"
    assert mails.since(Takedown) == mails.SINCE_ELSEWHERE["Takedown"]
    without = [model.__name__ for model in mails.models() if mails.since(model) == "mail_after"]
    assert without == ["UnassignedReminder"]  # of which a day makes one at most


@pytest.mark.django_db
def test_practices_that_wait_with_the_time_of_the_first():
    RevisionFactory(status=Status.SUBMITTED, submitted_at=timezone.now() - 2 * HOUR)
    RevisionFactory(status=Status.SUBMITTED, submitted_at=timezone.now())
    RevisionFactory()
    said = state()
    assert said["scn_practices_waiting"] == Revision.objects.filter(status=Status.SUBMITTED).count() == 2
    assert 7200 <= said["scn_practices_oldest_seconds"] < 7300


@pytest.mark.django_db
def test_the_last_beat_and_the_last_backup(settings, tmp_path):
    assert state()["scn_last_beat_timestamp_seconds"] == 0
    assert "scn_last_backup_timestamp_seconds" not in state()
    tasks.note_beat()
    settings.BACKUP_STAMP = str(tmp_path / "stamp")
    assert state()["scn_last_backup_timestamp_seconds"] == 0
    (tmp_path / "stamp").touch()
    said = state()
    for name in ("beat", "backup"):
        assert time.time() - said[f"scn_last_{name}_timestamp_seconds"] < 600


def test_beat_starts_the_sign_of_life_each_minute():
    assert {"task": "scn_portal.site.tasks.note_beat", "schedule": 60} in settings.CELERY_BEAT_SCHEDULE.values()


def test_workers_that_answer_are_counted(worker, monkeypatch):
    monkeypatch.setattr("scn_portal.site.monitoring.state.PING_SECONDS", 1.0)
    assert state()["scn_workers"] >= 1


def database_away(*args):
    raise OperationalError


def redis_away(*args):
    raise RedisAway


@pytest.mark.django_db
def test_what_is_away_is_said_to_be_away_and_hides_nothing_else(monkeypatch):
    with connection.execute_wrapper(database_away):
        said = state()
    assert (said["scn_database_up"], said["scn_redis_up"]) == (0, 1)
    assert "scn_practices_waiting" not in said
    monkeypatch.setattr(cache, "get", redis_away)
    said = state()
    assert (said["scn_database_up"], said["scn_redis_up"]) == (1, 0)
    assert "scn_workers" not in said


def test_the_public_port_has_no_metrics(client):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics/").status_code == 404


def key_of(sample) -> tuple:
    """Its name, then its view and its status as far as it has them."""
    return (sample.name, *(sample.labels[label] for label in ("view", "status") if label in sample.labels))


@pytest.fixture
def counted(settings, tmp_path, monkeypatch) -> Iterator[Callable[[], dict[tuple, float]]]:
    """From here on requests are counted; gives what `manage.py metrics` would add up."""
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    settings.METRICS_DIR = str(tmp_path)

    def added_up() -> dict[tuple, float]:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(tmp_path))
        return {key_of(sample): sample.value for family in registry.collect() for sample in family.samples}

    yield added_up
    while counting._held:
        counting._held.pop().close()


def test_requests_are_counted_by_view_and_status_and_with_nothing_else(counted):
    for client in (Client(), Client()):  # each with a handler, and a seat, of its own
        for path in ("/healthz", "/healthz?q=canary", "/static/css/portal.css", "/static/canary"):
            client.get(path).close()
    said = counted()
    assert said["scn_requests_total", "healthz", "200"] == 4
    assert said["scn_requests_total", "static", "200"] == 2
    assert said["scn_requests_total", "static", "404"] == 2
    assert said["scn_request_seconds_count", "healthz"] == 4
    assert "canary" not in str(said)


def test_a_folder_that_cannot_be_written_to_stops_no_page(settings, tmp_path, caplog):
    (tmp_path / "file").touch()
    settings.METRICS_DIR = str(tmp_path / "file")
    assert Client().get("/healthz").status_code == 200
    assert "Requests are not counted" in caplog.text


def test_a_seat_is_free_again_once_its_process_has_ended(tmp_path):
    mine = counting.take_seat(tmp_path)
    assert counting.take_seat(tmp_path) == mine + 1  # locked, though by this process
    while counting._held:
        counting._held.pop().close()
    assert counting.take_seat(tmp_path) == mine
    counting._held.pop().close()


@contextmanager
def metrics(**environment: str) -> Iterator[str]:
    """`manage.py metrics` as it runs in production; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {"SCN_TEST_CHILD": "1", "SCN_TEST_PARENT": str(os.getpid()), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "metrics"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | own
        | {"DATABASE_URL": url_of_the_test_database(), "METRICS_ADDRESS": f"127.0.0.1:{port}"}
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    try:
        said = process.stdout.readline()
        assert said.strip() == f"http://127.0.0.1:{port}/metrics", said + process.stdout.read()
        yield said.strip()
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def samples(address: str) -> dict[tuple, float]:
    with urllib.request.urlopen(address, timeout=60) as answer:
        text = answer.read().decode()
    return {
        key_of(sample): sample.value for family in text_string_to_metric_families(text) for sample in family.samples
    }


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_requests_are_counted_over_all_processes_and_over_a_restart(tmp_path):
    folder = {"METRICS_DIR": str(tmp_path)}
    with web_server(workers=2, **folder) as web, ThreadPoolExecutor(8) as pool:
        pages = [*["/en/about/"] * 20, *["/nothing"] * 5, *["/static/css/portal.css"] * 3]
        list(pool.map(web.get, pages))
        with metrics(**folder) as address:
            said = samples(address)
            assert said["scn_requests_total", "about", "200"] == 20
            assert said["scn_requests_total", "none", "404"] == 5
            assert said["scn_requests_total", "static", "200"] == 3
            assert said["scn_request_seconds_count", "about"] == 20
            assert said["scn_database_up",] == 1
            web.get("/en/about/")
            assert samples(address)["scn_requests_total", "about", "200"] == 21
    with web_server(**folder) as web, metrics(**folder) as address:
        web.get("/en/about/")
        assert samples(address)["scn_requests_total", "about", "200"] == 22
    assert len(list(tmp_path.glob("counter_*.db"))) == 2


def test_a_forked_process_counts_into_files_of_its_own(tmp_path):
    mine = counting.seat_of_this_process(tmp_path)
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.write(writer, str(counting.seat_of_this_process(tmp_path)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reader, 10)) != mine
    assert counting.seat_of_this_process(tmp_path) == mine
    os.close(reader), os.close(writer), counting._held.pop().close()
