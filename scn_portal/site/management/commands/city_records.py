from django.core.management.base import BaseCommand, CommandError

from scn_portal.site import city_records


class Command(BaseCommand):
    help = (
        "Count anew what is kept of each city: its pledges, practices, last change and place on the map. Triggers keep "
        "it true; this is for rows that came past them."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing, and fail where something else is kept"
        )

    def handle(self, *, check: bool, **options) -> None:
        if not check:
            self.stdout.write(f"{city_records.keep_all()} cities counted")
        elif wrong := city_records.wrong():
            raise CommandError(f"Of {len(wrong)} cities something else is kept: {', '.join(map(str, wrong[:20]))}")
        else:
            self.stdout.write("What is kept of the cities is true.")
