"""The command `demo`: the whole portal on one machine, including its servers."""

import errno
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from scn_portal import compile_messages
from scn_portal.demo import embedded, mail
from scn_portal.demo.processes import Processes

BIN = Path(sys.executable).parent
START_SECONDS = 60
# SIGHUP: the terminal was closed.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Run the portal with sample content, its servers included, until Ctrl-C. PORT moves it from 8000."
    # The database does not run yet when Django would check these.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser) -> None:
        parser.add_argument("--forget", action="store_true", help="Delete the state of the demo instead: all of it.")

    def handle(self, *args, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo has public passwords: it does not run with SCN_ENV=production.")
        if options["forget"]:
            return self.forget()
        address = f"http://127.0.0.1:{configured_port()}"
        restart_with({"SCN_ENV": "demo", "SITE_URL": address})
        for number in STOPPING:
            if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):  # nohup
                signal.signal(number, interrupt)
        try:
            self.run(address)
        except embedded.AlreadyRunningError as error:
            raise CommandError(f"{error} {running_demo()}Stop it first, or use that one.") from error
        except embedded.EmbeddedServerError as error:
            raise CommandError(f"{error}\nIf the state of the demo is damaged, `make reset` forgets it.") from error
        except KeyboardInterrupt:
            self.say("Stopped.")

    def forget(self) -> None:
        try:
            embedded.forget(settings.VAR_DIR)
        except embedded.AlreadyRunningError as error:
            raise CommandError(f"{error} {running_demo()}Stop it first.") from error
        self.say(f"Deleted {settings.VAR_DIR}.")

    def run(self, address: str) -> None:
        """Start everything, print the address, and wait until a process ends. Everything started is stopped on exit."""
        started = time.monotonic()
        with ExitStack() as stack:
            self.say("Starting PostgreSQL and Redis …")
            stack.enter_context(embedded.running(settings.VAR_DIR))
            stack.callback(ignore_signals)
            require_free(configured_port())
            mail_port = stack.enter_context(mail.mail_server(settings.VAR_DIR / "mail"))
            environment = {"SCN_ENV": "demo", "SITE_URL": address, "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"}
            stack.enter_context(demo_env(environment))
            self.migrate()
            processes = stack.enter_context(Processes(settings.VAR_DIR / "log", os.environ | environment))
            stack.callback(ignore_signals)
            start_web(processes)  # it takes as long to start as the content does to load
            self.load_content()
            self.say("Starting web server, worker and beat …")
            self.await_web(address, processes)
            start_background(processes)  # after it, so that they do not delay the first page
            self.say(welcome(address, time.monotonic() - started))
            self.fail(processes.wait(), processes)

    def migrate(self) -> None:
        compile_messages.compile_catalogues()
        self.say("Updating the database …")
        call_command("migrate", verbosity=0, interactive=False)

    def load_content(self) -> None:
        """Load what the demo shows. Idempotent."""
        self.say("Loading the Declaration, the cities and the sample content …")
        from scn_portal.demo.accounts import (
            MODERATOR,
            create_demo_accounts,  # imports models, so only after the servers run
        )
        from scn_portal.demo.workspace import stage_versions
        from scn_portal.site.search import text_pages

        call_command("load_declaration", stdout=self.stdout)
        call_command("import_cities", str(settings.BASE_DIR / "members/data/cities.csv"), stdout=self.stdout)
        staff = create_demo_accounts()[0]
        call_command("load_sample_content", moderator=MODERATOR, stdout=self.stdout)
        stage_versions(moderator=staff)
        text_pages.refresh()

    def await_web(self, address: str, processes: Processes) -> None:
        """Wait until the web server answers. Raises CommandError if it does not, or if a process ends."""
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"{address}/healthz"):
            # The server sends no signal once it listens, so poll, and wake early if a process ends.
            if ended := processes.wait(timeout=0.05):
                self.fail(ended, processes)
            if time.monotonic() > deadline:
                self.fail("web", processes)

    def fail(self, name: str, processes: Processes) -> None:
        raise CommandError(
            f"“{name}” stopped or does not answer, so all is stopped. Its last words:\n{processes.log_tail(name)}"
        )

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def configured_port() -> int:
    """PORT, or 8000. Raises CommandError if PORT is no port."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT={text} is not a port: give a number from 1 to 65535.")
    return int(text)


def restart_with(values: dict[str, str]) -> None:
    """Replace this process by one with `values` in its environment: settings are read only once, at the start."""
    embedded_only = ("DATABASE_URL", "REDIS_URL", "CACHE_URL")
    clean = {name: value for name, value in os.environ.items() if name not in embedded_only}
    if clean | values != os.environ:
        os.execve(sys.executable, [sys.executable, *sys.argv], clean | values)


def interrupt(number: int, frame: object) -> None:
    """Raise KeyboardInterrupt, once."""
    ignore_signals()
    raise KeyboardInterrupt


def ignore_signals() -> None:
    """From here on, no signal interrupts the shutdown."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def require_free(port: int) -> None:
    """Raise CommandError if something already listens on `port`."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise CommandError(f"Port {port} {reason}. Choose another one: PORT=8123 make demo") from error


@contextmanager
def demo_env(values: dict[str, str]) -> Iterator[None]:
    """Write `values` to demo.env, which settings.py reads in every other process, while the demo runs."""
    path = settings.VAR_DIR / "demo.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_demo() -> str:
    """A sentence with the address of the demo that runs from this checkout, or ""."""
    path = settings.VAR_DIR / "demo.env"
    values = dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    return f"A demo runs at {values['SITE_URL']}/. " if "SITE_URL" in values else ""


def start_web(processes: Processes) -> None:
    """Start the web server of production, at its smallest size."""
    web = f"-m scn_portal.serve --port {configured_port()} --workers 1"
    processes.start("web", BIN / "python", *web.split())


def start_background(processes: Processes) -> None:
    """Start the worker and the beat of production, at their smallest size."""
    celery = (BIN / "celery", "--app", "scn_portal", "--skip-checks")
    worker = "--queues celery,files --concurrency 1 --loglevel info --without-gossip --without-mingle"
    processes.start("worker", *celery, "worker", *worker.split())
    schedule = ("--schedule", settings.VAR_DIR / "beat-schedule", "--pidfile=")
    processes.start("beat", *celery, "beat", "--loglevel", "info", *schedule)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def welcome(address: str, seconds: float) -> str:
    from scn_portal.demo.accounts import MODERATOR, OFFICIALS, PASSWORD

    accounts = "\n".join(f"    {email}" for email in (MODERATOR, *OFFICIALS))
    return f"""
Ready after {seconds:.1f} seconds:  {address}/

  Accounts, all with the password {PASSWORD}
{accounts}
  {MODERATOR} is asked for a code besides, which the page shows.

  Mail       {address}/dev/mail/
  Logs       {settings.VAR_DIR / "log"}
  Ctrl-C stops everything.
"""
