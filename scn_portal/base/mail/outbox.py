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
    """A row with a mail to send. It waits in the database, so that no mail is lost with a broker or a worker."""

    mailed_at = models.DateTimeField(null=True, editable=False)
    mail_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    mail_after = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def clear_payload(self) -> list[str]:
        """Blank the fields that are kept only for the mail, once it is sent or given up. Returns their names."""
        return []

    def record_sent(self, moment: dt.datetime) -> None:
        self.mailed_at = moment
        self.save(update_fields=["mailed_at", *self.clear_payload()])

    def record_failure(self, error: Exception) -> None:
        """Try again after 2, 4, 8… minutes, for about 17 hours; never if the server refuses the address permanently.

        This is for errors of this row or its address; a server that is away is not a failure of the row.
        """
        is_permanent = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
            code >= 500 for code, _reason in error.recipients.values()
        )
        self.mail_attempts = MAX_ATTEMPTS if is_permanent else self.mail_attempts + 1
        self.mail_after = timezone.now() + dt.timedelta(minutes=2**self.mail_attempts)
        blank_fields = self.clear_payload() if self.mail_attempts >= MAX_ATTEMPTS else []
        self.save(update_fields=["mail_attempts", "mail_after", *blank_fields])


def log_sent(name: str, message_id: str, language: str) -> None:
    """Log that a mail was sent: its template, Message-ID and language, but never its address or text."""
    logger.info("mail %s %s left, in %s", name, message_id, language)


def send_due(rows: models.QuerySet, write: Callable[[Any], list[EmailMultiAlternatives]]) -> int:
    """Send the mails that `write` composes for each of `rows` (`QueuedMail`) that is due. Returns how many were sent.

    Each row stays locked while its mail is being sent, so two workers never send the same one, and it is stamped and
    committed before the next. A row that fails is tried again later and does not hold up the others. If the server is
    away, the run ends and the remaining rows stay due. One connection serves the whole call.

    A mail can be sent twice if a worker is killed between the server's acceptance and the commit, or, if a row has
    several mails, if a later one of them fails.
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
                    with transaction.atomic():  # an error of the database must not release the lock of the row
                        mails = write(row)
                    sent += send_now(mails, connection)
                except ServerAway as away:
                    logger.warning("The mail server is away; the mails wait: %s", describe_error(away))
                    row.mail_after = now  # behind the others, in case the server breaks down because of this mail
                    row.save(update_fields=["mail_after"])
                    return sent
                except Exception as error:  # one bad row or address must not hold up the others
                    logger.warning("%s %s: mail not sent: %s", type(row).__name__, row.pk, describe_error(error))
                    tried.append(row.pk)
                    row.record_failure(error)
                    connection.close()
                    continue
                row.record_sent(now)
            for message in mails:
                log_sent(message.name, message.extra_headers["Message-ID"], message.extra_headers["Content-Language"])
    finally:
        connection.close()


def send_now(mails: Sequence[EmailMessage], connection: Any) -> int:
    """Pass `mails` to the server. Returns how many it accepted. Raises ServerAway, or an error about one of them."""
    if not mails:
        return 0
    try:
        connection.open()
    except OSError as error:  # errors of smtplib are OSErrors too
        raise ServerAway from error
    try:
        return _send(mails, connection)
    except OSError as error:
        if is_about_the_mail(error):
            raise
        raise ServerAway from error


def _send(mails: Sequence[EmailMessage], connection: Any) -> int:
    """Like `connection.send_messages`, but without its preparations for mails that are already rendered."""
    server, rendered = (
        getattr(connection, "connection", None),
        [mail for mail in mails if isinstance(mail, RenderedMail)],
    )
    if not isinstance(server, smtplib.SMTP) or len(rendered) < len(mails):
        return connection.send_messages(mails) or 0
    for message in rendered:
        message.transmit(server)
    return len(rendered)
