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
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, cached_property
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core import signing
from django.core.cache import cache as shared_cache
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from psycopg import pq
from redis.exceptions import RedisError

from digests import providers, subscriptions
from digests.content import FRESH_SECONDS, Contents, Reading
from digests.models import Delivery, DeliveryQuerySet, Issue
from scn_portal.base import mail, markdown
from scn_portal.base.links import absolute_url
from scn_portal.base.mail import MAX_ATTEMPTS, bulk, errors

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

    @cached_property
    def settling(self) -> "Settling":
        return Settling()

    def close(self) -> None:
        if "settling" in self.__dict__:
            self.settling.close()

    def stencil(self, delivery: Delivery) -> "bulk.BulkTemplate | None":
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
            stencil = bulk.BulkTemplate(issue_mail(delivery.issue, told, reader.language))
        self.stencils[key] = (told, stencil)
        if len(self.stencils) > MOST_STENCILS:
            self.stencils.popitem(last=False)
        return stencil


def issue_mail(issue: Issue, told: Contents, language: str) -> EmailMultiAlternatives:
    """The mail of `issue`, with blanks for what is a reader's own."""
    unsubscribe = bulk.PLACEHOLDERS["unsubscribe"]
    context = {
        "issue": issue,
        "contents": told,
        "introduction_html": markdown.to_html(told.introduction.value, language=told.introduction.language),
        "address": bulk.PLACEHOLDERS["address"],
        "unsubscribe_link": unsubscribe,
        "preferences_link": bulk.PLACEHOLDERS["preferences"],
        "web_link": _web_link(issue, language),
    }
    headers = {
        "Message-ID": bulk.PLACEHOLDERS["message_id"],
        "List-Id": f"Strong Cities Network <newsletter.{urlsplit(settings.SITE_URL).hostname}>",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    } | providers.headers(settings.MAIL_PROVIDER, bulk.PLACEHOLDERS["message_id"])
    to = [bulk.PLACEHOLDERS["address"]]
    return mail.compose("digest", to=to, language=language, context=context, headers=headers)


def _web_link(issue: Issue, language: str) -> str:
    if issue.pk is None:  # a preview has no address
        return ""
    with override(language):
        return absolute_url(issue.get_absolute_url())


def filled(stencil: "bulk.BulkTemplate", delivery: Delivery) -> EmailMessage:
    """The mail of `delivery`, ready to leave."""
    reader = delivery.subscription
    own = {
        "address": reader.email,
        "unsubscribe": _signed("newsletter_unsubscribe", reader.UNSUBSCRIBE, reader),
        "preferences": _signed("newsletter_preferences", reader.PREFERENCES, reader),
        "message_id": delivery.message_id,
    }
    return stencil.fill(own)


def _signed(page: str, salt: str, reader) -> str:
    token = signing.dumps(reader.pk, salt=salt)
    return _address_of(page, reader.language, settings.SITE_URL).replace("TOKEN", token)


@cache
def _address_of(page: str, language: str, site: str) -> str:
    """Where `page` is for whoever holds TOKEN: to ask the map of the site twice a mail takes longer than to sign."""
    with override(language):
        return site + reverse(page, args=["TOKEN"])


def send_due() -> int:
    """Send every delivery that is due; how many left. Any number of senders may do this at once.

    One connection serves a batch. Where the mail server breaks down, the delivery in hand goes behind the others,
    should it be the cause; after the third in a row the run ends, and all that is left stays due.
    """
    sent = 0
    with closing(Run()) as run:
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
                left, checked = _still_ours(left), time.monotonic()
                continue
            delivery = left.popleft()
            try:
                sent += _send(delivery, run, server)
                breakdowns = 0
            except mail.ServerAway as away:
                logger.warning(
                    "The mail server broke down at delivery %s: %s", delivery.pk, errors.describe_error(away)
                )
                server.close()
                _put_behind(delivery, away, server)
                breakdowns += 1
                if breakdowns == MOST_BREAKDOWNS:
                    return sent, True
    finally:
        server.close()
        release(left)
        run.settling.end()
    return sent, False


def _put_behind(delivery: Delivery, away: mail.ServerAway, server) -> None:
    """Others go first. A server that hung up on this one and takes the next connection has it against this one."""
    hung_up = isinstance(away.__cause__, smtplib.SMTPServerDisconnected)
    try:
        alive = hung_up and server.open()
    except OSError:
        alive = False
    if alive:
        _note_failure(delivery, away)
    else:
        release([delivery], later=LAST_IN_LINE)


def _still_ours(left: Iterable[Delivery]) -> deque[Delivery]:
    """Those of `left` whose reader has not given them up since, and that nobody else has claimed: where a clock jumps,
    or this worker stood still, a claim is over before its holder knows."""
    pks = set(_claimed(left).values_list("pk", flat=True))
    return deque(each for each in left if each.pk in pks)


def _claimed(batch: Iterable[Delivery]) -> DeliveryQuerySet:
    """Those of `batch`, of one claim, that still wait under it."""
    batch = list(batch)
    until = batch[0].mail_after if batch else None
    return Delivery.objects.waiting().filter(pk__in=[each.pk for each in batch], mail_after=until)


def claim(most: int = BATCH) -> list[Delivery]:
    """The next deliveries to send, at most `most`: nobody else takes them before the claim ends.

    By the clock of the database, the only one that all senders share.
    """
    with transaction.atomic():
        due = Delivery.objects.due(Now()).select_for_update(skip_locked=True, of=("self",))
        batch = list(due.select_related("issue", "subscription").annotate(claimed_at=Now())[:most])
        for each in batch:
            each.mail_after = each.claimed_at + _claim_lasts()
        if batch:
            Delivery.objects.filter(pk__in=[each.pk for each in batch]).update(mail_after=batch[0].mail_after)
    return batch


def release(left: Iterable[Delivery], later: dt.timedelta = dt.timedelta(0)) -> None:
    """Give up the claim to `left`, none of which was sent: they are due again, `later` from now."""
    if left:
        _claimed(left).update(mail_after=Now() + later)


def _claim_lasts() -> dt.timedelta:
    return dt.timedelta(seconds=settings.DIGEST_CLAIM_SECONDS)


def _send(delivery: Delivery, run: Run, server) -> int:
    """1 when the mail has left, else 0. Raises ServerAway, and DatabaseError where the one before cannot be stamped."""
    try:
        stencil = run.stencil(delivery)
        ready = filled(stencil, delivery) if stencil else None
    except Exception as error:  # one bad row must not hold up the others
        return _failed(delivery, error, server)
    run.settling.end()
    if ready is None:
        run.settling.begin(delivery, Delivery.Outcome.EMPTY)
        return 0
    _wait_for_a_turn()
    try:
        mail.send_now([ready], server)
    except mail.ServerAway:
        raise
    except Exception as error:  # nor must one bad address
        return _failed(delivery, error, server)
    run.settling.begin(delivery, Delivery.Outcome.SENT)
    mail.log_sent("digest", delivery.message_id, delivery.subscription.language)
    return 1


def _failed(delivery: Delivery, error: Exception, server) -> int:
    logger.warning("Delivery %s: mail not sent: %s", delivery.pk, errors.describe_error(error))
    server.close()
    _note_failure(delivery, error)
    return 0


class Settling:
    """Stamps deliveries over a connection of its own, one statement each: `begin` sends it, `end` waits for the answer.
    The database works while the next mail is made ready, and that mail does not leave before.

    A commit does not wait for the disk: a worker that is killed loses nothing by that. A database whose machine loses
    power forgets the last half second; those mails then go twice, under the same Message-ID.
    """

    NAME = b"settle"
    # The reader has been told all that the issue tells.
    STATEMENT = b"""
        WITH settled AS (
            UPDATE digests_delivery SET outcome = $1, mailed_at = $2 WHERE id = $3 RETURNING subscription_id
        )
        UPDATE digests_subscription SET told_until = $4, refusals = CASE WHEN $1 = 'sent' THEN 0 ELSE refusals END
        FROM settled WHERE id = settled.subscription_id
    """

    def __init__(self) -> None:
        parameters = database.get_connection_params()
        self._connection = psycopg.connect(**parameters, options="-c synchronous_commit=off", autocommit=True)
        self._server = self._connection.pgconn
        self._begun = False
        _checked(self._server.prepare(self.NAME, self.STATEMENT))

    def begin(self, delivery: Delivery, outcome: str) -> None:
        """Stamp `delivery`; the one before is stamped once this returns."""
        self.end()
        now = timezone.now().isoformat() if outcome == Delivery.Outcome.SENT else None
        values = [outcome, now, str(delivery.pk), str(delivery.issue.items_until)]
        self._server.send_query_prepared(self.NAME, [None if value is None else value.encode() for value in values])
        self._begun = True

    def end(self) -> None:
        """Return once the last delivery is stamped. DatabaseError where it is not."""
        if self._begun:
            self._begun = False
            results = list(iter(self._server.get_result, None))
            if not results:
                raise DatabaseError("The database gave no answer.")
            for result in results:  # more than one where the connection is lost
                _checked(result)

    def close(self) -> None:
        self.end()
        self._connection.close()


def _checked(result) -> None:
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise DatabaseError(result.error_message.decode(errors="replace"))


def _note_failure(delivery: Delivery, error: Exception) -> None:
    """Try again after 2, 4, 8… minutes, for some 17 hours. A refusal for good settles the delivery and counts against
    the address where it was the address that was refused."""
    codes = errors.smtp_codes(error)
    for_good = bool(codes) and min(codes) >= 500
    attempts = min(delivery.mail_attempts + 1, MAX_ATTEMPTS)
    waiting = Delivery.objects.waiting().filter(pk=delivery.pk)
    if for_good or attempts == MAX_ATTEMPTS:
        waiting.update(mail_attempts=attempts, outcome=Delivery.Outcome.REFUSED)
    else:
        waiting.update(mail_attempts=attempts, mail_after=Now() + dt.timedelta(minutes=2**attempts))
    if for_good and isinstance(error, smtplib.SMTPRecipientsRefused):
        subscriptions.note_refusal(delivery.subscription)


def _wait_for_a_turn() -> None:
    """Return when one more mail may leave: all senders together keep to DIGEST_RATE mails a second."""
    rate = settings.DIGEST_RATE
    while rate:
        second = int(time.time())
        key = f"digest-rate:{second}"
        try:
            shared_cache.add(key, 0, timeout=5)
            if shared_cache.incr(key) <= rate:
                return
        except (RedisError, OSError, ValueError):  # without the shared count each sender keeps to the rate alone
            time.sleep(1 / rate)
            return
        time.sleep(max(0.0, second + 1 - time.time()))
