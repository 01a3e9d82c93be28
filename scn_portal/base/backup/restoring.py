"""Restoring a backup, only into an empty database and an empty folder, and proving that it is complete."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from scn_portal.base.backup import bucket, manifest, postgresql
from scn_portal.base.backup.manifest import DUMP, MEDIA, BackupError, Manifest
from scn_portal.base.backup.tables import Table, names, tables
from scn_portal.base.backup.writing import named_files


@dataclass(frozen=True)
class Restored:
    """What was restored. `tables` has for each table what was saved and what is there now; `files` is a number."""

    manifest: Manifest
    tables: dict[str, tuple[Table | None, Table | None]]
    files: int
    wrong_files: list[str]
    migrations_to_run: int

    @property
    def wrong_tables(self) -> list[str]:
        return [name for name, (saved, found) in self.tables.items() if saved != found]


def restore(folder: Path) -> Restored:
    """Restore the backup in `folder`, and compare every row and file with it.

    Raises BackupError, with nothing changed, if the backup is damaged or from a newer version, or if the database or
    MEDIA_ROOT is not empty. Differences after restoring are in the result.
    """
    sums = manifest.check_files(folder)
    saved = Manifest.read(folder)
    to_run = _migrations_to_run(saved)
    bucket.refuse_other_place(saved, files=len(sums) - 2)
    _refuse_unless_empty()
    _restore_database(folder)
    wrong = _files_from_bucket(saved) if settings.MEDIA_BUCKET else list(_restore_files(folder, sums))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        found = tables(cursor)
    compared = {name: (saved.tables.get(name), found.get(name)) for name in sorted(saved.tables.keys() | found.keys())}
    return Restored(saved, compared, len(sums) - 2, wrong, to_run)


def _migrations_to_run(saved: Manifest) -> int:
    """The number of migrations that the backup lacks. Raises BackupError if it has some that this code lacks."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    if unknown := sorted(set(saved.migrations) - known):
        raise BackupError(
            f"The backup is of version {saved.version} or later, with migrations that this code lacks: "
            f"{', '.join(unknown[:5])}. Restore it with the code that wrote it, or newer."
        )
    return len([key for key in loader.graph.nodes if ".".join(key) not in saved.migrations])


def _refuse_unless_empty() -> None:
    with connection.cursor() as cursor:
        there = names(cursor)
    if there:
        more = f"{there[0]} and {len(there) - 1} more"
        raise BackupError(f"The database is not empty: it has {more}. Nothing was changed.")
    files = [] if settings.MEDIA_BUCKET else manifest.files_under(settings.MEDIA_ROOT)
    if files:
        raise BackupError(f"{settings.MEDIA_ROOT} is not empty: it has {len(files)} files. Nothing was changed.")


def _restore_database(folder: Path) -> None:
    """Restore all or nothing. Privileges are not restored: `database_roles` grants them to the roles of this server."""
    with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted:
        # Only a superuser may comment on an extension, and the owner of the tables need not be one.
        lines = postgresql.contents(folder / DUMP).splitlines(keepends=True)
        wanted.writelines(line for line in lines if " COMMENT - EXTENSION " not in line)
        wanted.flush()
        options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        postgresql.run("pg_restore", *options, f"--use-list={wanted.name}", folder / DUMP)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")  # until then, the planner has no statistics


def _files_from_bucket(saved: Manifest) -> list[str]:
    """Let the bucket bring back files that were deleted after the backup. Returns the names of those it cannot."""
    return bucket.bring_back(bucket.missing_among(named_files()) - set(saved.missing))


def _restore_files(folder: Path, sums: dict[str, str]) -> Iterator[str]:
    """Copy the files, and yield the names of those whose copy differs."""
    for path, digest in sums.items():
        if path.startswith(f"{MEDIA}/"):
            copy = settings.MEDIA_ROOT / path.removeprefix(f"{MEDIA}/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, copy)
            if manifest.sha256(copy) != digest:
                yield path
            manifest.keep_on_disk(copy)
