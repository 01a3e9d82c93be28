"""The command `related`: which practices share most with each."""

from django.core.management import BaseCommand

from practices import related


class Command(BaseCommand):
    help = (
        "Find anew which practices share most with each. A worker does it after each publication for what it touches."
    )

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"{related.rebuild()} practices")
