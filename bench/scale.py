"""How pages and searches grow from the demo to a large network: `make bench ARGS=scale`.

`pages.growth_max` is how many times longer the page that grows most takes, of all public, workspace, desk and API
pages, each built in this process without fragments (`bench.growth`); then come the figures of `bench.search` in the
large network, and how often the search finds what readers mean (`bench.search_quality`). The large network is made by
`manage.py seed_scale` with SCN_BENCH_PRACTICES (200,000: some minutes) on top of the content of the demo, or it is the
one in SCN_BENCH_FOLDER, a folder of embedded servers, which is migrated and whose kept data is rebuilt.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import production

PRACTICES = int(os.environ.get("SCN_BENCH_PRACTICES", 50 if production.SMALL else 200_000))
FOLDER = os.environ.get("SCN_BENCH_FOLDER", "")
# How many of the other things there are for each practice, as in the defaults of seed_scale.
SHARES = {"cities": 0.025, "pledges": 0.25, "subscribers": 0.5, "updates": 1}
SMALLEST = 20
GROUPS = ("public", "files", "api", "workspace", "desk")
# Small runs measure a page or two of each group.
SOME = ["--builds", "1", "--match", "^(/en/|/en/practices/|/api/v1/cities|my_city|desk)$"]
OPTIONS = ["--only", *GROUPS, *(SOME if production.SMALL else [])]


@contextmanager
def large_network() -> Iterator[dict[str, str]]:
    """Yields the environment for commands in the large network, which is filled."""
    if FOLDER:
        from scn_portal.demo import embedded

        with embedded.running(Path(FOLDER)):
            environment = production.owning(production.environment_of(Path(FOLDER)))
            keep(environment)
            yield environment
        return
    environment = production.owning(production.given())
    counts = {name: max(SMALLEST, int(PRACTICES * share)) for name, share in SHARES.items()}
    options = [f"--{name}={count}" for name, count in (counts | {"practices": PRACTICES}).items()]
    production.manage(environment, "seed_scale", *options)
    keep(environment)
    yield environment


def keep(environment: dict[str, str]) -> None:
    """Migrate the database and rebuild what workers keep."""
    production.manage(environment, "migrate", "--verbosity", "0", "--no-input")
    run(environment, "bench.scale", "keep")


def keep_here() -> None:
    """Rebuild all kept data and the copy of the pages of text, and find practices related to the measured ones
    only, since all would take minutes for each 10,000. The list of known words, also slow, is left as it is."""
    production.use_django()
    from django.db import connection

    from practices import related
    from practices.models import Revision
    from scn_portal.base import kept
    from scn_portal.site.search import text_pages

    for each in kept.registered().values():
        each.keep_all()
    text_pages.refresh()
    for revision in Revision.objects.live().filter(practice__city__slug="montreal")[:20]:
        related.keep(revision)
    if known := Revision.objects.live().filter(practice__slug="the-aarhus-model").first():
        related.keep(known)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def run(environment: dict[str, str], module: str, *arguments: str | Path, told: bool = False) -> None:
    """Run a module of this folder with `environment`. Its output is passed on; with `told`, to stderr."""
    whole = {name: value for name, value in os.environ.items() if name != "SCN_BENCH_SERVERS"} | environment
    command = [sys.executable, "-m", module, *map(str, arguments)]
    subprocess.run(command, env=whole, check=True, stdout=sys.stderr if told else None)


def main() -> None:
    demo = production.owning(production.given())
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name) / "small.json", Path(name) / "large.json"
        run(demo, "bench.growth", "--save", small, *OPTIONS, told=True)
        with large_network() as environment:
            run(environment, "bench.growth", "--save", large, *OPTIONS, told=True)
            run(environment, "bench.growth", "--compare", small, large)
            run(environment, "bench.search")
    run(demo, "bench.search_quality.run")


if __name__ == "__main__" and sys.argv[1:2] == ["keep"]:
    keep_here()
elif __name__ == "__main__":
    main()
