"""`manage.py kept`: rebuilds or checks the data that is kept so that no page computes it."""

from django.core.management.base import BaseCommand, CommandError

from scn_portal.base import kept

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Rebuild the data that the database keeps: counts of large lists, the records of cities, the copies in which "
        "practices and pledges are found, what waits at the desk. Triggers and workers keep it up to date; this is for "
        "rows that were loaded without them. With --check, change nothing, and fail if anything is wrong. A worker "
        "updates counts once a minute, so a difference there may be due to the last minute."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("names", nargs="*", help=f"some of {', '.join(kept.registered())}; all, if none is given")
        parser.add_argument("--check", action="store_true")

    def handle(self, *, names: list[str], check: bool, **options) -> None:
        known = kept.registered()
        if unknown := set(names) - known.keys():
            raise CommandError(f"Nothing is kept as {', '.join(sorted(unknown))}: there are {', '.join(known)}")
        chosen = [known[name] for name in names or known]
        if check:
            self._check(chosen)
            return
        for each in chosen:
            self.stdout.write(f"{each.name}: {each.keep_all()} rows")

    def _check(self, chosen: list[kept.Kept]) -> None:
        apart = [told for each in chosen if (told := self._compared(each))]
        if apart:
            raise CommandError("\n".join([*apart, "Run the command without --check to rebuild it."]))

    def _compared(self, each: kept.Kept) -> str:
        """What is wrong, in words; "" if nothing is."""
        if not (wrong := each.wrong()):
            self.stdout.write(f"{each.name}: correct")
            return ""
        return f"{each.name}: {len(wrong)} wrong: {', '.join(map(str, wrong[:SHOWN]))}"
