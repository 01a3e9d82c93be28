from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.city_csv import ImportFaults, import_cities
from scn_portal.base import loading


class Command(BaseCommand):
    help = (
        "Add the cities of a CSV file that are missing; with --update, make the others what it says. Wholly, or, when "
        "anything in the file is wrong, not at all."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        loading.add_arguments(parser)

    def handle(self, *args, file: Path, update: bool, dry_run: bool, **options) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        try:
            with transaction.atomic():
                loaded = import_cities(content, update=update)
                transaction.set_rollback(dry_run)
        except ImportFaults as refused:
            for fault in refused.faults:
                self.stderr.write(f"{file.name}: {fault}")
            raise CommandError(f"{file.name}: nothing was imported.") from refused
        for line in loaded.lines(update=update, dry_run=dry_run):
            self.stdout.write(line)
