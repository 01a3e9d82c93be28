from django.core.management.base import BaseCommand

from commitments.loading import load_declaration


class Command(BaseCommand):
    help = "Load the Melbourne Declaration and its seven commitments; safe to run again."

    def handle(self, *args, **options) -> None:
        declaration = load_declaration()
        self.stdout.write(f"{declaration.slug}: {declaration.commitments.count()} commitments")
