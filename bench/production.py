"""The portal as production runs it, on servers of its own with the content of the demo: for the other benchmarks.

Run by itself it does nothing.
"""

import http.client
import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# The Python of an environment without development tools, for figures as of the image: those take some megabytes.
PYTHON = os.environ.get("SCN_BENCH_PYTHON", sys.executable)
BIN = Path(PYTHON).parent
START_SECONDS = 120
WORKER = "--app scn_portal worker --concurrency 2 --loglevel warning"


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis in a folder for temporary files, with the content of the demo; gives the environment of
    production on them."""
    folder = Path(tempfile.mkdtemp(prefix="scn-bench-"))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "scn_portal.settings", "SCN_VAR": str(folder), "SCN_ENV": "demo"}
    for name in ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "MEDIA_ROOT"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from scn_portal.demo import embedded

    try:
        with embedded.running(folder):
            _fill()
            environment = _production(folder)
            _manage(environment | {"DATABASE_URL": embedded.database_url(folder)}, "database_roles")
            _manage(environment, "collectstatic", "--no-input", "--verbosity", "0")
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


def _production(folder: Path) -> dict[str, str]:
    """The environment of production, complete."""
    from scn_portal.demo import embedded

    port = free_port()
    own = {name: value for name, value in os.environ.items() if name not in ("SCN_ENV", "SCN_VAR")}
    host = quote(str(embedded.server_dir(folder) / "postgres"), safe="")
    return own | {
        "SCN_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "LINKS_KEY": secrets.token_urlsafe(50),
        "SECOND_FACTOR_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXY_COUNT": "0",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": f"postgres://scn_app@{host}/{embedded.DATABASE}",
        "REDIS_URL": embedded.redis_url(folder),
        "CACHE_URL": embedded.redis_url(folder, database=1),
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "DEFAULT_FROM_EMAIL": "Portal <portal@scn.example>",
        "LEGAL_PUBLISHER": "Benchmark",
        "LEGAL_HOST": "Benchmark",
        "CONTACT_EMAIL": "contact@scn.example",
        "MEDIA_ROOT": str(folder / "media"),
        "PORT": str(port),
        # As the image, which is built with it: what is compiled at each start takes memory and seconds.
        "PYTHONDONTWRITEBYTECODE": "",
    }


def _manage(environment: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, "manage.py", *command], env=environment, check=True, stdout=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start_web(environment: dict[str, str], folder: Path | None = None) -> subprocess.Popen:
    """The web server with two workers, as the image runs it, on the PORT of `environment`; of the code in `folder`."""
    command = [PYTHON, "-m", "scn_portal.serve", "--port", environment["PORT"], "--workers", "2"]
    return subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def web(environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """The same, ready inside the block and gone after it."""
    process = start_web(environment)
    try:
        until_ready(int(environment["PORT"]), process)
        yield process
    finally:
        process.terminate()
        process.wait()


def until_ready(port: int, process: subprocess.Popen) -> None:
    """Return with the first 200 of /readyz. SystemExit where it does not come."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if status_of(port, "/readyz") == 200:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise SystemExit("The portal does not start.")


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
