"""The command `counts`: what is kept of large lists, so that no page counts them."""

from django.core.management.base import BaseCommand, CommandError

from scn_portal.base import kept_counts


class Command(BaseCommand):
    help = (
        "Count the large lists anew (--rebuild), or compare what is kept with the rows (--verify), and fail where they "
        "differ. A worker counts once a minute: while people write, a difference may be of the last minute."
    )

    def add_arguments(self, parser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--rebuild", action="store_true")
        what.add_argument("--verify", action="store_true")

    def handle(self, *args, rebuild: bool, verify: bool, **options) -> None:
        if rebuild:
            self.stdout.write(f"counted: {', '.join(kept_counts.rebuild()) or 'nothing, another process is at it'}")
            return
        apart = kept_counts.differences()
        for name, values in apart.items():
            for (facet, value), (kept, counted) in values.items():
                self.stderr.write(f"{name} {facet or 'total'} {value}: kept {kept}, counted {counted}")
        if apart:
            raise CommandError("what is kept is not what there is: count anew with --rebuild")
        self.stdout.write("what is kept is what there is")
