"""Work that digests hand to a worker. Each asks the database what is due, so any of them may run at any time."""

from celery import shared_task

from digests import composing, sending, subscriptions
from digests.models import Consent
from scn_portal import mail


@shared_task
def send_confirmations() -> int:
    """Answer every request for the newsletter that waits; how many answers left."""
    return mail.send_due(Consent.objects.select_related("subscription"), subscriptions.write_confirmation)


@shared_task
def compose_due_issues() -> int:
    """Compose the issues that are due and have them delivered; how many."""
    issues = composing.compose_due_issues()
    if issues:
        deliver.delay()
    return len(issues)


@shared_task
def deliver() -> int:
    """Send every delivery that waits; how many left. Any number of workers may do this at once."""
    return sending.send_due()
