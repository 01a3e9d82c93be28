"""Pages of the portal compared with a bare Django view, as ratios within one run: `make bench ARGS=floor`.

The bare view, called the floor, lists fifty rows with one query through Django's default middleware. Both run on
granian with two workers and persistent connections. Prints `pages.<name>_vs_floor`, the answers per second ÷ those of
the floor, for each of PAGES: the median of some rounds, both sides of a round one after the other. As in production
without a proxy, no page is kept but fragments are. Needs wrk.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench import production

PAGES = {
    "home": "/en/", "city": "/en/cities/montreal/", "practice": "", "commitment": "/en/commitments/4/",
    "cities": "/en/cities/", "practices": "/en/practices/", "pledges": "/en/pledges/", "matrix": "/en/matrix/",
    "search": "/en/search/?q=police",
}  # fmt: skip


@contextmanager
def floor(environment: dict[str, str]) -> Iterator[int]:
    """The port of the bare view, which answers inside the block."""
    port = production.free_port()
    command = [production.BIN / "granian", "--interface", "wsgi", "--workers", production.WORKERS]
    whole = os.environ | environment | {"PYTHONPATH": "."}
    process = subprocess.Popen(
        [*command, "--blocking-threads", "4", "--port", str(port), "bench.floor_app:application"],
        env=whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        production.until_ready(port, process, "/")
        yield port
    finally:
        process.terminate()
        process.wait()


def pages(port: int) -> dict[str, str]:
    """PAGES, with the address of a practice."""
    _status, listed, _headers = production.fetched(port, "/en/practices/", **{"Accept-Encoding": "identity"})
    found = re.search(r'href="(/en/practices/(?!feed)[a-z0-9-]+/)"', listed.decode())
    assert found
    return PAGES | {"practice": found[1]}


def main() -> None:
    environment = production.given()
    portal_port = int(environment["PORT"])
    with production.web(environment), floor(environment) as floor_port:

        def measure(page: tuple[str, str]) -> None:
            name, path = page
            if not production.SMALL:
                production.rate(portal_port, path)  # so that both workers are warm
            production.ratio(
                f"pages.{name}_vs_floor",
                lambda: production.rate(portal_port, path),
                lambda: production.rate(floor_port, "/"),
            )

        # Small runs measure all at once, since they mostly wait.
        with ThreadPoolExecutor(len(PAGES) if production.SMALL else 1) as pool:
            list(pool.map(measure, pages(portal_port).items()))


if __name__ == "__main__":
    main()
