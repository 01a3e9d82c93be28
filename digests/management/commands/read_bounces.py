import imaplib
import sys
from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digests.bounces.mailbox import read_mailbox
from digests.bounces.reports import process_report


class Command(BaseCommand):
    help = "Process bounces and complaints on the newsletter: from the mailbox BOUNCES_URL, or one mail from a pipe."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "source", nargs="?", choices=["-"], help="- for one mail on standard input; left out: BOUNCES_URL"
        )

    def handle(self, *args, source: str | None, **options) -> None:
        counts = Counter([process_report(sys.stdin.buffer.read())]) if source else self.read_mailbox()
        parts = [f"{count} {kind}" for kind, count in sorted(counts.items())]
        self.stdout.write(", ".join(parts) or "No reports.")

    def read_mailbox(self) -> Counter:
        if not settings.BOUNCES_URL:
            raise CommandError("Set BOUNCES_URL=imaps://user:password@host/INBOX, or pipe one mail to read_bounces -.")
        try:
            return read_mailbox(settings.BOUNCES_URL)
        except (OSError, imaplib.IMAP4.error) as error:
            raise CommandError(f"BOUNCES_URL: {error}") from error
