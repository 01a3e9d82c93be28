from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError

from digests import composing
from digests.models import Delivery, Issue, Item
from digests.tasks import deliver


class Command(BaseCommand):
    help = "Compose the newsletter with all that is new and hand it to the workers; run again, it sends nothing."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--if-due", action="store_true", help="compose only what beat would: a period that has ended"
        )

    def handle(self, *args, if_due: bool, **options) -> None:
        issues = composing.compose_due_issues() if if_due else composing.compose_issues_now()
        for issue in issues:
            self.stdout.write(told(issue))
        if not issues:
            self.stdout.write("No new issue: nothing new, nobody to tell, or not due.")
        if waiting := Delivery.objects.waiting().count():
            self.hand_over(waiting)

    def hand_over(self, waiting: int) -> None:
        """Wake a worker. Without a broker nothing is lost: the deliveries are rows, and beat asks for them."""
        try:
            deliver.delay()
        except OperationalError as error:
            self.stderr.write(f"The broker is away ({error}). {waiting} mails wait until it is back.")
        else:
            self.stdout.write(f"{waiting} mails wait; a worker sends them now.")


def told(issue: Issue) -> str:
    """One line on what `issue` covers and to how many it goes."""
    news = Item.objects.filter(pk__gt=issue.items_from, pk__lte=issue.items_until).count()
    period = f"{issue.starts_at:%Y-%m-%d %H:%M} to {issue.ends_at:%Y-%m-%d %H:%M} UTC"
    return f"{issue.frequency} issue, {period}: {news} items, {issue.deliveries.count()} readers"
