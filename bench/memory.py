"""Measures the memory of a web worker and a Celery worker after an hour of mixed load: `make bench ARGS=memory`.

The load is 7,000 requests (SCN_BENCH_REQUESTS), which is an hour at two a second. The visitors of `bench.mixed` send
them, in the same mixed order each time. Requests that do not fit into four minutes are skipped, and the output says how
many were answered; with SCN_BENCH_HOUR=1 the requests are spread over the whole hour. Then every task that beat starts
runs several times in the Celery workers. Prints the highest RSS of one process, and the highest PSS, which divides
shared pages among the processes that share them.
"""

import os
import subprocess
import time
from collections import Counter
from pathlib import Path

from bench import mixed, production

REQUESTS = int(os.environ.get("SCN_BENCH_REQUESTS", 60 if production.SMALL else 7000))
HOUR = os.environ.get("SCN_BENCH_HOUR") == "1"
A_SECOND = 2
# A few minutes more than the hour, for slow answers.
LOAD_SECONDS = REQUESTS / A_SECOND + 300 if HOUR else 240
ROUNDS_OF_TASKS = 1 if production.SMALL else 3


# --- Memory ----------------------------------------------------------------------------------------------------------


def megabytes(pid: int) -> tuple[float, float]:
    """RSS and PSS of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rss, pss = (int(rollup.partition(f"\n{name}:")[2].split()[0]) / 1024 for name in ("Rss", "Pss"))
    return rss, pss


def children(pid: int) -> list[int]:
    """The child processes of `pid`, without Python's resource trackers."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()]


def most(pids: list[int]) -> tuple[float, float]:
    taken = [megabytes(pid) for pid in pids]
    return max(rss for rss, _pss in taken), max(pss for _rss, pss in taken)


def measure_web(environment: dict[str, str]) -> None:
    port = int(environment["PORT"])
    with production.web(environment) as server:
        rss, pss = most(children(server.pid))
        print(f"# web at the start: {rss:.0f} MB RSS, {pss:.0f} MB PSS a worker", flush=True)
        production.use_django()  # only now: it sets variables in this process that the server must not get
        statuses: Counter = Counter()
        visitors = mixed.Visitors(port, statuses)
        for share in (0.1, 0.4, 0.5):
            mixed.use(visitors, int(REQUESTS * share), LOAD_SECONDS * share, a_second=A_SECOND if HOUR else 0)
            rss, pss = most(children(server.pid))
            answers = dict(sorted(statuses.items()))
            print(f"# web after {statuses.total()} answers: {rss:.0f} MB RSS, {pss:.0f} MB PSS {answers}", flush=True)
    print(f"web.pss_mb: {pss:.0f}")
    print(f"web.rss_mb: {rss:.0f}", flush=True)


def measure_celery(environment: dict[str, str]) -> None:
    production.use_django()
    from django.conf import settings

    from scn_portal.celery import app

    # Fragments are kept as in production, whatever the settings of this process.
    whole = os.environ | {"SCN_FRAGMENTS": "yes"} | environment
    command = [production.BIN / "celery", *production.WORKER.split()]
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
