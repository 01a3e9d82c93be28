"""The gain from caches before the portal, as ratios within one run: `make bench ARGS=caches`.

`pages.behind_nginx_vs_static`: the home page through deploy/nginx.conf ÷ a static file of the same bytes by the same
nginx. `pages.revalidated_vs_healthz`: answers 304 by the portal ÷ /healthz, granian with two workers. Each is the
median of some rounds, both sides of a round one after the other. `takedown.visible_ms`: from the commit that takes down
a pledge, whose page nginx keeps, to the first 410 from nginx; the median of some. Needs wrk, nginx and envsubst.
"""

import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import production

production.use_django()


from commitments.models import Pledge
from commitments.pledges import take_down
from commitments.restoring import restore
from members.models import User
from tests.trust import stack

PAGE = "/en/"
GZIP = "Accept-Encoding: gzip"
TAKEN_DOWN = 1 if production.SMALL else 5
WAIT_SECONDS = 60
_STATIC = """
    location = /as-a-file {
        alias %s;
        default_type "text/html; charset=utf-8";
        add_header Content-Encoding gzip;
    }
    location / {
        auth_request"""


@contextmanager
def proxy(environment: dict[str, str], body: bytes) -> Iterator[int]:
    """nginx with deploy/nginx.conf, but without limits, which wrk would reach; it also serves `body` as a file."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), stack.free_port()
        folder.chmod(0o755)
        main = stack.write_configuration(folder, port, int(environment["PORT"]), SITE_URL=environment["SITE_URL"])
        (folder / "body").write_bytes(body)
        ours = folder / "portal.conf"
        text = re.sub(r"rate=\d+r/s", "rate=1000000r/s", ours.read_text())
        whole = text.replace("\n    location / {\n        auth_request", _STATIC % (folder / "body"), 1)
        assert whole != text, "deploy/nginx.conf has changed: name its place for the static file anew"
        ours.write_text(whole)
        process = subprocess.Popen([stack.nginx(), "-c", str(main), "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        try:
            stack.until(lambda: stack.listens(port), folder / "error.log", process)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def measure_revalidated(port: int, tag: str) -> None:
    rate = partial(production.rate, port, connections=16)
    asked = (PAGE, GZIP, f"If-None-Match: {tag}")
    production.ratio("pages.revalidated_vs_healthz", lambda: rate(*asked), lambda: rate("/healthz"))


def measure_kept(port: int, host: str) -> None:
    rate = partial(production.rate, port, connections=16, networks=False)
    headers = (GZIP, f"Host: {host}")
    production.ratio("pages.behind_nginx_vs_static", lambda: rate(PAGE, *headers), lambda: rate("/as-a-file", *headers))


def measure_taken_down(port: int, host: str) -> None:
    """The time of some take-downs; each pledge is public again afterwards."""
    by = User.objects.filter(is_active=True).order_by("-is_staff", "pk")[0]
    seconds = [visible_after(port, host, pledge, by) for pledge in Pledge.objects.public().order_by("pk")[:TAKEN_DOWN]]
    print(f"# takedown.visible_ms: {', '.join(f'{each * 1000:.0f}' for each in seconds)}")
    print(f"takedown.visible_ms: {statistics.median(seconds) * 1000:.0f}", flush=True)


def visible_after(port: int, host: str, pledge: Pledge, by: User) -> float:
    """Seconds from the commit to the first 410 for a page that nginx kept."""
    path = f"/en/pledges/{pledge.pk}/"
    until(lambda: production.fetched(port, path, Host=host)[2]["X-Cache"] == "HIT")
    take_down(pledge, reason="A benchmark.", by=by)
    committed = time.perf_counter()
    until(lambda: production.fetched(port, path, Host=host)[0] == 410)
    taken = time.perf_counter() - committed
    restore(pledge)
    return taken


def until(happens) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happens():
        if time.monotonic() > deadline:
            raise SystemExit("It took too long.")
        time.sleep(0.005)


def main() -> None:
    environment = production.given()
    port, host = int(environment["PORT"]), environment["SITE_URL"].partition("//")[2]
    with production.web(environment):
        _status, body, headers = production.fetched(port, PAGE)
        measure_revalidated(port, headers["ETag"])
        with proxy(environment, body) as front:
            measure_kept(front, host)
            measure_taken_down(front, host)


if __name__ == "__main__":
    main()
