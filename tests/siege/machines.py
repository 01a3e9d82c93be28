"""The parts of the portal as processes, and the faults that each of them can have."""

import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg

from scn_portal.demo import embedded
from scn_portal.demo.mail import free_port
from tests.mail_server import MailServer
from tests.siege.count import Count

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
CELERY = [BIN / "celery", "--app", "scn_portal"]
WORKER = [*CELERY, "worker", "--concurrency", "2", "--loglevel", "info"]
NO_ROOM = 2000  # bytes that a file may have while the disk is full


class Machines:
    """Starts all processes in `folder`; leaving the block stops them."""

    def __init__(self, folder: Path, count: Count):
        self.folder, self.count = folder, count
        self.port, self.mail = free_port(), MailServer()
        self.url = f"http://127.0.0.1:{self.port}"
        self.web: list = []
        self.processes: dict[str, subprocess.Popen] = {}
        self.postgres, self.redis = ExitStack(), ExitStack()

    @property
    def replaces_killed_workers(self) -> bool:
        return "--respawn-failed-workers" in self.web or "scn_portal.serve" in self.web

    def __enter__(self) -> "Machines":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mail.start()
        self.start_redis()
        self.start_postgres()
        return self

    def __exit__(self, *exception) -> None:
        for name in [*self.processes]:
            self.stop(name)
        self.postgres.close()
        self.redis.close()
        self.mail.stop()

    # --- Processes of the portal -------------------------------------------------------------------------------------

    def start_portal(self) -> None:
        from tests.web_server import shipped_command

        self.web = shipped_command(self.port)
        self.start("web", self.web)
        self.start("worker", WORKER)
        beat = [*CELERY, "beat", "--schedule", self.folder / "beat", "--pidfile=", "--loglevel", "info"]
        self.start("beat", beat)

    def start(self, name: str, command: list) -> None:
        # Read by a thread, not written to a file, so that the log needs no space on the disk.
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True
        )
        self.processes[name] = process
        threading.Thread(target=self._listen, args=(name, process), daemon=True).start()

    def _listen(self, name: str, process: subprocess.Popen) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            pass
        self._kill_group(process)

    def _kill_group(self, process: subprocess.Popen) -> None:
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
        process.wait()

    # --- Faults ------------------------------------------------------------------------------------------------------

    def start_redis(self) -> None:
        self.redis.enter_context(embedded._redis(self.folder))

    def start_postgres(self) -> None:
        self.postgres.enter_context(embedded._postgres(self.folder))

    def redis_away(self, seconds: float) -> None:
        self.redis.close()
        time.sleep(seconds)
        self.start_redis()

    def postgres_away(self, seconds: float) -> None:
        self.count.away.append([time.monotonic(), float("inf")])
        self.postgres.close()
        time.sleep(seconds)
        self.start_postgres()
        self.count.away[-1][1] = time.monotonic()

    def postgres_killed(self, seconds: float) -> None:
        """Kill one of its processes, as the kernel does when memory runs out: all connections end, and PostgreSQL
        recovers."""
        pid = int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])
        self.count.away.append([time.monotonic(), float("inf")])
        backends = [each for each in psutil.Process(pid).children() if " scn " in " ".join(each.cmdline())]
        (backends or psutil.Process(pid).children())[0].kill()
        while not self._postgres_answers():
            time.sleep(0.2)
        self.count.away[-1][1] = time.monotonic()
        time.sleep(seconds)

    def _postgres_answers(self) -> bool:
        try:
            psycopg.connect(host=str(self.folder / "postgres"), user="postgres", dbname="scn").close()
        except psycopg.OperationalError:
            return False
        return True

    def mail_refused(self, seconds: float) -> None:
        self.mail.refuse_opening(451)
        time.sleep(seconds)
        self.mail.refuse_opening(0)

    def worker_killed(self, seconds: float) -> None:
        """Kill the worker. The operator starts it again."""
        self._kill_group(self.processes.pop("worker"))
        time.sleep(seconds)
        self.start("worker", WORKER)

    def web_worker_killed(self, seconds: float) -> None:
        """Kill one of the processes that answer requests. Its parent must start another one."""
        self._web_workers()[0].kill()
        time.sleep(seconds)

    def disk_full(self, seconds: float) -> None:
        """The kernel does not let the processes that answer requests write more than a few bytes into a file."""
        for size in (NO_ROOM, resource.RLIM_INFINITY):
            for process in self._web_workers():
                process.rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            if size == NO_ROOM:
                time.sleep(seconds)

    def _web_workers(self) -> list[psutil.Process]:
        children = psutil.Process(self.processes["web"].pid).children()
        return [each for each in children if "resource_tracker" not in " ".join(each.cmdline())]
