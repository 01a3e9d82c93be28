"""`manage.py purge ADDRESS…`: the caches before the portal forget these addresses, or everything."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scn_portal.base import generation, purging


class Command(BaseCommand):
    help = (
        "Have the caches of PURGE_CACHES forget addresses (paths, with their query). With --everything, as the owner of"
        " the tables, nothing that any cache keeps now is given out again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("addresses", nargs="*", metavar="ADDRESS")
        parser.add_argument("--everything", action="store_true")

    def handle(self, *args: Any, addresses: list[str], everything: bool, **options: Any) -> None:
        if everything == bool(addresses):
            raise CommandError("Give addresses, such as /en/cities/, or --everything.")
        if everything:
            generation.raise_by_hand(taken_down=True)
            self.stdout.write("Everything is fetched anew, within a few seconds.")
            return
        if not settings.PURGE_CACHES:
            raise CommandError("PURGE_CACHES names no cache.")
        if wrong := [address for address in addresses if not address.startswith("/")]:
            raise CommandError(f"An address begins with a slash: {wrong[0]}")
        try:
            for done in purging.purge(addresses):
                self.stdout.write(done)
        except purging.NotPurgedError as error:
            raise CommandError(str(error)) from error
