"""The real PgBouncer with the shipped configuration, in front of the database of the tests."""

import os
import pwd
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, connections

from scn_portal.base.postgresql import time_outs
from scn_portal.demo.embedded import server_dir
from tests.scale.programs import program, running
from tests.trust.stack import free_port, listens

SHIPPED = settings.BASE_DIR / "deploy" / "pgbouncer.ini"
SERVERS = 3


class PgBouncer:
    """Hands out SERVERS sessions of PostgreSQL, in transaction mode, at `port`."""

    def __init__(self, port: int, database: str, written: Path) -> None:
        self.port, self.database, self._written = port, database, written
        self.process: subprocess.Popen | None = None

    def stand_before(self, server: str) -> None:
        """Switch to another server, as an operator does after promoting a standby: change the line of the database, and
        reload it."""
        assert self.process
        self._written.write_text(re.sub(r"^\*= .*$", f"*= {server}", self._written.read_text(), flags=re.M))
        self.process.send_signal(1)

    @property
    def url(self) -> str:
        return f"postgres://scn_app@127.0.0.1:{self.port}/{self.database}"

    def raw(self) -> psycopg.Connection:
        """A client that shares the sessions of the portal, and sends no settings with its transactions."""
        return psycopg.connect(self.url, autocommit=True, prepare_threshold=None)


@contextmanager
def pgbouncer(servers: int = SERVERS, before: str = "") -> Iterator[PgBouncer]:
    """PgBouncer as the user who runs PostgreSQL: never as root, and the folder of the socket is closed to others.

    `before` is the server behind it, in the syntax of its configuration; by default that of the tests.
    """
    database = connection.settings_dict
    port, owner = free_port(), pwd.getpwuid((server_dir(settings.VAR_DIR) / "postgres").stat().st_uid)
    with tempfile.TemporaryDirectory(prefix="pgbouncer") as kept:
        folder = Path(kept)
        written = SHIPPED.read_text()
        for name, value in {
            "scn": f"*= {before or 'host=' + database['HOST']}",
            "listen_port": port,
            "auth_type": "trust",
            "auth_file": folder / "users",
            "default_pool_size": servers,
        }.items():
            line = value if name == "scn" else f"{name} = {value}"
            written, found = re.subn(rf"^{name} = .*$", str(line), written, flags=re.M)
            assert found == 1, name
        (folder / "pgbouncer.ini").write_text(written)
        (folder / "users").write_text('"postgres" ""\n"scn_app" ""\n')
        folder.chmod(0o755)
        command = [program("pgbouncer"), folder / "pgbouncer.ini"]
        if not os.geteuid():
            command += ["--user", owner.pw_name]
        bouncer = PgBouncer(port, database["NAME"], folder / "pgbouncer.ini")
        with running(command, folder / "log", lambda: listens(port)) as bouncer.process:
            yield bouncer


@contextmanager
def connected_through(bouncer: PgBouncer, user: str = "scn_app", times=time_outs.WEB) -> Iterator[None]:
    """In the block, Django connects to PgBouncer in every thread, with the settings of SCN_POOLER=transaction."""
    entry = connections["default"].settings_dict
    before = dict(entry)
    pooled = {"HOST": "127.0.0.1", "PORT": bouncer.port, "USER": user, "OPTIONS": {}}
    connection.close()
    entry.update(times.put_into(before | pooled, "transaction"))
    try:
        yield
    finally:
        connection.close()
        entry.clear()
        entry.update(before)
