"""The whole portal on one machine, with nothing to install or set up first."""

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
        address = f"http://127.0.0.1:{wanted_port()}"
        restart_with({"SCN_ENV": "demo", "SITE_URL": address})
        for number in STOPPING:
            if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):  # nohup
                signal.signal(number, interrupt)
        try:
            self.run(address)
        except embedded.AlreadyRunningError as error:
            raise CommandError(f"{error} {whereabouts()}Stop it first, or use that one.") from error
        except embedded.EmbeddedServerError as error:
            raise CommandError(f"{error}\nIf the state of the demo is damaged, `make reset` forgets it.") from error
        except KeyboardInterrupt:
            self.say("Stopped.")

    def forget(self) -> None:
        try:
            embedded.forget(settings.VAR_DIR)
        except embedded.AlreadyRunningError as error:
            raise CommandError(f"{error} {whereabouts()}Stop it first.") from error
        self.say(f"Deleted {settings.VAR_DIR}.")

    def run(self, address: str) -> None:
        """Start everything, say where it is, and stay until a process ends. What was started is stopped."""
        started = time.monotonic()
        with ExitStack() as stack:
            self.say("Starting PostgreSQL and Redis …")
            stack.enter_context(embedded.running(settings.VAR_DIR))
            stack.callback(ignore_signals)
            require_free(wanted_port())
            mail_port = stack.enter_context(mail.catching(settings.VAR_DIR / "mail"))
            told = {"SCN_ENV": "demo", "SITE_URL": address, "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"}
            stack.enter_context(demo_env(told))
            self.fill()
            self.say("Starting web server, worker and beat …")
            processes = stack.enter_context(Processes(settings.VAR_DIR / "log", os.environ | told))
            stack.callback(ignore_signals)
            start(processes)
            self.await_web(address, processes)
            self.say(welcome(address, time.monotonic() - started))
            while not (ended := processes.wait(timeout=1)):
                if make_was_interrupted():
                    raise KeyboardInterrupt
            self.fail_about(ended, processes)

    def fill(self) -> None:
        """Bring the database up to date and load the content. Doing it again changes nothing."""
        compile_messages.compile_catalogues()
        self.say("Updating the database …")
        call_command("migrate", verbosity=0, interactive=False)
        self.say("Loading the Declaration, the cities and the sample content …")
        from scn_portal.demo.accounts import (
            MODERATOR,
            create_demo_accounts,  # models: only once the servers run
        )

        call_command("load_declaration", stdout=self.stdout)
        call_command("import_cities", str(settings.BASE_DIR / "members/data/cities.csv"), stdout=self.stdout)
        create_demo_accounts()
        call_command("load_sample_content", moderator=MODERATOR, stdout=self.stdout)

    def await_web(self, address: str, processes: Processes) -> None:
        """Return once the web server answers."""
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"{address}/healthz"):
            # The server has no way to tell us that it listens, so it is asked again, unless something ends meanwhile.
            if ended := processes.wait(timeout=0.05):
                self.fail_about(ended, processes)
            if time.monotonic() > deadline:
                self.fail_about("web", processes)

    def fail_about(self, name: str, processes: Processes) -> None:
        raise CommandError(
            f"“{name}” stopped or does not answer, so all is stopped. Its last words:\n{processes.last_words(name)}"
        )

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def wanted_port() -> int:
    """PORT, or 8000. CommandError when it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT={text} is not a port: give a number from 1 to 65535.")
    return int(text)


def restart_with(values: dict[str, str]) -> None:
    """Settings are read once, at the start: begin again in this same process unless they were read with `values`."""
    not_ours = ("DATABASE_URL", "REDIS_URL", "CACHE_URL")
    clean = {name: value for name, value in os.environ.items() if name not in not_ours}
    if clean | values != os.environ:
        os.execve(sys.executable, [sys.executable, *sys.argv], clean | values)


def interrupt(number: int, frame: object) -> None:
    """Stop, once."""
    ignore_signals()
    raise KeyboardInterrupt


def ignore_signals() -> None:
    """From here on nothing interrupts the stopping."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def make_was_interrupted() -> bool:
    """Whether the `make` that runs us, and it alone, was sent SIGINT: it then waits for us without a word.

    The one trace, on Linux, is that it blocks the signal from then on.
    """
    process = Path(f"/proc/{os.getppid()}")
    try:
        if (process / "comm").read_text().strip() not in ("make", "gmake"):
            return False
        blocked = (process / "status").read_text().split("SigBlk:")[1].split()[0]
    except OSError:
        return False
    return bool(int(blocked, 16) & 1 << signal.SIGINT - 1)


def require_free(port: int) -> None:
    """CommandError when something already listens on `port`."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise CommandError(f"Port {port} {reason}. Choose another one: PORT=8123 make demo") from error


@contextmanager
def demo_env(values: dict[str, str]) -> Iterator[None]:
    """While the demo runs, the settings of every other process find its addresses in this file."""
    path = settings.VAR_DIR / "demo.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def whereabouts() -> str:
    """A sentence on the demo that runs from this checkout, if one does."""
    path = settings.VAR_DIR / "demo.env"
    told = dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    return f"A demo runs at {told['SITE_URL']}/. " if "SITE_URL" in told else ""


def start(processes: Processes) -> None:
    """The same three processes as in production, at the smallest size."""
    web = f"--interface wsgi --port {wanted_port()} --blocking-threads 4 --workers-kill-timeout 5"
    processes.start("web", BIN / "granian", *web.split(), "scn_portal.wsgi:application")
    celery = (BIN / "celery", "--app", "scn_portal", "--skip-checks")
    worker = "--concurrency 1 --loglevel info --without-gossip --without-mingle"
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
    from scn_portal.demo.accounts import FOCAL_POINTS, MODERATOR, PASSWORD

    accounts = "\n".join(f"    {email}" for email in (MODERATOR, *FOCAL_POINTS))
    return f"""
Ready after {seconds:.1f} seconds:  {address}/

  Accounts, all with the password {PASSWORD}
{accounts}

  Mail       {address}/dev/mail/
  Logs       {settings.VAR_DIR / "log"}
  Ctrl-C stops everything.
"""
