"""Rows that wait to be mailed, and sending them."""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable, Sequence
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import models, transaction
from django.utils import timezone

from scn_portal.base.mail.bulk import RenderedMail
from scn_portal.base.mail.errors import ServerAway, describe_error, is_about_the_mail

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10


class QueuedMail(models.Model):
    """A row that owes somebody one mail: it waits in the database, so no mail is lost with a broker or a worker."""

    mailed_at = models.DateTimeField(null=True, editable=False)
    mail_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    mail_after = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def clear_payload(self) -> list[str]:
        """Blank what was kept for the mail alone: it has left, or never will. The names of the fields."""
        return []

    def record_sent(self, moment: dt.datetime) -> None:
        """What was owed has left."""
        self.mailed_at = moment
        self.save(update_fields=["mailed_at", *self.clear_payload()])

    def record_failure(self, error: Exception) -> None:
        """Try again after 2, 4, 8… minutes, for some 17 hours; never, where the server refuses the address for good.

        For what is wrong with this row or its address alone. A server that is away is no failure of the row.
        """
        for_good = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
            code >= 500 for code, _reason in error.recipients.values()
        )
        self.mail_attempts = MAX_ATTEMPTS if for_good else self.mail_attempts + 1
        self.mail_after = timezone.now() + dt.timedelta(minutes=2**self.mail_attempts)
        blanked = self.clear_payload() if self.mail_attempts >= MAX_ATTEMPTS else []
        self.save(update_fields=["mail_attempts", "mail_after", *blanked])


def log_sent(name: str, message_id: str, language: str) -> None:
    """Say that a mail left: which one, never to whom or what it said."""
    logger.info("mail %s %s left, in %s", name, message_id, language)


def send_due(rows: models.QuerySet, write: Callable[[Any], list[EmailMultiAlternatives]]) -> int:
    """Send what `write` composes for each of `rows` (`QueuedMail`) that still waits; the number of mails sent.

    Each row stays locked while its mail is on the way, so two workers never send the same one, and is stamped and
    committed before the next. A row that fails waits its turn and does not hold up the others. When the server is
    away the run ends and all that is left stays due, however long it takes. One connection serves the whole call.

    A mail can go twice when a worker is killed between the server's acceptance and the commit, and, where a row owes
    several, when a later one of them fails.
    """
    sent, tried = 0, []
    connection = get_connection()
    waiting = rows.filter(mailed_at=None, mail_attempts__lt=MAX_ATTEMPTS).order_by("mail_after", "pk")
    try:
        while True:
            with transaction.atomic():
                now = timezone.now()
                due = waiting.filter(mail_after__lte=now).exclude(pk__in=tried)
                row = due.select_for_update(skip_locked=True, of=("self",)).first()
                if row is None:
                    return sent
                try:
                    with transaction.atomic():  # an error of the database must not cost us the row's lock
                        mails = write(row)
                    sent += send_now(mails, connection)
                except ServerAway as away:
                    logger.warning("The mail server is away; the mails wait: %s", describe_error(away))
                    row.mail_after = now  # behind the others, should it be this mail that the server breaks down on
                    row.save(update_fields=["mail_after"])
                    return sent
                except Exception as error:  # one bad row or address must not hold up the others
                    logger.warning("%s %s: mail not sent: %s", type(row).__name__, row.pk, describe_error(error))
                    tried.append(row.pk)
                    row.record_failure(error)
                    connection.close()
                    continue
                row.record_sent(now)
            for each in mails:
                log_sent(each.name, each.extra_headers["Message-ID"], each.extra_headers["Content-Language"])
    finally:
        connection.close()


def send_now(mails: Sequence[EmailMessage], connection: Any) -> int:
    """Give `mails` to the server; how many it took. ServerAway, or the error that is about these mails alone."""
    if not mails:
        return 0
    try:
        connection.open()
    except OSError as error:  # those of smtplib are OSErrors too
        raise ServerAway from error
    try:
        return _send(mails, connection)
    except OSError as error:
        if is_about_the_mail(error):
            raise
        raise ServerAway from error


def _send(mails: Sequence[EmailMessage], connection: Any) -> int:
    """What `connection.send_messages` does; for mails that are ready, without its preparations."""
    server, ready = getattr(connection, "connection", None), [each for each in mails if isinstance(each, RenderedMail)]
    if not isinstance(server, smtplib.SMTP) or len(ready) < len(mails):
        return connection.send_messages(mails) or 0
    for each in ready:
        each.leave(server)
    return len(ready)
