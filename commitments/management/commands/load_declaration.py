from django.core.management.base import BaseCommand
from django.db import transaction

from commitments.loading import load_declaration
from scn_portal.base import loading


class Command(BaseCommand):
    help = "Add the Melbourne Declaration and its commitments where they are missing; with --update, put them right."

    def add_arguments(self, parser) -> None:
        loading.add_arguments(parser)

    def handle(self, *args, update: bool, dry_run: bool, **options) -> None:
        with transaction.atomic():
            load_declaration(loaded := loading.Loaded(), update=update)
            transaction.set_rollback(dry_run)
        for line in loaded.lines(update=update, dry_run=dry_run):
            self.stdout.write(line)
