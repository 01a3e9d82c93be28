"""Writing a backup that is consistent, complete or not there at all.

A file is written before its row, and deleted after it. So the files are copied first, then the database as it is at one
moment, then the files that were added in the meantime: each row of the dump has its file, unless a file was both added
and deleted during the backup. This is checked for each row.
"""

import datetime as dt
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pghistory.models
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from scn_portal.base.backup import bucket, manifest, postgresql
from scn_portal.base.backup.manifest import DUMP, MANIFEST, MEDIA, BackupError, Manifest
from scn_portal.base.backup.tables import Table, tables
from scn_portal.base.made_files.storing import FOLDER

NAME = re.compile(r"\d{8}T\d{6}Z")
UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Written:
    """A backup that was made: its folder, its manifest, its numbers of files and bytes, and the old backups deleted."""

    folder: Path
    manifest: Manifest
    files: int
    size: int
    deleted: list[str]


def write(into: Path, *, keep_days: int) -> Written:
    """Write a backup into a new folder in `into`, then delete backups older than `keep_days`.

    The folder gets its name when everything is in it and on the disk. Raises BackupError if that fails; then nothing is
    left behind, and no older backup is deleted.
    """
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(into):
        unfinished = into / UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)  # left by a backup that was killed
        unfinished.mkdir(mode=0o700)
        try:
            made, sums = _fill(unfinished, earlier=_newest(into))
            folder = _rename(unfinished, into / made.made_at)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        size = sum((folder / name).stat().st_size for name in sums)
        return Written(folder, made, len(sums) - 2, size, _delete_old(into, keep_days))


@contextmanager
def _alone(into: Path) -> Iterator[None]:
    """Lock the folder, since two backups into it would delete each other’s files. Raises BackupError."""
    with (into / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup into {into} is under way.") from None
        yield


def _fill(folder: Path, *, earlier: Path | None) -> tuple[Manifest, dict[str, str]]:
    in_bucket = bool(settings.MEDIA_BUCKET)
    if in_bucket:
        bucket.refuse_without_versions()
    try:
        copy = _Copy(folder / MEDIA, earlier)
        if not in_bucket:
            copy.add_new()
        with _snapshot() as (cursor, snapshot):
            made_at = manifest.now()
            postgresql.run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={folder / DUMP}")
            found, named = tables(cursor), named_files()
        if not in_bucket:
            copy.add_new()
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error}") from error
    missing = bucket.missing_among(named) if in_bucket else named - copy.sums.keys()
    made = _manifest(made_at, found, missing=sorted(missing))
    made.write(folder)
    sums = {f"{MEDIA}/{name}": digest for name, digest in copy.sums.items()}
    sums |= {name: manifest.sha256(folder / name) for name in (DUMP, MANIFEST)}
    manifest.write_sums(folder, sums)
    return made, sums


def _manifest(made_at: str, found: dict[str, Table], *, missing: list[str]) -> Manifest:
    return Manifest(
        version=manifest.portal_version(),
        made_at=made_at,
        postgresql=str(connection.pg_version),
        migrations=manifest.applied_migrations(connection),
        tables=found,
        missing=missing,
        bucket=settings.MEDIA_BUCKET,
    )


# --- The database ----------------------------------------------------------------------------------------------------


@contextmanager
def _snapshot() -> Iterator[tuple]:
    """A cursor that sees the database as it is now, and the name under which pg_dump sees the same."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # The limits that protect the site do not apply to a dump, which takes longer.
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SET LOCAL {limit} = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor, cursor.fetchone()[0]


def named_files() -> set[str]:
    """The names of all files that rows name; without history, which also names files that were rightly deleted."""
    named: set[str] = set()
    for model in apps.get_models():
        if issubclass(model, pghistory.models.Event) or model._meta.proxy:
            continue
        for field in model._meta.local_fields:
            if isinstance(field, models.FileField):
                rows = model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                named.update(name for name in rows if name)
    return named


# --- The files -------------------------------------------------------------------------------------------------------


class _Copy:
    """A copy of MEDIA_ROOT in progress. `sums` has the hashes of its files by name.

    A file that is also in the earlier backup becomes a hard link to it, since the files of the portal never change. So
    fourteen backups take the space of one.
    """

    def __init__(self, into: Path, earlier: Path | None):
        self._into = into
        self._earlier = earlier / MEDIA if earlier else None
        self._earlier_sums = manifest.read_sums(earlier) if earlier else {}
        self.sums: dict[str, str] = {}
        into.mkdir()

    def add_new(self) -> None:
        """Copy the files that are not in it yet, without those that are deleted meanwhile, and without those that a
        worker makes again on request."""
        for name in manifest.files_under(settings.MEDIA_ROOT):
            if name not in self.sums and not name.startswith(f"{FOLDER}/"):
                try:
                    self.sums[name] = self._add(name)
                except FileNotFoundError:
                    continue

    def _add(self, name: str) -> str:
        source, copy = settings.MEDIA_ROOT / name, self._into / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        digest = manifest.sha256(source)
        if self._earlier and self._earlier_sums.get(f"{MEDIA}/{name}") == digest:
            earlier = self._earlier / name
            if earlier.is_file() and manifest.sha256(earlier) == digest:
                os.link(earlier, copy)
                return digest
        shutil.copyfile(source, copy)
        return manifest.sha256(copy)


# --- Its name, and the old ones --------------------------------------------------------------------------------------


def _rename(unfinished: Path, folder: Path) -> Path:
    """Wait until everything is on the disk, then rename the folder: after a power failure, it is complete or absent."""
    if folder.exists():
        raise BackupError(f"{folder} exists: a backup was made in this very second.")
    for path in unfinished.rglob("*"):
        manifest.keep_on_disk(path)
    manifest.keep_on_disk(unfinished)
    unfinished.rename(folder)
    manifest.keep_on_disk(folder.parent)
    return folder


def backups(into: Path) -> list[Path]:
    """The backups in a folder, the oldest first."""
    return sorted(path for path in into.iterdir() if NAME.fullmatch(path.name) and (path / MANIFEST).exists())


def _newest(into: Path) -> Path | None:
    return found[-1] if (found := backups(into)) else None


def _delete_old(into: Path, keep_days: int) -> list[str]:
    """Delete the backups older than `keep_days`, but never the newest one. Returns their names."""
    oldest = (dt.datetime.now(dt.UTC) - dt.timedelta(days=keep_days)).strftime("%Y%m%dT%H%M%SZ")
    old = [folder for folder in backups(into)[:-1] if folder.name < oldest]
    for folder in old:
        shutil.rmtree(folder)
    return [folder.name for folder in old]
