"""The shipped stack on a free port: granian with the command of the image, behind nginx with deploy/nginx.conf.

The portal uses the database of the test run; what it commits stays until the test restores the rows.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from django.conf import settings
from django.db import connection

ROOT: Path = settings.BASE_DIR
# The host in SITE_URL, whatever the port of the test's proxy: every request must name this host.
HOST = "127.0.0.1:8000"
WAIT_SECONDS = 60
IMAGE_COMMAND = re.search(r'^CMD \["(.+)"\]$', (ROOT / "Dockerfile").read_text(), re.M)


class Stack:
    """A running portal behind its proxy. `port` is the port of the proxy, `web` the parent process of granian."""

    def __init__(self, port: int, portal_port: int, web: subprocess.Popen, log: Path):
        self.port, self.portal_port, self.web, self.log = port, portal_port, web, log

    def get(self, path: str, timeout: float = WAIT_SECONDS, **headers: str):
        """Status, headers and body of the answer. Errors of the connection are raised."""
        return self.ask("GET", path, timeout, headers=headers)

    def ask(self, method: str, path: str, timeout: float = WAIT_SECONDS, body=None, headers=None, source="127.0.0.1"):
        """Like `get`, with any method, a body, and any address of this machine as the source."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout, source_address=(source, 0))
        try:
            asked.request(method, path, body, {"Host": HOST} | (headers or {}))
            answer = asked.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            asked.close()

    def send(self, text: str, source: str = "127.0.0.1") -> socket.socket:
        """An open connection from an address of this machine, on which `text` was sent."""
        sender = socket.create_connection(("127.0.0.1", self.port), WAIT_SECONDS, (source, 0))
        sender.sendall(text.encode("latin-1"))
        return sender

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests, the oldest first."""
        return sorted(psutil.Process(self.web.pid).children(), key=lambda process: process.create_time())


def nginx() -> str:
    """The path of nginx. If it is not installed, the test is skipped with the reason; under CI it fails."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    reason = "no nginx: `python -m tests.provision` installs it on Debian, as root"
    if not found or not shutil.which("envsubst") or not Path("/etc/nginx/nginx.conf").exists():
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return found


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Stack]:
    """The stack, ready to answer. `environment` is added to that of the test run."""
    nginx()
    port, portal_port = free_port(), free_port()
    log = folder / "web.log"
    with ExitStack() as ending:
        web = ending.enter_context(_process(web_command(portal_port), log, web_environment(environment)))
        until(lambda: _answers(portal_port), log, web)
        ending.enter_context(proxy(folder, port, portal_port))
        yield Stack(port, portal_port, web, folder / "access.log")


def report(capsys, text: str) -> None:
    """Show what a soak measured, on the terminal."""
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


@contextmanager
def proxy(folder: Path, port: int, portal_port: int, **values: str) -> Iterator[None]:
    """Only the proxy, in front of the server on `portal_port`. `values` are those of deploy/nginx.envsh."""
    configuration = write_configuration(folder, port, portal_port, **values)
    log = folder / "nginx.log"
    with _process([nginx(), "-c", str(configuration), "-g", "daemon off;"], log, dict(os.environ)) as process:
        until(lambda: listens(port), log, process)
        yield


@contextmanager
def varnish(folder: Path, port: int, portal_port: int) -> Iterator[Path]:
    """Varnish with deploy/varnish.vcl in front of the server on `portal_port`. Yields the file with its output."""
    found = shutil.which("varnishd", path=f"{os.environ['PATH']}:/usr/sbin")
    reason = "no Varnish: `python -m tests.provision` installs it on Debian, as root"
    if not found or not shutil.which("envsubst"):
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    values = {"SITE_URL": f"http://{HOST}", "PROXY_PORTAL_PORT": str(portal_port)}
    rendered = subprocess.run(
        ["sh", "-c", '. deploy/varnish.envsh && envsubst "$PROXY_NAMES" < deploy/varnish.vcl'],
        cwd=ROOT, env=os.environ | values, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (folder / "default.vcl").write_text(rendered)
    where = ["-n", str(folder / "work"), "-a", f"127.0.0.1:{port}", "-f", str(folder / "default.vcl")]
    log = folder / "varnish.log"
    with _process([found, "-F", "-j", "none", *where, "-s", "malloc,64m"], log, dict(os.environ)) as process:
        until(lambda: listens(port), log, process)
        yield log


def web_command(port: int) -> list[str]:
    """The command of the image, with the host and the port of the test."""
    assert IMAGE_COMMAND
    command = IMAGE_COMMAND[1].split('", "')
    assert command[0] == "python"
    assert command[-2:] == ["--host", "0.0.0.0"]
    return [sys.executable, *command[1:-1], "127.0.0.1", "--port", str(port)]


def web_environment(more: dict[str, str]) -> dict[str, str]:
    database = connection.settings_dict
    own = {
        "SCN_TEST_CHILD": "1",
        "SCN_TEST_PARENT": str(os.getpid()),
        "DATABASE_URL": f"postgres://{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TRUSTED_PROXY_COUNT": "1",
    }
    return os.environ | own | more


def write_configuration(folder: Path, port: int, portal_port: int, **values: str) -> Path:
    """Debian's nginx.conf with ours in it, both with the files of this test. Returns its path."""
    values = {
        "SITE_URL": f"http://{HOST}",
        "PROXY_HTTP": f"127.0.0.1:{port}",
        "PROXY_PORTAL": f"127.0.0.1:{portal_port}",
        "PROXY_CACHE": str(folder / "cache"),
    } | values
    rendered = subprocess.run(
        ["sh", "-c", '. deploy/nginx.envsh && envsubst "$PROXY_NAMES" < deploy/nginx.conf'],
        cwd=ROOT, env=os.environ | values, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    ours, main = folder / "portal.conf", folder / "nginx.conf"
    ours.write_text(rendered.replace("/var/log/nginx", str(folder)))
    text = Path("/etc/nginx/nginx.conf").read_text().replace("include /etc/nginx/sites-enabled/*;", "")
    text = re.sub(r"include /etc/nginx/conf\.d/\*\.conf;", f"include {ours}; {_own_folders(folder)}", text)
    text = re.sub(r"^pid .+;$", f"pid {folder}/nginx.pid;", text, flags=re.M)
    # Its workers write into a folder of the test, to which other users have no access.
    text = re.sub(r"^user .+;$", "" if os.geteuid() else "user root;", text, flags=re.M)
    main.write_text(text.replace("/var/log/nginx", str(folder)))
    return main


def _own_folders(folder: Path) -> str:
    """Directives for the temporary files of nginx, in a folder that the user of the test may write to."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds) if os.geteuid() else ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@contextmanager
def _process(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """A process in a session of its own, which is ended after the block."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(happens: Callable[[], bool], log: Path, process: subprocess.Popen) -> None:
    """Return once `happens()` is true. Raises AssertionError with the log if the process ends, or after a minute."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not happens():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether a server accepts connections at this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def _answers(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, 5)
    try:
        asked.request("GET", "/healthz", headers={"Host": HOST})
        return asked.getresponse().status == 200
    except OSError:
        return False
    finally:
        asked.close()
