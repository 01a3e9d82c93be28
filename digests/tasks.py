"""Work that digests hand to a worker. Each asks the database what is due, so any of them may run at any time."""

import imaplib
import logging

from celery import shared_task
from django.conf import settings

from digests import composing, reports, sending, subscriptions
from digests.models import Consent
from scn_portal.base import mail
from scn_portal.base.mail import errors

logger = logging.getLogger(__name__)


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


@shared_task
def read_bounces() -> int:
    """Read what mail servers report in the mailbox BOUNCES_URL; how many reports."""
    try:
        return reports.read_mailbox(settings.BOUNCES_URL).total()
    except (OSError, imaplib.IMAP4.error) as error:
        logger.warning("The mailbox of the bounces cannot be read: %s", errors.describe_error(error))
        return 0
