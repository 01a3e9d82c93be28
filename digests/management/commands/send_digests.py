from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError

from digests.issues.compose import compose_due_issues, compose_issues_now
from digests.models import Delivery, Issue, Item
from digests.tasks import deliver


class Command(BaseCommand):
    help = "Compose the newsletter with all that is new and hand it to the workers; run again, it sends nothing."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--if-due", action="store_true", help="compose only what beat would: a period that has ended"
        )

    def handle(self, *args, if_due: bool, **options) -> None:
        issues = compose_due_issues() if if_due else compose_issues_now()
        for issue in issues:
            self.stdout.write(summary(issue))
        if not issues:
            self.stdout.write("No new issue: nothing new, nobody to tell, or not due.")
        if waiting := Delivery.objects.waiting().count():
            self.wake_worker(waiting)

    def wake_worker(self, waiting: int) -> None:
        try:
            deliver.delay()
        except OperationalError as error:  # nothing is lost: the deliveries are rows, and beat starts their delivery
            self.stderr.write(f"The broker is away ({error}). {waiting} mails wait until it is back.")
        else:
            self.stdout.write(f"{waiting} mails wait; a worker sends them now.")


def summary(issue: Issue) -> str:
    """One line: the frequency, period, number of items and number of readers."""
    items = Item.objects.filter(pk__gt=issue.items_from, pk__lte=issue.items_until).count()
    period = f"{issue.starts_at:%Y-%m-%d %H:%M} to {issue.ends_at:%Y-%m-%d %H:%M} UTC"
    return f"{issue.frequency} issue, {period}: {items} items, {issue.deliveries.count()} readers"
