"""Bounces and complaints on mails of the newsletter.

They come from a mail provider (`webhooks`) or from mail servers (`reports`, `mailbox`), and all pass `record_bounce`.
It believes only the Message-ID of one of our deliveries, which only the recipients of that mail know. An address named
in a report is ignored.
"""

import logging
from enum import StrEnum

from digests import subscriptions
from digests.models import Delivery

logger = logging.getLogger(__name__)


class BounceKind(StrEnum):
    HARD = "hard bounce"
    SOFT = "soft bounce"
    COMPLAINT = "complaint"


def record_bounce(message_id: str, kind: BounceKind) -> bool:
    """Suspend the address after a hard bounce, end the subscription after a complaint; log a soft bounce.

    Repeated, it changes nothing; nor does it for a reader who has confirmed the newsletter since that mail. Returns
    False for a Message-ID that is not of the newsletter.
    """
    message_id = message_id.strip()
    deliveries = Delivery.objects.select_related("issue", "subscription")
    delivery = deliveries.filter(message_id=message_id).first() if message_id.isprintable() else None
    if delivery is None:
        logger.info("A %s on a mail that is not of the newsletter", kind)
        return False
    logger.info("A %s on delivery %s", kind, delivery.pk)
    if not _confirmed_since(delivery):
        if kind == BounceKind.HARD:
            subscriptions.suspend(delivery.subscription)
        elif kind == BounceKind.COMPLAINT:
            subscriptions.unsubscribe(delivery.subscription)
    return True


def _confirmed_since(delivery: Delivery) -> bool:
    mailed_at = delivery.mailed_at or delivery.issue.created_at
    confirmed_at = delivery.subscription.confirmed_at
    return confirmed_at is not None and mailed_at < confirmed_at
