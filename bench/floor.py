"""Pages of the portal beside a bare Django view, as ratios of one run: with the demo's database running,

    SCN_VAR=var .venv/bin/python -m bench.floor [NAME=PATH …]

The floor lists fifty rows with one query, through Django's default middleware, on granian like the portal, with two
workers each and connections kept. Prints `pages.<name>_vs_floor: ratio`, the median of some rounds, both sides of a
round one after the other, with fragments kept. A search is refused after some a minute, and cannot be measured so.
Needs wrk of Debian; reads only.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

ROUNDS, SECONDS, CONNECTIONS = 3, 3, 8
FLOOR_PORT, PORTAL_PORT = 8361, 8362
PAGES = {"practices": "/en/practices/", "practice": ""}


def rate(port: int, path: str) -> float:
    """Requests a second."""
    address = f"http://127.0.0.1:{port}{path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", address]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        sys.exit(f"{path} is refused: {told}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


@contextmanager
def server(command: list[str], port: int, path: str, **environment: str) -> Iterator[None]:
    """Inside the block it answers at `path`."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = subprocess.Popen(command, env=os.environ | environment, **quiet)
    try:
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30).read()
                break
            except OSError:
                if started.poll() is not None or time.monotonic() > until:
                    sys.exit(f"{command} does not start.")
        yield
    finally:
        started.terminate()
        started.wait(30)


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("skipped: wrk is not installed")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
    django.setup()
    from practices.models import Practice

    practice = Practice.objects.published().first()
    pages = PAGES | ({"practice": practice.get_absolute_url()} if practice else {})
    pages |= dict(given.split("=", 1) for given in sys.argv[1:])
    granian = [Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--workers", "2"]
    floor = [*granian, "--blocking-threads", "4", "--port", str(FLOOR_PORT), "bench.floor_app:application"]
    portal = [sys.executable, "-m", "scn_portal.serve", "--port", str(PORTAL_PORT)]
    with (
        server(floor, FLOOR_PORT, "/", PYTHONPATH="."),
        server(portal, PORTAL_PORT, "/healthz", SCN_FRAGMENTS="on", PYTHONPATH="."),
    ):
        for name, path in pages.items():
            rate(PORTAL_PORT, path)
            pairs = [(rate(PORTAL_PORT, path), rate(FLOOR_PORT, "/")) for _round in range(ROUNDS)]
            ratio = statistics.median(page / bare for page, bare in pairs)
            print(f"pages.{name}_vs_floor: {ratio:.2f}", flush=True)
            print(f"  {path} {[f'{page:.0f}/{bare:.0f}' for page, bare in pairs]}", file=sys.stderr)


if __name__ == "__main__":
    main()
