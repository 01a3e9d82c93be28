from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from scn_portal.base.backup.manifest import BackupError
from scn_portal.base.backup.restoring import Restored, restore
from scn_portal.base.postgresql.pooled import require_a_session


class Command(BaseCommand):
    help = "Restore the backup in DIR into an empty database and an empty MEDIA_ROOT, and compare every row and file."

    def add_arguments(self, parser) -> None:
        parser.add_argument("dir", type=Path)

    def handle(self, *args, dir: Path, **options) -> None:
        require_a_session(connection)
        try:
            restored = restore(dir)
        except BackupError as error:
            raise CommandError(str(error)) from error
        for name, (saved, found) in restored.tables.items():
            verdict = "equal" if saved == found else "NOT EQUAL"
            self.stdout.write(
                f"{name}: {saved.rows if saved else 0} saved, {found.rows if found else 0} here, {verdict}"
            )
        for name in restored.wrong_files:
            self.stdout.write(f"{name}: NOT EQUAL")
        self.stdout.write(f"{restored.files} files, {len(restored.wrong_files)} not equal")
        if restored.wrong_tables or restored.wrong_files:
            raise CommandError("What was restored is not what was saved. Do not go on with it.")
        self.say_what_remains(restored)

    def say_what_remains(self, restored: Restored) -> None:
        self.stdout.write("Everything is as it was saved.")
        for name in restored.manifest.missing:
            self.stderr.write(f"{name}: a row names this file, and it was missing when the backup was made")
        if restored.migrations_to_run:
            self.stdout.write(f"This code is newer: run migrate ({restored.migrations_to_run} migrations).")
