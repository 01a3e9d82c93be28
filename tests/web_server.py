"""A real granian with the database of the test that uses it, started as in the Dockerfile."""

import ast
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection

from scn_portal.demo.mail import free_port
from tests.digests.faults import until


def shipped_command(port: int, **options: str) -> list:
    """The command of the Dockerfile, listening only on this machine and on `port`, with other `options` if given."""
    written = re.findall(r"^CMD (\[.*\])$", (settings.BASE_DIR / "Dockerfile").read_text(), re.MULTILINE)
    program, *command = ast.literal_eval(written[-1])
    for name, value in {"host": "127.0.0.1", "port": str(port), **options}.items():
        if f"--{name}" in command:
            command[command.index(f"--{name}") + 1] = value
        else:
            command += [f"--{name}", value]
    return [Path(sys.executable).parent / program, *command]


def stop_with_parent() -> None:
    """Have the kernel ask this process to stop when the test run ends, even if that is killed."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class WebServer:
    """granian with `workers` processes. `log` is the file with its output; `environment` is added to that of the test.

    A context manager: it answers inside the block, and is stopped after it.
    """

    def __init__(self, folder: Path, workers: int = 2, **environment: str):
        self.port, self.log = free_port(), folder / "granian.log"
        self._command = shipped_command(self.port, workers=str(workers))
        self._environment = environment
        self._process: subprocess.Popen | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def __enter__(self) -> "WebServer":
        self.start()
        return self

    def __exit__(self, *exception) -> None:
        self.stop()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                env=os.environ | self._of_this_test() | self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=stop_with_parent,
                cwd=settings.BASE_DIR,
            )
        until(self._answers)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._process = None

    def processes(self) -> list[psutil.Process]:
        """granian, its workers, and their child processes."""
        assert self._process
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        assert self._process
        # Python's resource tracker for the processes that granian spawns answers no requests.
        children = psutil.Process(self._process.pid).children()
        return [each for each in children if "resource_tracker" not in " ".join(each.cmdline())]

    def _of_this_test(self) -> dict[str, str]:
        database = connection.settings_dict
        host = quote(database["HOST"], safe="")
        return {
            "SCN_TEST_CHILD": "1",
            "DATABASE_URL": f"postgres://{database['USER']}@{host}/{database['NAME']}",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            # Requests that change something name a page of this server as their origin, as a browser would.
            "SITE_URL": self.url,
        }

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log.read_text(errors="replace")[-3000:]
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connected:
                connected.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return connected.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
