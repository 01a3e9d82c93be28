"""A real Celery worker in a process of its own, with the database and the queue of the test that uses it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import redis
from django.conf import settings
from django.db import connection

from scn_portal.celery import app

START_SECONDS = 60
# The worker outlives a test. Tests that do not use it also send tasks, but to a queue that nobody reads: otherwise the
# worker would run them while the database is being emptied. The name is unique, so that the queue is not shared with a
# worker that an aborted run has left behind.
QUEUE = f"tests-{os.getpid()}-{time.time_ns()}"
COMMAND = "--app scn_portal --skip-checks worker --loglevel info --without-gossip --without-mingle --without-heartbeat"
LAST_TASK = "celery.accumulate"  # a task of Celery itself, which returns its argument


class CeleryWorker:
    """Runs tasks as production does. `log` is its output so far; `environment` is added to the environment of the test.

    With `processes` it runs its tasks in this number of child processes. It ends with this process, even if that is
    killed.
    """

    def __init__(self, mail_port: int, processes: int = 0, **environment: str):
        self.mail_port = mail_port
        self._pool = ["--pool", "prefork", "--concurrency", str(processes)] if processes else ["--pool", "solo"]
        self._own = environment
        self.log: list[str] = []
        self._said = threading.Condition()
        self._process: subprocess.Popen | None = None
        self._listener: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Return once the worker accepts tasks. Raises AssertionError with its log if it does not."""
        self.log.clear()
        self._process = subprocess.Popen(
            [Path(sys.executable).parent / "celery", *COMMAND.split(), *self._pool],
            env=os.environ | self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()
        self.wait_for_line(" ready.", START_SECONDS)

    def _environment(self) -> dict[str, str]:
        database = connection.settings_dict
        host, role = quote(database["HOST"], safe=""), os.environ.get("SCN_TEST_ROLE") or database["USER"]
        return {
            "SCN_TEST_CHILD": "1",
            "SCN_TEST_PARENT": str(os.getpid()),
            "SCN_TEST_QUEUE": QUEUE,
            "DATABASE_URL": f"postgres://{role}@{host}/{database['NAME']}",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
        } | self._own

    def _listen(self, process: subprocess.Popen) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                with self._said:
                    self.log.append(line)
                    self._said.notify_all()
        with self._said:
            self.log.append("(the worker has ended)")
            self._said.notify_all()

    def wait_for_line(self, text: str, timeout: float = 20) -> None:
        """Return once the worker has logged `text`. Raises AssertionError with the log if it ends first, or does not
        log it in time."""

        def heard() -> bool:
            return any(text in line or "(the worker has ended)" in line for line in self.log)

        with self._said:
            self._said.wait_for(heard, timeout)
            assert any(text in line for line in self.log), f"no “{text}” from the worker:\n{''.join(self.log)}"

    def wait_until_idle(self, timeout: float = 20) -> None:
        """Return once every task sent so far is done. It sends another task that does nothing, which runs after
        them."""
        if not self.is_running:
            return
        with self._said:
            done_before = self._done()
        app.send_task(LAST_TASK, args=[None])
        with self._said:
            self._said.wait_for(lambda: self._done() > done_before or not self.is_running, timeout)

    def _done(self) -> int:
        return sum(f"Task {LAST_TASK}[" in line and "succeeded" in line for line in self.log)

    def kill(self) -> None:
        """Kill the worker as a power cut would, in the middle of its work."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """Suspend the worker, as if the machine were overloaded, until `go_on`."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Let the worker finish its task and end."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._listener:  # its last output must not come into the log of the next start
            self._listener.join(20)


def forget_queue() -> None:
    """Delete the tasks that tests without a worker have left in the queue of this process."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete("celery", QUEUE, "unacked", "unacked_index")


def queued_tasks() -> list[str]:
    """The names of the tasks in the queue that nobody reads, in the order in which they were sent."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return [json.loads(message)["headers"]["task"] for message in reversed(client.lrange("celery", 0, -1))]
