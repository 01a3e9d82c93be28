"""Every mail of the portal is written and sent here.

A mail is one text template, `templates/mail/<name>.txt`: its first line is the subject, the rest is Markdown. It is
sent as written for readers of plain text, and as HTML in the portal's letterhead for the others: one source, so the
two can never say different things. Mails that need a layout of their own bring `<name>.html` as well.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import models, transaction
from django.template.loader import render_to_string, select_template
from django.utils import timezone
from django.utils.translation import override

from scn_portal import prose
from scn_portal.languages import typographic

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 10


class Mailed(models.Model):
    """A row that owes somebody one mail: it waits in the database, so no mail is lost with a broker or a worker."""

    mailed_at = models.DateTimeField(null=True, editable=False)
    mail_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    mail_after = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def note_failure(self, error: Exception) -> None:
        """Try again after 2, 4, 8… minutes, for some 17 hours; never, where the server refuses the address for good."""
        for_good = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
            code >= 500 for code, _reason in error.recipients.values()
        )
        self.mail_attempts = MOST_ATTEMPTS if for_good else self.mail_attempts + 1
        self.mail_after = timezone.now() + dt.timedelta(minutes=2**self.mail_attempts)
        self.save(update_fields=["mail_attempts", "mail_after"])


def absolute(path: str) -> str:
    """The full address of a page of the portal, for readers outside it."""
    return f"{settings.SITE_URL}{path}"


def message_id() -> str:
    """A new Message-ID under the portal's own host name."""
    return make_msgid(domain=urlsplit(settings.SITE_URL).hostname)


def compose(
    name: str, *, to: list[str], language: str, context: dict, headers: dict[str, str] | None = None
) -> EmailMultiAlternatives:
    """The mail `name` for `to`, wholly in `language`, with a Message-ID of its own unless `headers` give one.

    Nothing is sent.
    """
    with override(language):
        context = {"site_url": settings.SITE_URL, "language": language, "demo": settings.DEMO} | context
        rendered = typographic(render_to_string(f"mail/{name}.txt", context), language)
        # What people typed may hold carriage returns, which no header takes.
        subject, _, text = rendered.replace("\r\n", "\n").replace("\r", " ").strip().partition("\n")
        text = f"{text.strip()}\n\n{render_to_string('mail/_signature.txt', context).strip()}\n"
        context |= {"subject": subject.strip(), "body": prose.to_html(text)}
        html = select_template([f"mail/{name}.html", "mail/letter.html"]).render(context)
    defaults = {"Message-ID": message_id(), "Auto-Submitted": "auto-generated", "Content-Language": language}
    mail = EmailMultiAlternatives(subject.strip(), text, to=to, headers=defaults | (headers or {}))
    mail.attach_alternative(css_inline.inline(html), "text/html")
    return mail


def send_due(rows: models.QuerySet, write: Callable[[Any], list[EmailMultiAlternatives]]) -> int:
    """Send what `write` composes for each of `rows` (`Mailed`) that still waits; the number of mails sent.

    Each row stays locked while its mail is on the way, so two workers never send the same one, and is stamped and
    committed before the next: a worker killed between the server's acceptance and the commit is the only way a mail
    can go twice. A row that fails waits its turn and does not hold up the others. A row may owe several mails, or
    none at all. One connection serves the whole call.
    """
    sent, tried = 0, []
    connection = get_connection()
    waiting = rows.filter(mailed_at=None, mail_attempts__lt=MOST_ATTEMPTS).order_by("mail_after", "pk")
    try:
        while True:
            with transaction.atomic():
                now = timezone.now()
                due = waiting.filter(mail_after__lte=now).exclude(pk__in=tried)
                row = due.select_for_update(skip_locked=True, of=("self",)).first()
                if row is None:
                    return sent
                try:
                    if mails := write(row):
                        connection.open()
                        sent += connection.send_messages(mails) or 0
                except Exception as error:  # one bad row or address must not hold up the others
                    logger.warning("%s %s: mail not sent", type(row).__name__, row.pk, exc_info=error)
                    tried.append(row.pk)
                    row.note_failure(error)
                    connection.close()
                    continue
                row.mailed_at = now
                row.save(update_fields=["mailed_at"])
    finally:
        connection.close()
