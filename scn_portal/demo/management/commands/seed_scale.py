"""The command `seed_scale`: a large invented network beside the demo's, to measure how pages grow."""

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection, transaction

from members.models import City, User
from scn_portal.base import kept
from scn_portal.base.languages import CODES
from scn_portal.demo.accounts import MODERATOR
from scn_portal.demo.scale import cities, pledges, practices, readers, records, waiting
from scn_portal.demo.scale.moments import Moments
from scn_portal.demo.scale.rows import indexes_built_at_the_end, triggers_at_rest
from scn_portal.demo.scale.texts import Writer
from scn_portal.demo.scale.words import Words

DEFAULTS = {"cities": 5_000, "practices": 200_000, "pledges": 50_000, "subscribers": 100_000, "updates": 200_000}
CITIES_OF_THE_DEMO = settings.BASE_DIR / "members/data/cities.csv"


class Command(BaseCommand):
    help = (
        "Fill the demo's database with a large invented network, to measure with: whole or not at all. The same --seed"
        " writes the same on the same day. Refused in production, and where there are other cities than the demo's."
    )

    def add_arguments(self, parser) -> None:
        for name, count in DEFAULTS.items():
            parser.add_argument(f"--{name}", type=int, default=count, help=f"How many {name}; {count:,} if not given.")
        parser.add_argument("--seed", type=int, default=1, help="Another number draws another network.")

    def handle(self, *args, **options) -> None:
        refuse()
        started = time.monotonic()
        with transaction.atomic():
            wait_as_long_as_it_takes()
            with triggers_at_rest(), indexes_built_at_the_end():
                self.write(options, seed=options["seed"])
        if not connection.in_atomic_block:  # a test is in a transaction, in which VACUUM cannot run
            with self.step("Vacuum and statistics"), connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        self.stdout.write(
            f"Written in {time.monotonic() - started:.0f} seconds. Now run `manage.py kept cities counts`."
        )

    def write(self, counts: dict[str, int], *, seed: int) -> None:
        moments = Moments(seed)
        with self.step("Words"):
            words = {code: Words(code, seed, sentences=min(60_000, 1_000 + counts["practices"])) for code in CODES}
        with self.step("Cities and people"):
            network = cities.write(counts["cities"], seed=seed, moments=moments)
        with self.step("Pledges"):
            writer = Writer(seed, words, name="pledges")
            pledges.write(counts["pledges"], counts["updates"], network=network, writer=writer, moments=moments)
        with self.step("Practices"):
            writer = Writer(seed, words, name="practices")
            practices.write(counts["practices"], network=network, writer=writer, moments=moments)
        with self.step("What pledges and practices are found by"):
            for name in ("pledges", "practices"):
                kept.registered()[name].keep_all()
        with self.step("Readers, issues and deliveries"):
            readers.write(counts["subscribers"], seed=seed, moments=moments)
        with self.step("What waits at the desk"):
            waiting.write(seed=seed, network=network, moments=moments)
            kept.registered()["waiting"].keep_all()
        with self.step("Records and history"):
            records.record_public_rows()
            records.write_history("command:seed_scale")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Run a step, and print how long it took."""
        started = time.monotonic()
        yield
        self.stdout.write(f"{name}: {time.monotonic() - started:.1f} s")
        self.stdout.flush()


def refuse() -> None:
    """Raise CommandError with the reason, unless the database has the content of the demo and no other city."""
    if settings.PRODUCTION:
        raise CommandError("This writes rows without their history: it does not run with SCN_ENV=production.")
    if not User.objects.filter(email=MODERATOR).exists():
        raise CommandError("Load the content of the demo first: `manage.py demo` does so at its start.")
    with CITIES_OF_THE_DEMO.open(encoding="utf-8", newline="") as file:
        known = {(row["country"], row["name_en"]) for row in csv.DictReader(file)}
    others = [city for city in City.objects.order_by("pk").iterator() if (city.country.code, city.name_en) not in known]
    if others:
        raise CommandError(
            f"There are {len(others):,} cities beyond the demo’s, such as “{others[0].name_en}”: only a database with"
            " the demo alone is filled. Take another folder (SCN_VAR=…) with a demo in it, or `make reset`."
        )


def wait_as_long_as_it_takes() -> None:
    """Turn the time limits of the database off for this transaction."""
    with connection.cursor() as cursor:
        for limit in ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SET LOCAL {limit} = 0")
