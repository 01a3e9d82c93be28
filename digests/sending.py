"""How a Delivery becomes a mail that has left, once.

Deliveries are claimed in batches: a claim moves `mail_after` to its own end, so other senders pass over it, and take it
up should the claimer die. Each is stamped and committed before the next is sent. A worker that is killed loses no mail,
and at most the one that was on its way goes twice, under the same Message-ID.

What an issue tells is read once for all who follow the same topics, and their mail is rendered once: only the address,
the links, the Message-ID and the date are a reader's own.
"""

import datetime as dt
import logging
import smtplib
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override
from redis.exceptions import RedisError

from digests import subscriptions
from digests.content import FRESH_SECONDS, Contents, Reading
from digests.models import Delivery, Issue
from scn_portal import mail, prose
from scn_portal.mail import MOST_ATTEMPTS

logger = logging.getLogger(__name__)

BATCH = 200
# A worker stops with its batch well before its claim ends: no mail is on its way when another takes over.
MARGIN = dt.timedelta(seconds=settings.EMAIL_TIMEOUT * 2)
MOST_STENCILS = 200
# Where the server broke down: others first, and not for ever.
LAST_IN_LINE = dt.timedelta(seconds=30)
MOST_BREAKDOWNS = 3


@dataclass
class Run:
    """What one run of the sender remembers."""

    reading: Reading = field(default_factory=Reading)
    stencils: OrderedDict = field(default_factory=OrderedDict)

    def stencil(self, delivery: Delivery) -> "mail.Stencil | None":
        """The mail of `delivery` with blanks for what is its reader's own; None where there is nothing for them."""
        reader = delivery.subscription
        told = self.reading.contents(
            delivery.issue, reader.language, since=reader.told_until, follows=tuple(reader.topics)
        )
        if not told:
            return None
        key = (delivery.issue_id, reader.told_until, reader.language, tuple(reader.topics))
        contents, stencil = self.stencils.pop(key, (None, None))
        if contents is not told:
            stencil = mail.Stencil(issue_mail(delivery.issue, told, reader.language))
        self.stencils[key] = (told, stencil)
        if len(self.stencils) > MOST_STENCILS:
            self.stencils.popitem(last=False)
        return stencil


def issue_mail(issue: Issue, told: Contents, language: str) -> EmailMultiAlternatives:
    """The mail of `issue`, with blanks for what is a reader's own."""
    unsubscribe = mail.BLANKS["unsubscribe"]
    context = {
        "issue": issue,
        "contents": told,
        "introduction_html": prose.to_html(told.introduction.value, language=told.introduction.language),
        "address": mail.BLANKS["address"],
        "unsubscribe_link": unsubscribe,
        "preferences_link": mail.BLANKS["preferences"],
        "web_link": _web_link(issue, language),
    }
    headers = {
        "Message-ID": mail.BLANKS["message_id"],
        "List-Id": f"Strong Cities Network <newsletter.{urlsplit(settings.SITE_URL).hostname}>",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    to = [mail.BLANKS["address"]]
    return mail.compose("digest", to=to, language=language, context=context, headers=headers)


def _web_link(issue: Issue, language: str) -> str:
    if issue.pk is None:  # a preview has no address
        return ""
    with override(language):
        return mail.absolute(issue.get_absolute_url())


def filled(stencil: "mail.Stencil", delivery: Delivery) -> EmailMessage:
    """The mail of `delivery`, ready to leave."""
    reader = delivery.subscription
    with override(reader.language):
        own = {
            "address": reader.email,
            "unsubscribe": mail.absolute(reader.get_unsubscribe_path()),
            "preferences": mail.absolute(reader.get_preferences_path()),
            "message_id": delivery.message_id,
        }
    return stencil.fill(own)


def send_due() -> int:
    """Send every delivery that is due; how many left. Any number of senders may do this at once.

    One connection serves a batch. Where the mail server breaks down, the delivery in hand goes behind the others,
    should it be the cause; after the third in a row the run ends, and all that is left stays due.
    """
    run, sent = Run(), 0
    while batch := claim():
        sent_now, away = _send_batch(batch, run)
        sent += sent_now
        if away:
            break
    return sent


def _send_batch(batch: list[Delivery], run: Run) -> tuple[int, bool]:
    """How many of a claimed `batch` left, and whether the mail server is away."""
    sent, breakdowns = 0, 0
    checked = time.monotonic()
    ends = checked + (_claim_lasts() - min(MARGIN, _claim_lasts() / 2)).total_seconds()
    left = deque(batch)
    server = get_connection()
    try:
        while left and time.monotonic() < ends:
            if time.monotonic() - checked > FRESH_SECONDS:
                left, checked = _still_wanted(left), time.monotonic()
                continue
            delivery = left.popleft()
            try:
                sent += _send(delivery, run, server)
                breakdowns = 0
            except mail.ServerAway as away:
                logger.warning("The mail server broke down at delivery %s", delivery.pk, exc_info=away)
                server.close()
                release([delivery], later=LAST_IN_LINE)
                breakdowns += 1
                if breakdowns == MOST_BREAKDOWNS:
                    return sent, True
    finally:
        server.close()
        release(left)
    return sent, False


def _still_wanted(left: Iterable[Delivery]) -> deque[Delivery]:
    """Those of `left` whose reader has not given them up since they were claimed."""
    waiting = Delivery.objects.waiting().filter(pk__in=[each.pk for each in left])
    pks = set(waiting.values_list("pk", flat=True))
    return deque(each for each in left if each.pk in pks)


def claim(most: int = BATCH) -> list[Delivery]:
    """The next deliveries to send, at most `most`: nobody else takes them before the claim ends."""
    with transaction.atomic():
        now = timezone.now()
        due = Delivery.objects.due(now).select_for_update(skip_locked=True, of=("self",))
        batch = list(due.select_related("issue", "subscription")[:most])
        Delivery.objects.filter(pk__in=[each.pk for each in batch]).update(mail_after=now + _claim_lasts())
    return batch


def release(left: Iterable[Delivery], later: dt.timedelta = dt.timedelta(0)) -> None:
    """Give up the claim to `left`, none of which was sent: they are due again, `later` from now."""
    if pks := [each.pk for each in left]:
        Delivery.objects.waiting().filter(pk__in=pks).update(mail_after=timezone.now() + later)


def _claim_lasts() -> dt.timedelta:
    return dt.timedelta(seconds=settings.DIGEST_CLAIM_SECONDS)


def _send(delivery: Delivery, run: Run, server) -> int:
    """1 when the mail has left, else 0. Raises ServerAway."""
    try:
        stencil = run.stencil(delivery)
        if stencil is None:
            _settle(delivery, Delivery.Outcome.EMPTY)
            return 0
        ready = filled(stencil, delivery)
        _wait_for_a_turn()
        mail.hand_over([ready], server)
    except mail.ServerAway:
        raise
    except Exception as error:  # one bad row or address must not hold up the others
        logger.warning("Delivery %s: mail not sent", delivery.pk, exc_info=error)
        server.close()
        _note_failure(delivery, error)
        return 0
    _settle(delivery, Delivery.Outcome.SENT)
    mail.log_sent("digest", delivery.message_id, delivery.subscription.language)
    return 1


def _settle(delivery: Delivery, outcome: str) -> None:
    """The reader has been told all that the issue tells. One statement: the next mail waits for it."""
    sent = outcome == Delivery.Outcome.SENT
    with database.cursor() as cursor:
        cursor.execute(
            """
            WITH settled AS (
                UPDATE digests_delivery SET outcome = %s, mailed_at = %s WHERE id = %s RETURNING subscription_id
            )
            UPDATE digests_subscription SET told_until = %s, refusals = CASE WHEN %s THEN 0 ELSE refusals END
            FROM settled WHERE id = settled.subscription_id
            """,
            [outcome, timezone.now() if sent else None, delivery.pk, delivery.issue.items_until, sent],
        )


def _note_failure(delivery: Delivery, error: Exception) -> None:
    """Try again after 2, 4, 8… minutes, for some 17 hours. A refusal for good settles the delivery and counts against
    the address where it was the address that was refused."""
    codes = _codes(error)
    for_good = bool(codes) and min(codes) >= 500
    delivery.mail_attempts = min(delivery.mail_attempts + 1, MOST_ATTEMPTS)
    delivery.mail_after = timezone.now() + dt.timedelta(minutes=2**delivery.mail_attempts)
    if for_good or delivery.mail_attempts == MOST_ATTEMPTS:
        delivery.outcome = Delivery.Outcome.REFUSED
    delivery.save(update_fields=["mail_attempts", "mail_after", "outcome"])
    if for_good and isinstance(error, smtplib.SMTPRecipientsRefused):
        subscriptions.note_refusal(delivery.subscription)


def _codes(error: Exception) -> list[int]:
    """What the server said no with."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _reason in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _wait_for_a_turn() -> None:
    """Return when one more mail may leave: all senders together keep to DIGEST_RATE mails a second."""
    rate = settings.DIGEST_RATE
    while rate:
        second = int(time.time())
        key = f"digest-rate:{second}"
        try:
            cache.add(key, 0, timeout=5)
            if cache.incr(key) <= rate:
                return
        except (RedisError, OSError, ValueError):  # without the shared count each sender keeps to the rate alone
            time.sleep(1 / rate)
            return
        time.sleep(max(0.0, second + 1 - time.time()))
