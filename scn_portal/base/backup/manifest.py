"""The manifest of a backup, and the hashes of its files."""

import datetime as dt
import hashlib
import json
import os
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder

from scn_portal.base.backup.tables import Table

DUMP, MEDIA, MANIFEST, SUMS = "database.dump", "media", "manifest.json", "SHA256SUMS"
FORMAT = 1


class BackupError(Exception):
    """A backup that cannot be made or restored; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """The contents of the database at the time of the snapshot. `missing` are files that rows name but that are not
    there; `bucket` is the bucket with the files, if they are not in the backup."""

    version: str
    made_at: str
    postgresql: str
    migrations: list[str]
    tables: dict[str, Table]
    missing: list[str] = field(default_factory=list)
    bucket: str = ""
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of the backup in `folder`. Raises BackupError if this version cannot read one there."""
        try:
            fields = json.loads((folder / MANIFEST).read_text())
            if fields.get("format") != FORMAT:
                raise BackupError(f"{folder}: written in format {fields.get('format')}; this version reads {FORMAT}.")
            tables = {name: Table(**values) for name, values in fields.pop("tables").items()}
            return cls(**fields, tables=tables)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BackupError(f"{folder} is no backup: {error}") from error


def portal_version() -> str:
    """The version of this code."""
    return tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


def applied_migrations(connection) -> list[str]:
    """The migrations applied to the database, as `app.name`, sorted."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def now() -> str:
    """The current time as the name of a backup: `20261126T021500Z`."""
    return dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


# --- Hashes of files -------------------------------------------------------------------------------------------------


def sha256(path: Path) -> str:
    """The hash of a file, which may be larger than the memory of the machine."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_on_disk(path: Path) -> None:
    """Return once the current content of a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_sums(folder: Path, sums: dict[str, str]) -> None:
    """Write the hashes by path in `folder`."""
    (folder / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())))


def read_sums(folder: Path) -> dict[str, str]:
    """The hashes by path in `folder`. Raises BackupError if they cannot be read."""
    try:
        lines = (folder / SUMS).read_text().splitlines()
    except OSError as error:
        raise BackupError(f"{folder} is no backup: {error}") from error
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def files_under(folder: Path) -> list[str]:
    """The paths of all files in `folder` and below, relative to it, sorted."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def check_files(folder: Path) -> dict[str, str]:
    """The hashes of the files of a backup, each compared with its file. Raises BackupError with the names of files that
    differ."""
    sums = read_sums(folder)
    if not {DUMP, MANIFEST} <= sums.keys():
        raise BackupError(f"{folder} is no backup: {SUMS} does not name {DUMP} and {MANIFEST}.")
    wrong = sorted(sums.keys() ^ (set(files_under(folder)) - {SUMS}))
    wrong += [name for name in sums.keys() - set(wrong) if sha256(folder / name) != sums[name]]
    if wrong:
        raise BackupError(f"{folder} is damaged; missing, changed or added: {', '.join(wrong[:10])}")
    return sums
