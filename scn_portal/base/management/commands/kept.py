"""The command `kept`: what is kept so that no page computes it."""

from django.core.management.base import BaseCommand, CommandError

from scn_portal.base import kept

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Make anew what the database keeps: counts of large lists, what is recorded of each city, what practices and "
        "pledges are found by. Triggers and workers keep it true; this is for rows that came past them. With --check, "
        "change nothing, and fail where something else is kept. Of counts, which a worker makes once a minute, a "
        "difference may be of the last minute."
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
            self.stdout.write(f"{each.name}: {each.keep_all()} rows are kept")

    def _check(self, chosen: list[kept.Kept]) -> None:
        apart = [told for each in chosen if (told := self._compared(each))]
        if apart:
            raise CommandError("\n".join([*apart, "Without --check, it is made anew."]))

    def _compared(self, each: kept.Kept) -> str:
        """What is wrong, in words; "" if nothing is."""
        if not (wrong := each.wrong()):
            self.stdout.write(f"{each.name}: what is kept is true")
            return ""
        return f"{each.name}: {len(wrong)} times something else is kept: {', '.join(map(str, wrong[:SHOWN]))}"
