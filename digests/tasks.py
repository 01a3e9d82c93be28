"""Work that digests hand to a worker. Each asks the database what is due, so any of them may run at any time."""

from functools import partial

from celery import shared_task

from digests import content, delivery, subscriptions
from digests.models import Delivery, Subscription
from scn_portal import mail


@shared_task
def send_confirmations() -> int:
    """Answer every request for the newsletter that waits; how many answers left."""
    return mail.send_due(Subscription.objects.all(), subscriptions.write_confirmation)


@shared_task
def compose_due_issues() -> int:
    """Compose the issues that are due and have them delivered; how many."""
    issues = delivery.compose_due_issues()
    if issues:
        deliver.delay()
    return len(issues)


@shared_task
def deliver() -> int:
    """Send every delivery that waits; how many left. Any number of workers may do this at once."""
    waiting = Delivery.objects.wanted().select_related("issue", "subscription")
    return mail.send_due(waiting, partial(delivery.write_issue, read=content.remembered()))
