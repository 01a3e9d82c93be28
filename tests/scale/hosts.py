"""Two web hosts, each a granian with the command of the image, behind the real nginx or the real HAProxy."""

import itertools
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from django.conf import settings

from commitments.models import Milestone
from tests.digests.faults import until
from tests.scale.programs import program, running, stop
from tests.trust import stack
from tests.trust.test_killed_workers import Load

HOST = stack.HOST


class WebHost:
    """One machine. `port` is the port of its granian, which stays the same after a restart."""

    def __init__(self, folder: Path, name: str, **environment: str) -> None:
        self.port, self.log = stack.free_port(), folder / f"{name}.log"
        self._environment = stack.web_environment(environment)
        self._running: ExitStack | None = None
        self.process: subprocess.Popen | None = None

    def begin(self) -> None:
        """Start it, without waiting until it answers."""
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(
                stack.web_command(self.port), cwd=stack.ROOT, env=self._environment, start_new_session=True,
                stdout=said, stderr=said,
            )  # fmt: skip

    def until_it_answers(self) -> None:
        assert self.process
        stack.until(lambda: stack._answers(self.port), self.log, self.process)

    def start(self) -> None:
        self.begin()
        self.until_it_answers()

    def stop(self) -> None:
        """Stop it as `systemctl stop` does: it drains, finishes the requests that it has begun, and ends."""
        if self.process:
            stop(self.process, 60)

    def kill(self) -> None:
        """Kill all processes, as if the machine lost power."""
        assert self.process
        os.killpg(self.process.pid, 9)
        self.process.wait()


@contextmanager
def two_hosts(folder: Path, **environment: str) -> Iterator[tuple[WebHost, WebHost]]:
    hosts = WebHost(folder, "one", **environment), WebHost(folder, "two", **environment)
    try:
        for host in hosts:
            host.begin()
        for host in hosts:
            host.until_it_answers()
        yield hosts
    finally:
        for host in hosts:
            if host.process and host.process.poll() is None:
                host.process.send_signal(15)
        for host in hosts:
            host.stop()


class Door(stack.Stack):
    """The proxy that readers reach, at `port`. Each request comes from another address, so that no limit for one
    address is reached."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._sources = itertools.cycle(f"127.0.{n}.{m}" for n in range(1, 9) for m in range(1, 251))

    def ask(self, method, path, timeout=stack.WAIT_SECONDS, body=None, headers=None, source=None):
        return super().ask(method, path, timeout, body, headers, source or next(self._sources))


class Nginx:
    """Our nginx in front of any number of hosts, which can be changed while it runs."""

    def __init__(self, folder: Path, *ports: int, **values: str) -> None:
        self.folder, self.port, self._values = folder, stack.free_port(), values
        self.folder.mkdir(exist_ok=True)
        self.door = Door(self.port)
        self._write(ports)

    def _write(self, ports: tuple[int, ...]) -> Path:
        named = {"PROXY_PORTAL": " ".join(f"127.0.0.1:{port}" for port in ports)} | self._values
        return stack.write_configuration(self.folder, self.port, 0, **named)

    @contextmanager
    def running(self) -> Iterator["Nginx"]:
        command = [stack.nginx(), "-c", self.folder / "nginx.conf", "-g", "daemon off;"]
        with running(command, self.folder / "nginx.log", lambda: stack.listens(self.port)) as self.process:
            yield self

    def share_among(self, *ports: int) -> None:
        """Change the hosts as an operator does: write the file again, and reload it without dropping requests."""
        before = {child.pid for child in self._workers()}
        self._write(ports)
        self.process.send_signal(1)
        until(lambda: not before & {child.pid for child in self._workers()})

    def _workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()


@contextmanager
def haproxy(folder: Path, one: int, two: int) -> Iterator[Door]:
    """HAProxy with the shipped configuration, in front of two hosts."""
    port = stack.free_port()
    values = {
        "PORTAL_HOST": HOST,
        "PORTAL_ONE": f"127.0.0.1:{one}",
        "PORTAL_TWO": f"127.0.0.1:{two}",
        "BALANCER_HTTP": f"127.0.0.1:{port}",
        "BALANCER_SOCKET": str(folder / "admin.sock"),
    }
    command = [program("haproxy"), "-W", "-db", "-f", settings.BASE_DIR / "deploy" / "haproxy.cfg"]
    with running(command, folder / "haproxy.log", lambda: stack.listens(port), env=os.environ | values):
        yield Door(port)


def state_of(folder: Path, host: str) -> str:
    """The status of a host in HAProxy: UP, DOWN and the like."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(str(folder / "admin.sock"))
        asked.sendall(b"show stat\n")
        said = b"".join(iter(lambda: asked.recv(65536), b"")).decode()
    (line,) = re.findall(rf"^portal,{host},.*$", said, re.M)
    return line.split(",")[17]


class Traffic(Load):
    """Readers, and people who open and send forms, until the end of the block."""

    ENOUGH_READ, ENOUGH_SAVED = 10, 2

    def _read(self) -> None:
        for path in ("/en/cities/", "/fr/"):  # what needs the database
            self._note(self.shipped.get(path)[0])

    def until_more(self, seconds: float = 0) -> None:
        """Return once some more pages were read and forms saved, but not before `seconds`."""
        ends = time.monotonic() + seconds
        read, saved = len(self.answered) + self.ENOUGH_READ, len(self.acknowledged) + self.ENOUGH_SAVED
        until(lambda: len(self.answered) > read and len(self.acknowledged) > saved and time.monotonic() > ends, 120)

    def all_found(self) -> bool:
        """Whether each form that was acknowledged is saved exactly once."""
        titles = list(Milestone.objects.values_list("title_en", flat=True))
        return len(titles) == len(set(titles)) and set(self.acknowledged) <= set(titles)
