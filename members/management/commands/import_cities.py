from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.city_csv import ImportFaults, import_cities


class Command(BaseCommand):
    help = "Create or update cities from a CSV file: wholly, or, when anything in it is wrong, not at all."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check the file and say what would change")

    def handle(self, *args, file: Path, dry_run: bool, **options) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        try:
            with transaction.atomic():
                counts = import_cities(content)
                transaction.set_rollback(dry_run)
        except ImportFaults as refused:
            for fault in refused.faults:
                self.stderr.write(f"{file.name}: {fault}")
            raise CommandError(f"{file.name}: nothing was imported.") from refused
        done = "would be" if dry_run else "are"
        self.stdout.write(", ".join(f"{number} {done} {kind}" for kind, number in counts.items()))
