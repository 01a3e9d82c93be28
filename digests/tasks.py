"""Background work of the newsletter. Each task asks the database what is due, so any of them may run at any time."""

import imaplib
import logging

from celery import shared_task
from django.conf import settings

from digests import subscriptions, tallies
from digests.bounces.mailbox import read_mailbox
from digests.delivery import send
from digests.issues import compose
from digests.models import Consent
from scn_portal.base import mail
from scn_portal.base.mail import errors

logger = logging.getLogger(__name__)


@shared_task
def send_confirmations() -> int:
    """Answer all requests for the newsletter that wait. Returns how many mails were sent."""
    return mail.send_due(Consent.objects.select_related("subscription"), subscriptions.render_confirmation)


@shared_task
def forget_unconfirmed() -> int:
    """Delete the requests for the newsletter that nobody confirmed within a month. Returns how many."""
    return subscriptions.forget_unconfirmed()


@shared_task
def collect_news() -> None:
    """Collect what is new for the next issues, for the desk of the newsletter."""
    compose.collect_news()


@shared_task
def compose_due_issues() -> int:
    """Compose the issues that are due and start their delivery. Returns how many."""
    issues = compose.compose_due_issues()
    if issues:
        deliver.delay()
    return len(issues)


@shared_task
def deliver() -> int:
    """Send all deliveries that are due. Returns how many mails were sent. Several workers may do this at once."""
    return send.send_due()


@shared_task
def count_deliveries() -> None:
    """Count readers and deliveries for the desk of the newsletter."""
    tallies.refresh()


@shared_task
def forget_old_deliveries() -> int:
    """Delete the deliveries of old issues. Returns how many."""
    return tallies.forget_old_deliveries()


@shared_task
def read_bounces() -> int:
    """Process the reports of mail servers in the mailbox BOUNCES_URL. Returns how many."""
    try:
        return read_mailbox(settings.BOUNCES_URL).total()
    except (OSError, imaplib.IMAP4.error) as error:
        logger.warning("The mailbox of the bounces cannot be read: %s", errors.describe_error(error))
        return 0
