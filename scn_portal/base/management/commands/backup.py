from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from scn_portal.base.backup.manifest import BackupError
from scn_portal.base.backup.writing import write
from scn_portal.base.postgresql.pooled import require_a_session

KEEP_DAYS = 14


class Command(BaseCommand):
    help = "Write a backup of the database and of the documents into a new folder in DIR."

    def add_arguments(self, parser) -> None:
        parser.add_argument("dir", type=Path)
        parser.add_argument(
            "--keep-days",
            type=int,
            default=KEEP_DAYS,
            help=f"delete older ones in DIR ({KEEP_DAYS}); never the newest",
        )

    def handle(self, *args, dir: Path, keep_days: int, **options) -> None:
        require_a_session(connection)
        try:
            written = write(dir, keep_days=keep_days)
        except BackupError as error:
            raise CommandError(str(error)) from error
        made = written.manifest
        rows = sum(table.rows for table in made.tables.values())
        self.stdout.write(
            f"{written.folder}: {rows} rows in {len(made.tables)} tables, {written.files} files, {written.size} bytes"
        )
        if made.bucket:
            self.stderr.write(
                f"The files are not in this backup: the bucket {made.bucket} has them, and their versions."
            )
        self.leave_stamp()
        for name in written.deleted:
            self.stdout.write(f"deleted {name}: older than {keep_days} days")
        for name in made.missing:
            place = made.bucket or "MEDIA_ROOT"
            self.stderr.write(f"{name}: a row names this file, and it is not in {place}")

    def leave_stamp(self) -> None:
        """Touch the file whose age tells monitoring when the last backup was made."""
        if stamp := settings.BACKUP_STAMP:
            Path(stamp).touch()
