"""Where the time of a page goes: `python bench/profiling/page.py /en/ [/en/commitments/4/ …]`, with the demo running.

Builds each page in this process as production does, including all middleware, and prints the median processor time in
milliseconds, the queries and the bytes. `--calls 40` prints the 40 functions that took the most time, measured by
cProfile, which makes Python calls about twice as slow; `--fragments off` builds every part of a page each time.
"""

import argparse
import cProfile
import io
import itertools
import os
import pstats
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

from bench.lighthouse.measure import ADDRESS, database_url, production

DESCRIPTION, _blank, _more = (__doc__ or "").partition("\n")
BUILDS = 60
# After some searches in a minute, more from the same network are refused.
_readers = (f"10.{number // 250 % 250}.{number % 250}.1" for number in itertools.count())


def prepare(env: dict[str, str]) -> None:
    """Set up the database role of the web server, and static files with their hashed names, as in production."""
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "database_roles"], env=env | {"DATABASE_URL": database_url()}, check=True)
    subprocess.run([*manage, "collectstatic", "--noinput", "--verbosity=0"], env=env, check=True)


def asked(application, address: str) -> tuple[int, bytes]:
    """The status and the body of the answer to a GET of `address`, a path with or without a query."""
    parts, host = urlsplit(address), urlsplit(ADDRESS)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": host.hostname,
        "SERVER_PORT": str(host.port),
        "HTTP_HOST": host.netloc,
        "HTTP_ACCEPT_ENCODING": "gzip",
        "REMOTE_ADDR": next(_readers),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    statuses: list[str] = []
    answer = application(environ, lambda status, headers: statuses.append(status))
    body = b"".join(answer)
    answer.close()
    return int(statuses[0].split()[0]), body


def milliseconds(application, address: str) -> float:
    started = time.process_time()
    asked(application, address)
    return (time.process_time() - started) * 1000


def queries_of(application, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        asked(application, address)
    return sum(1 for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT")))


def row(application, address: str) -> str:
    status, body = asked(application, address)
    waited = time.perf_counter()
    times = [milliseconds(application, address) for _ in range(BUILDS)]
    waited = (time.perf_counter() - waited) * 1000 / BUILDS
    queries = queries_of(application, address)
    cpu, least = statistics.median(times), min(times)
    return f"| `{address}` | {status} | {cpu:.2f} | {least:.2f} | {waited:.2f} | {queries} | {len(body):,} |"


def print_calls(application, address: str, calls: int, order: str) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(BUILDS):
        asked(application, address)
    profile.disable()
    pstats.Stats(profile).strip_dirs().sort_stats(order).print_stats(calls)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/profiling/page.py", description=DESCRIPTION)
    parser.add_argument("pages", nargs="+", metavar="PAGE", help="a path, such as /en/commitments/4/")
    parser.add_argument("--fragments", choices=["on", "off"], default="on")
    parser.add_argument("--calls", type=int, default=0, help="how many functions to print")
    parser.add_argument("--sort", choices=["cumulative", "tottime"], default="cumulative")
    given = parser.parse_args()
    if os.environ.get("SCN_ENV") != "production":
        env = production() | {"SCN_FRAGMENTS": given.fragments}
        prepare(env)
        os.execve(sys.executable, [sys.executable, *sys.argv], env)  # settings are read once
    from scn_portal.wsgi import application

    print("| page | status | cpu ms, median | least | ms waited, mean | queries | bytes |")
    print("|---|---|---|---|---|---|---|")
    for page in given.pages:
        print(row(application, page), flush=True)
        if given.calls:
            print_calls(application, page, given.calls, given.sort)


if __name__ == "__main__":
    main()
