"""The migrated, empty database that each process of a test run copies instead of running all migrations itself.

`python -m tests.template_database` creates it before a run, in parallel with other work; otherwise the run creates it.

This module imports nothing of Django, since the settings of the tests use the name of the template.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg

from scn_portal.base.database_roles.decisions import ROLE
from scn_portal.demo import embedded

ROOT = Path(__file__).parent.parent
# The folder of the servers of a run.
VAR = Path(os.environ.get("SCN_VAR") or ROOT / "var" / "test")
PREFIX = "scn_template_"


def name() -> str:
    """The name of the template, which changes when a migration or an installed package changes."""
    sources = [ROOT / "uv.lock", *sorted(ROOT.glob("*/migrations/*.py")), *sorted(ROOT.glob("*/*/migrations/*.py"))]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(str(source.relative_to(ROOT)).encode() + b"\0" + source.read_bytes())
    return PREFIX + digest.hexdigest()[:16]


def prepare(var_dir: Path) -> None:
    """Prepare the running embedded PostgreSQL of `var_dir` for tests, with an up-to-date template.

    Raises subprocess.CalledProcessError if a migration fails; its message is on stderr.
    """
    folder = str(embedded.server_dir(var_dir) / "postgres")
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        # Rows of tests need not survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
        # The role of production, as which some tests run; `migrate` gives it its privileges.
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(f"CREATE ROLE {ROLE} LOGIN")
        templates = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
        if name() in templates:
            return
        for old in templates:
            if old.startswith(PREFIX):
                connection.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
        unfinished = f"{PREFIX}unfinished"
        connection.execute(f"CREATE DATABASE {unfinished}")
        url = f"postgres://postgres@{quote(folder, safe='')}/{unfinished}"
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url, "SCN_TEST_CHILD": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"},
            check=True,
        )
        # Renamed at the end, so that an aborted run leaves no incomplete template behind.
        connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name()}")


if __name__ == "__main__":
    with embedded.running(VAR):
        prepare(VAR)
