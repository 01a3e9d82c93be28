"""The portal as in production, on temporary servers with the content of the demo. The other benchmarks use it.

`bench.run` starts the servers once for all benchmarks and writes their addresses to a file, which SCN_BENCH_SERVERS
names. Run by itself, this module does nothing.
"""

import http.client
import io
import json
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

SMALL = os.environ.get("SCN_BENCH_SMALL") == "1"
# Rounds of each measurement with wrk, and seconds of a round. One second is the least that wrk takes.
ROUNDS, SECONDS = (1, 1) if SMALL else (3, 2)
WORKERS = "1" if SMALL else "2"  # of each web server
# The Python of an environment without development tools, which take some megabytes, for figures as in the image.
PYTHON = os.environ.get("SCN_BENCH_PYTHON", sys.executable)
BIN = Path(PYTHON).parent
# The folders with Python code of the portal.
PACKAGES = ("scn_portal", "members", "commitments", "practices", "digests")
START_SECONDS = 120
WORKER = "--app scn_portal worker --concurrency 2 --loglevel warning"
# Each request comes from another network, since searches from one are limited. Small runs pause between requests.
NETWORKS = """
counted = 0
function request()
  counted = counted + 1
  wrk.headers["X-Forwarded-For"] = string.format("10.%d.%d.1", math.floor(counted / 250) % 250, counted % 250)
  return wrk.format()
end
"""
PAUSES = "function delay() return 400 end"


# --- The servers ------------------------------------------------------------------------------------------------------


def given() -> dict[str, str]:
    """The environment of production on the servers of this run."""
    return json.loads(Path(os.environ["SCN_BENCH_SERVERS"]).read_text())


def use_django(copy: str = "") -> None:
    """Set up Django in this process: within a run on its servers, as the owner of the tables; on a new copy of their
    database, if `copy` names one."""
    if "SCN_BENCH_SERVERS" in os.environ:
        os.environ |= owning(given()) | ({"DATABASE_URL": copied(copy)} if copy else {})
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
    import django
    from django.apps import apps

    if not apps.ready:  # in a test
        django.setup()


def copied(name: str) -> str:
    """The address of a new copy, `name`, of the database of this run, to which nothing may be connected meanwhile."""
    import psycopg

    server, _slash, original = given()["SCN_BENCH_DATABASE"].rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
    return f"{server}/{name}"


def owning(environment: dict[str, str]) -> dict[str, str]:
    """`environment` for commands: with the settings of the demo, and as the owner of the tables."""
    own = {name: environment[name] for name in ("SCN_VAR", "REDIS_URL", "CACHE_URL", "MEDIA_ROOT")}
    own |= {"SCN_ENV": "demo", "DJANGO_SETTINGS_MODULE": "scn_portal.settings", "SCN_FRAGMENTS": "off"}
    return own | {"DATABASE_URL": environment["SCN_BENCH_DATABASE"]}


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis in a temporary folder, with the content of the demo. Yields the environment of production
    on them."""
    folder = Path(tempfile.mkdtemp(prefix="scn-bench-"))
    for name in ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "MEDIA_ROOT"):
        os.environ.pop(name, None)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "scn_portal.settings", "SCN_VAR": str(folder), "SCN_ENV": "demo"}
    import django
    from django.apps import apps

    if not apps.ready:  # in a test
        django.setup()
    from scn_portal.demo import embedded

    try:
        with embedded.running(folder):
            _fill()
            environment = environment_of(folder)
            manage(owning(environment), "database_roles")
            manage(environment, "collectstatic", "--no-input", "--verbosity", "0")
            if not SMALL:  # as the image, where no worker compiles what it first needs, and keeps the memory
                compile_code(environment, str(BIN.parent / "lib"), *PACKAGES)
            yield environment
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill() -> None:
    from django.db import connection

    from scn_portal.demo.management.commands.demo import Command

    command = Command(stdout=io.StringIO())
    command.migrate()
    command.load_content()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def environment_of(folder: Path) -> dict[str, str]:
    """The environment of production on the embedded servers of `folder`."""
    from scn_portal.demo import embedded

    host = quote(str(embedded.server_dir(folder) / "postgres"), safe="")
    return production(folder) | {
        "DATABASE_URL": f"postgres://scn_app@{host}/{embedded.DATABASE}",
        "SCN_BENCH_DATABASE": embedded.database_url(folder),
        "REDIS_URL": embedded.redis_url(folder),
        "CACHE_URL": embedded.redis_url(folder, database=1),
    }


def production(folder: Path) -> dict[str, str]:
    """The environment of production without the addresses of PostgreSQL and Redis. Files are written to `folder`."""
    port = free_port()
    return {
        "DJANGO_SETTINGS_MODULE": "scn_portal.settings",
        "SCN_ENV": "production",
        "SCN_VAR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "LINKS_KEY": secrets.token_urlsafe(50),
        "SECOND_FACTOR_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXY_COUNT": "1",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "DEFAULT_FROM_EMAIL": "Portal <portal@scn.example>",
        "LEGAL_PUBLISHER": "Benchmark",
        "LEGAL_HOST": "Benchmark",
        "CONTACT_EMAIL": "contact@scn.example",
        "MEDIA_ROOT": str(folder / "media"),
        "PORT": str(port),
        # The image has compiled files, too: compiling at each start takes memory and seconds.
        "PYTHONDONTWRITEBYTECODE": "",
    }


def manage(environment: dict[str, str], *command: str) -> None:
    whole = [sys.executable, "manage.py", *command]
    subprocess.run(whole, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)


def compile_code(environment: dict[str, str], *what: str, folder: Path | None = None) -> None:
    """Compile these files or folders of `folder`, without those for other versions of Python."""
    command = [PYTHON, "-m", "compileall", "-q", "-j", "0", *what]
    whole, quiet = os.environ | environment, subprocess.DEVNULL
    subprocess.run(command, env=whole, cwd=folder, check=False, stdout=quiet)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def web_command(environment: dict[str, str]) -> list[str]:
    """The command of the web server, as in the image, with WORKERS, on the PORT of `environment`."""
    return [PYTHON, "-m", "scn_portal.serve", "--port", environment["PORT"], "--workers", WORKERS]


def start_web(environment: dict[str, str], folder: Path | None = None) -> subprocess.Popen:
    """Start the web server with the code in `folder`."""
    whole, quiet = os.environ | environment, subprocess.DEVNULL
    return subprocess.Popen(web_command(environment), env=whole, cwd=folder, stdout=quiet, stderr=quiet)


@contextmanager
def web(environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """A web server that is ready inside the block and stopped after it."""
    process = start_web(environment)
    try:
        until_ready(int(environment["PORT"]), process)
        yield process
    finally:
        process.terminate()
        process.wait()


def until_ready(port: int, process: subprocess.Popen, path: str = "/readyz") -> None:
    """Wait until `path` answers 200. Raises SystemExit if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if status_of(port, path) == 200:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"Nothing answers at {path}.")


def status_of(port: int, path: str) -> int:
    return fetched(port, path)[0]


def fetched(port: int, path: str, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    """Status, body and headers of an answer, compressed by default. Raises OSError if nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip", "X-Forwarded-For": "10.1.1.1"} | headers)
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    finally:
        connection.close()


# --- Requests a second ------------------------------------------------------------------------------------------------


def rate(port: int, path: str, *headers: str, connections: int = 8, networks: bool = True) -> float:
    """Answers per second, measured by wrk, each for another network unless `networks` is False.

    Raises SystemExit if any status is neither 2xx nor 3xx.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(NETWORKS * networks + PAUSES * SMALL)
        script.flush()
        options = f"-t1 -c{1 if SMALL else connections} -d{SECONDS}s --timeout 30s -s {script.name}"
        command = ["wrk", *options.split()]
        for header in headers:
            command += ["-H", header]
        said = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec: +([0-9.]+)", said)
    if not found or "Non-2xx or 3xx" in said or "Socket errors" in said:
        sys.exit(f"{path}: {said}")
    return max(float(found[1]), 0.1)  # in small runs on a busy machine, there may be no answer in time


def ratio(name: str, this: Callable[[], float], that: Callable[[], float]) -> None:
    """Print the median of this ÷ that over the rounds. Both sides of a round run one after the other; in small runs, in
    which they mostly pause, at the same time."""
    with ThreadPoolExecutor(2 if SMALL else 1) as pool:
        pairs = [tuple(pool.map(lambda side: side(), (this, that))) for _round in range(ROUNDS)]
    print(f"{name}: {statistics.median(one / other for one, other in pairs):.2f}", flush=True)
    print(f"# {name}: {', '.join(f'{one:,.0f}/{other:,.0f}' for one, other in pairs)} a second", flush=True)
