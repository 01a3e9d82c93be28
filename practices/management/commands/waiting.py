from django.core.management.base import BaseCommand, CommandError

from practices import waiting


class Command(BaseCommand):
    help = (
        "Make anew what waits for a moderator or for its city, and since when. Triggers keep it true; this is for rows"
        " that came past them."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing, and fail where something else is kept"
        )

    def handle(self, *, check: bool, **options) -> None:
        if not check:
            self.stdout.write(f"{waiting.keep_all()} texts wait")
        elif wrong := waiting.wrong():
            raise CommandError(f"Of {len(wrong)} revisions something else is kept: {', '.join(map(str, wrong[:20]))}")
        else:
            self.stdout.write("What waits is true.")
