"""What comes back on mails of the newsletter: the address does not exist, or its reader calls it spam.

The one door, whoever tells: a mail provider (`digests.providers`) or a mail server (`digests.reports`). What they tell
is believed for a Message-ID that we gave to a delivery, which nobody knows but whoever got that mail; an address that
they name counts for nothing.
"""

import logging
from enum import StrEnum

from digests import subscriptions
from digests.models import Delivery

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """What became of a mail."""

    HARD = "hard bounce"
    SOFT = "soft bounce"
    COMPLAINT = "complaint"


def note(message_id: str, kind: Kind) -> bool:
    """Suspend the address after a hard bounce, end the newsletter after a complaint; a soft bounce is only logged.

    Told again: nothing changes, nor for a reader who has asked for the newsletter again since that mail. True where
    the mail was one of ours.
    """
    message_id = message_id.strip()
    deliveries = Delivery.objects.select_related("issue", "subscription")
    delivery = deliveries.filter(message_id=message_id).first() if message_id.isprintable() else None
    if delivery is None:
        logger.info("A %s on a mail that is not of the newsletter", kind)
        return False
    logger.info("A %s on delivery %s", kind, delivery.pk)
    if not _is_overtaken(delivery):
        if kind == Kind.HARD:
            subscriptions.suspend(delivery.subscription)
        elif kind == Kind.COMPLAINT:
            subscriptions.unsubscribe(delivery.subscription)
    return True


def _is_overtaken(delivery: Delivery) -> bool:
    """Its reader has confirmed the newsletter since: mail arrives, and is wanted."""
    left = delivery.mailed_at or delivery.issue.created_at
    confirmed = delivery.subscription.confirmed_at
    return confirmed is not None and left < confirmed
