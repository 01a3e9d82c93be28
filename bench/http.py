"""What the caches before the portal are worth, as ratios of one run: with the demo running,

    SCN_VAR=var python -m bench.http

`pages.behind_nginx_vs_static`: the home page through deploy/nginx.conf ÷ a static file of the same bytes by the same
nginx. `pages.revalidated_vs_healthz`: 304 by the portal ÷ /healthz, granian with two workers. Each is the median of
some rounds, both sides of a round one after the other. Needs wrk, nginx and envsubst of Debian; reads only.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
django.setup()

from tests.trust import stack  # noqa: E402  Django first

PAGE = "/en/"
CONNECTIONS = 16
GZIP = ("Accept-Encoding: gzip",)
_STATIC = """
    location = /as-a-file {
        alias %s;
        default_type "text/html; charset=utf-8";
        add_header Content-Encoding gzip;
    }
    location / {
        auth_request"""


@contextmanager
def process(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """Inside the block it listens on `port`."""
    started = subprocess.Popen(
        command, cwd=stack.ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while not stack._listens(port):
            if started.poll() is not None or time.monotonic() > until:
                sys.exit(f"{command[0]} does not start.")
        yield
    finally:
        started.terminate()
        started.wait(20)


@contextmanager
def portal() -> Iterator[int]:
    port = stack.free_port()
    command = [sys.executable, "-m", "scn_portal.serve", "--workers", "2", "--port", str(port)]
    with process(command, port, DJANGO_SETTINGS_MODULE="bench.connections"):
        yield port


@contextmanager
def proxy(portal_port: int, body: bytes) -> Iterator[int]:
    """nginx as shipped, without its limits, which one address that asks for all would reach at once; `body` beside."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), stack.free_port()
        folder.chmod(0o755)
        main = stack.write_configuration(folder, port, portal_port)
        (folder / "body").write_bytes(body)
        ours = folder / "portal.conf"
        text = re.sub(r"rate=\d+r/s", "rate=1000000r/s", ours.read_text())
        text = text.replace("\n    location / {\n        auth_request", _STATIC % (folder / "body"), 1)
        ours.write_text(text)
        with process([stack.nginx(), "-c", str(main), "-g", "daemon off;"], port):
            yield port


def rate(port: int, path: str, *headers: str, seconds: int) -> float:
    """Answers a second, by wrk."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Host: {stack.HOST}"]
    for header in headers:
        command += ["-H", header]
    said = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True)
    if "Non-2xx or 3xx" in said.stdout or "Socket errors" in said.stdout:
        sys.exit(said.stdout)
    return float(re.search(r"Requests/sec: +([0-9.]+)", said.stdout)[1])  # type: ignore[index]


def fetched(port: int, path: str) -> tuple[bytes, str]:
    """The compressed body and its ETag."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        return answer.read(), answer.headers["ETag"]


def ratio(name: str, this: tuple, that: tuple, *, rounds: int, seconds: int) -> None:
    """Print the median of this ÷ that; each is a port, a path and headers."""
    measured = [(rate(*this, seconds=seconds), rate(*that, seconds=seconds)) for _ in range(rounds)]
    print(f"{name}: {statistics.median(one / other for one, other in measured):.2f}", flush=True)
    one, other = (statistics.median(each) for each in zip(*measured, strict=True))
    print(f"# {one:,.0f} against {other:,.0f} a second", flush=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=3)
    given = vars(options.parse_args())
    with portal() as port:
        body, tag = fetched(port, PAGE)
        asked = (port, PAGE, *GZIP, f"If-None-Match: {tag}")
        ratio("pages.revalidated_vs_healthz", asked, (port, "/healthz"), **given)
        with proxy(port, body) as front:
            ratio("pages.behind_nginx_vs_static", (front, PAGE, *GZIP), (front, "/as-a-file", *GZIP), **given)


if __name__ == "__main__":
    main()
