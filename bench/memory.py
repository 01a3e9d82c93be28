"""What a web worker and a Celery worker take after an hour of mixed load: `make bench ARGS=memory`.

7,000 requests are an hour at two a second (SCN_BENCH_REQUESTS): every public page in both languages, the API, feeds,
downloads and pictures, in the same mixed order each time. What is not asked for in two minutes is left out, and said.
Then every task that beat starts runs some times in the workers of Celery. Prints the most that one process takes, as
the kernel counts it (RSS), and `pss`, in which pages that processes share count once.
"""

import http.client
import os
import random
import re
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

from bench import production

REQUESTS = int(os.environ.get("SCN_BENCH_REQUESTS", 60 if production.SMALL else 7000))
LOAD_SECONDS = 120
READERS = 4
ROUNDS_OF_TASKS = 1 if production.SMALL else 3
# What a mixed hour holds beside the pages.
OTHERS = (
    "/api/v1/cities", "/api/v1/practices", "/api/v1/pledges", "/api/v1/practices?q=youth", "/sitemap.xml",
    "/en/cities/map.json", "/healthz", "/readyz",
)  # fmt: skip


def addresses() -> list[str]:
    """Every public page in both languages, and OTHERS."""
    from tests.journeys.addresses import BARE, PUBLIC

    return [*PUBLIC["en"], *PUBLIC["fr"], *BARE["en"], *BARE["fr"], *OTHERS]


def linked(port: int, paths: list[str]) -> list[str]:
    """What the pages at `paths` link to on this site, each once."""
    found: dict[str, None] = {}
    for path in paths:
        page = asked(port, path)[1].decode(errors="replace")
        found |= dict.fromkeys(re.findall(r'(?:href|src)="(/[^"#]*)"', page))
    return [path.replace("&amp;", "&") for path in found if not path.startswith("/static/")]


def asked(port: int, path: str, connection: http.client.HTTPConnection | None = None) -> tuple[int, bytes]:
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Host": f"127.0.0.1:{port}", "X-Forwarded-For": f"10.{random.randrange(250)}.1.1"}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.read()


def load(port: int, paths: list[str], requests: int, seconds: float) -> Counter:
    """Ask for `paths` in a mixed order, READERS at once, `requests` in all or what can be asked for in `seconds`; how
    many had which status."""
    until = time.monotonic() + seconds
    chosen = random.Random(2018).choices(paths, k=requests)
    statuses: Counter = Counter()

    def read(mine: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for path in mine:
            if time.monotonic() > until:
                return
            statuses[asked(port, path, connection)[0]] += 1

    readers = [threading.Thread(target=read, args=(chosen[number::READERS],)) for number in range(READERS)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    return statuses


# --- Memory ----------------------------------------------------------------------------------------------------------


def megabytes(pid: int) -> tuple[float, float]:
    """RSS and PSS of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rss, pss = (int(rollup.partition(f"\n{name}:")[2].split()[0]) / 1024 for name in ("Rss", "Pss"))
    return rss, pss


def children(pid: int) -> list[int]:
    """The processes that `pid` has started, without those of Python that only keep the books."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()]


def most(pids: list[int]) -> tuple[float, float]:
    taken = [megabytes(pid) for pid in pids]
    return max(rss for rss, _pss in taken), max(pss for _rss, pss in taken)


def measure_web(environment: dict[str, str]) -> None:
    port = int(environment["PORT"])
    with production.web(environment) as server:
        rss, pss = most(children(server.pid))
        print(f"# web at the start: {rss:.0f} MB RSS, {pss:.0f} MB PSS a worker")
        paths = addresses()
        paths += [path for path in linked(port, ["/en/", "/fr/", "/en/open-data/", *paths[3:20]]) if path not in paths]
        done = 0
        for share in (0.1, 0.4, 0.5):
            statuses = load(port, paths, int(REQUESTS * share), LOAD_SECONDS * share)
            done += statuses.total()
            rss, pss = most(children(server.pid))
            print(f"# web after {done} requests: {rss:.0f} MB RSS, {pss:.0f} MB PSS {dict(statuses)}")
    print(f"web.pss_mb: {pss:.0f}")
    print(f"web.rss_mb: {rss:.0f}", flush=True)


def measure_celery(environment: dict[str, str]) -> None:
    production.use_django()
    from django.conf import settings

    from scn_portal.celery import app

    command, whole = [production.BIN / "celery", *production.WORKER.split()], os.environ | environment
    process = subprocess.Popen(command, env=whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not app.control.ping(timeout=1):
            assert process.poll() is None
        tasks = sorted({str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()})
        for _round in range(ROUNDS_OF_TASKS):
            for name in tasks:
                app.send_task(name)
            while any(app.control.inspect(timeout=5).active().values()) or _waiting():
                time.sleep(0.2)
        parent, (rss, pss) = megabytes(process.pid), most(children(process.pid))
        print(f"# celery: the parent takes {parent[0]:.0f} MB RSS, {parent[1]:.0f} MB PSS")
        print(f"# celery after {ROUNDS_OF_TASKS * len(tasks)} tasks: {rss:.0f} MB RSS, {pss:.0f} MB PSS a process")
        print(f"celery.rss_mb: {max(rss, parent[0]):.0f}")
    finally:
        process.terminate()
        process.wait()


def _waiting() -> int:
    import redis
    from django.conf import settings

    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return client.llen("celery")


if __name__ == "__main__":
    environment = production.given()
    measure_web(environment)
    measure_celery(environment)
