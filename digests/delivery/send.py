"""Sending each delivery once.

Deliveries are claimed in batches: a claim moves `mail_after` to its own end. Until then other senders skip them; after
that they take them, in case this sender has died. Each is stamped and committed before the next is sent. A worker that
is killed loses no mail, and at most the mail that was on its way is sent twice, with the same Message-ID.
"""

import datetime as dt
import logging
import smtplib
import time
from collections import deque
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import get_connection
from django.db import transaction
from django.db.models.functions import Now

from digests import subscriptions
from digests.delivery.rate import wait_for_turn
from digests.delivery.rendering import CACHE_SECONDS, TemplateCache
from digests.delivery.stamps import DeliveryStamper
from digests.models import Delivery, DeliveryQuerySet, Outcome
from scn_portal.base import mail
from scn_portal.base.mail import MAX_ATTEMPTS, errors

logger = logging.getLogger(__name__)

BATCH = 200
# A worker stops well before its claim ends, so that no mail is on its way when another worker takes over.
MARGIN = dt.timedelta(seconds=settings.EMAIL_TIMEOUT * 2)
# The time for which the other deliveries go first, after a breakdown of the server.
RETRY_AFTER = dt.timedelta(seconds=30)
MAX_BREAKDOWNS = 3


def send_due() -> int:
    """Send all deliveries that are due. Returns how many were sent. Any number of senders may do this at once.

    A delivery at which the mail server breaks down goes behind the others, since it may be the cause. After the third
    breakdown in a row the run ends, and the remaining deliveries stay due.
    """
    sent, templates = 0, TemplateCache()
    with DeliveryStamper() as stamper:
        while batch := claim():
            sent_now, is_away = _send_batch(batch, templates, stamper)
            sent += sent_now
            if is_away:
                break
    return sent


def _send_batch(batch: list[Delivery], templates: TemplateCache, stamper: DeliveryStamper) -> tuple[int, bool]:
    """Send a claimed `batch` over one connection. Returns how many were sent, and whether the mail server is away."""
    sent, breakdowns = 0, 0
    checked_at = time.monotonic()
    stop_at = checked_at + (_claim_length() - min(MARGIN, _claim_length() / 2)).total_seconds()
    remaining = deque(batch)
    server = get_connection()
    try:
        while remaining and time.monotonic() < stop_at:
            if time.monotonic() - checked_at > CACHE_SECONDS:
                remaining, checked_at = _still_claimed(remaining), time.monotonic()
                continue
            delivery = remaining.popleft()
            try:
                sent += _send(delivery, templates, stamper, server)
                breakdowns = 0
            except mail.ServerAway as error:
                description = errors.describe_error(error)
                logger.warning("The mail server broke down at delivery %s: %s", delivery.pk, description)
                server.close()
                _postpone(delivery, error, server)
                breakdowns += 1
                if breakdowns == MAX_BREAKDOWNS:
                    return sent, True
    finally:
        server.close()
        release(remaining)
    return sent, False


def _send(delivery: Delivery, templates: TemplateCache, stamper: DeliveryStamper, server) -> int:
    """1 if the mail was sent, else 0. Raises ServerAway, and psycopg.Error if the delivery cannot be stamped."""
    try:
        message = templates.render(delivery)
        if message and wait_for_turn():  # meanwhile the reader may have left, or the text may have been taken down
            if not _still_claimed([delivery]):
                return 0
            message = templates.render(delivery)
    except Exception as error:  # one bad row must not hold up the others
        return _fail(delivery, error, server)
    if message is None:
        stamper.stamp(delivery, Outcome.EMPTY)
        return 0
    try:
        mail.send_now([message], server)
    except mail.ServerAway:
        raise
    except Exception as error:  # one bad address must not hold them up either
        return _fail(delivery, error, server)
    stamper.stamp(delivery, Outcome.SENT)
    mail.log_sent("digest", delivery.message_id, delivery.subscription.language)
    return 1


def _fail(delivery: Delivery, error: Exception, server) -> int:
    logger.warning("Delivery %s: mail not sent: %s", delivery.pk, errors.describe_error(error))
    server.close()
    _record_failure(delivery, error)
    return 0


def _postpone(delivery: Delivery, error: mail.ServerAway, server) -> None:
    """Send the others first. A server that hung up and takes the next connection has refused this delivery."""
    hung_up = isinstance(error.__cause__, smtplib.SMTPServerDisconnected)
    try:
        is_alive = hung_up and server.open()
    except OSError:
        is_alive = False
    if is_alive:
        _record_failure(delivery, error)
    else:
        release([delivery], after=RETRY_AFTER)


def _record_failure(delivery: Delivery, error: Exception) -> None:
    """Try again after 2, 4, 8… minutes, for about 17 hours. A permanent refusal ends the delivery; if the address was
    refused, this counts against it."""
    codes = errors.smtp_codes(error)
    is_permanent = bool(codes) and min(codes) >= 500
    attempts = min(delivery.mail_attempts + 1, MAX_ATTEMPTS)
    waiting = Delivery.objects.waiting().filter(pk=delivery.pk)
    if is_permanent or attempts == MAX_ATTEMPTS:
        waiting.update(mail_attempts=attempts, outcome=Outcome.REFUSED)
    else:
        waiting.update(mail_attempts=attempts, mail_after=Now() + dt.timedelta(minutes=2**attempts))
    if is_permanent and isinstance(error, smtplib.SMTPRecipientsRefused):
        subscriptions.record_refusal(delivery.subscription)


# --- Claims ----------------------------------------------------------------------------------------------------------


def claim(limit: int = BATCH) -> list[Delivery]:
    """The next deliveries to send, at most `limit`. No other sender takes them before the claim ends."""
    with transaction.atomic():
        # By the clock of the database, the only one that all senders share.
        due = Delivery.objects.due(Now()).select_for_update(skip_locked=True, of=("self",))
        batch = list(due.select_related("issue", "subscription").annotate(claimed_at=Now())[:limit])
        for delivery in batch:
            delivery.mail_after = delivery.claimed_at + _claim_length()
        if batch:
            pks = [delivery.pk for delivery in batch]
            Delivery.objects.filter(pk__in=pks).update(mail_after=batch[0].mail_after)
    return batch


def release(deliveries: Iterable[Delivery], after: dt.timedelta = dt.timedelta(0)) -> None:
    """Give up the claim to `deliveries`, none of which was sent. They are due again `after` this time."""
    if deliveries:
        _claimed(deliveries).update(mail_after=Now() + after)


def _still_claimed(deliveries: Iterable[Delivery]) -> deque[Delivery]:
    """`deliveries` without those whose reader has left or that another sender has claimed. If the clock jumps or this
    worker is paused, a claim can end unnoticed."""
    pks = set(_claimed(deliveries).values_list("pk", flat=True))
    return deque(delivery for delivery in deliveries if delivery.pk in pks)


def _claimed(deliveries: Iterable[Delivery]) -> DeliveryQuerySet:
    """The `deliveries`, all of one claim, that still wait under this claim."""
    deliveries = list(deliveries)
    until = deliveries[0].mail_after if deliveries else None
    return Delivery.objects.waiting().filter(pk__in=[delivery.pk for delivery in deliveries], mail_after=until)


def _claim_length() -> dt.timedelta:
    return dt.timedelta(seconds=settings.DIGEST_CLAIM_SECONDS)
