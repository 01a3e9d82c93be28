import imaplib
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digests import reports


class Command(BaseCommand):
    help = "Read what mail servers report on our newsletter: suspend addresses that do not exist, end what is spam."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "source",
            nargs="?",
            help="an mbox file, a Maildir, a single mail, or - for standard input; left out: the mailbox BOUNCES_URL",
        )

    def handle(self, *args, source: str | None, **options) -> None:
        if not source and not settings.BOUNCES_URL:
            raise CommandError("Name a file, or set BOUNCES_URL=imaps://user:password@host/INBOX.")
        try:
            counts = self.read(source)
        except (OSError, imaplib.IMAP4.error) as error:
            raise CommandError(f"{source or 'BOUNCES_URL'}: {error}") from error
        told = [f"{number} {kind}" for kind, number in sorted(counts.items())]
        self.stdout.write(", ".join(told) or "No reports.")

    def read(self, source: str | None):
        if not source:
            return reports.read_mailbox(settings.BOUNCES_URL)
        return reports.take_all(
            reports.in_bytes(sys.stdin.buffer.read()) if source == "-" else reports.in_file(Path(source))
        )
