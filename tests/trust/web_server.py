"""The web server of production in a process of its own, with the database of the test that uses it."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

START_SECONDS = 60


class WebServer:
    """granian at `port`; `log` is its output so far."""

    def __init__(self, port: int, process: subprocess.Popen) -> None:
        self.port, self.process = port, process
        self.log: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout:
            self.log.extend(self.process.stdout)

    def get(self, path: str, *, timeout: float = 60, **headers: str) -> tuple[int, dict[str, str], float]:
        """The status, the headers, and how many seconds the answer took."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        started = time.monotonic()
        try:
            client.request("GET", path, headers=headers)
            response = client.getresponse()
            response.read()
        finally:
            client.close()
        return response.status, dict(response.getheaders()), time.monotonic() - started

    def until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                assert self.get("/healthz")[0] == 200
                return
            except OSError:
                assert self.process.poll() is None, "".join(self.log)
                assert time.monotonic() < deadline, "".join(self.log)
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._listener.join(20)


def url_of_the_test_database(**query: str) -> str:
    database = connection.settings_dict
    host = quote(database["HOST"], safe="")
    return f"postgres://{database['USER']}@{host}/{database['NAME']}" + (f"?{urlencode(query)}" if query else "")


@contextmanager
def web_server(*, workers: int = 1, threads: int = 4, **environment: str) -> Iterator[WebServer]:
    """It answers in the block. `environment` is added to that of the test."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {
        "SCN_TEST_CHILD": "1",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": url_of_the_test_database(),
    }
    options = f"--interface wsgi --host 127.0.0.1 --port {port} --workers {workers} --blocking-threads {threads}"
    process = subprocess.Popen(
        [Path(sys.executable).parent / "granian", *options.split(), "scn_portal.wsgi:application"],
        env=os.environ | own | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = WebServer(port, process)
    try:
        server.until_it_answers()
        yield server
    finally:
        server.stop()
