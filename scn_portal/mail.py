"""Every mail of the portal is written and sent here.

A mail is one text template, `templates/mail/<name>.txt`: its first line is the subject, the rest is Markdown. It is
sent as written for readers of plain text, and as HTML in the portal's letterhead for the others: one source, so the
two can never say different things. Mails that need a layout of their own bring `<name>.html` as well.

What people typed enters a template only through a filter of `{% load mail %}`, which makes it inert: `literal` for one
line, `quoted` for a quotation, `foreign` for the text of a package. A title that is not can put a heading of its own,
or a link to anywhere, under our letterhead.
"""

import datetime as dt
import logging
import re
import smtplib
import textwrap
from collections.abc import Callable, Sequence
from email.utils import formatdate, make_msgid
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.message import sanitize_address
from django.db import models, transaction
from django.template.loader import render_to_string, select_template
from django.utils import timezone
from django.utils.html import escape
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
        """Try again after 2, 4, 8… minutes, for some 17 hours; never, where the server refuses the address for good.

        For what is wrong with this row or its address alone. A server that is away is no failure of the row.
        """
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

    Nothing is sent. Without `to`, for a mail that goes to Bcc alone, it is addressed to the portal itself, which gets
    no copy.
    """
    with override(language):
        context = {"site_url": settings.SITE_URL, "language": language, "demo": settings.DEMO} | context
        rendered = typographic(render_to_string(f"mail/{name}.txt", context), language)
        first, _, rest = rendered.strip().partition("\n")
        subject = prose.to_plain(first).strip()
        text = f"{rest.strip()}\n\n{render_to_string('mail/_signature.txt', context).strip()}\n"
        context |= {"subject": subject, "body": prose.to_html(text)}
        html = select_template([f"mail/{name}.html", "mail/letter.html"]).render(context)
    defaults = {"Message-ID": message_id(), "Auto-Submitted": "auto-generated", "Content-Language": language}
    if not to:  # all in Bcc: a mail that names nobody looks like spam
        defaults["To"] = settings.DEFAULT_FROM_EMAIL
    mail = EmailMultiAlternatives(subject, prose.to_plain(text), to=to, headers=defaults | (headers or {}))
    mail.attach_alternative(css_inline.inline(html), "text/html")
    return mail


# What stands in a mail that is written once for many, in the place of what is a reader's own. Each looks like what it
# stands for, so a mail is composed with them as with any other.
BLANKS = {
    "address": "reader@blank.invalid",
    "unsubscribe": "https://blank.invalid/unsubscribe/",
    "preferences": "https://blank.invalid/preferences/",
    "message_id": "<message-id@blank.invalid>",
}
# A longer line would be encoded, blanks and all.
LONGEST_LINE = 900


class Filled(EmailMessage):
    """A mail whose bytes are ready. Any backend of Django's sends it."""

    def __init__(self, raw: bytes, to: str):
        super().__init__(to=[to])
        self.raw = raw

    def message(self) -> "Filled":
        return self

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        return self.raw


class Stencil:
    """A mail that is rendered once and sent to many: `fill` puts what is a reader's own in the place of its BLANKS.

    ValueError where the mail would be encoded in a way that hides them.
    """

    def __init__(self, mail: EmailMultiAlternatives):
        mail.body = _folded(str(mail.body))
        mail.alternatives = [part._replace(content=_folded(part.content)) for part in mail.alternatives]
        raw = mail.message().as_bytes(linesep="\r\n")
        raw = re.sub(rb"(?m)^Date: .*(?=\r$)", b"Date: " + _DATE, raw, count=1)
        head, html_part, html = raw.partition(b"Content-Type: text/html")
        if not html or _blanks(head) != set(BLANKS) or b"blank.invalid" in _BLANK.sub(b"", raw):
            raise ValueError("The blanks of this mail cannot be found again.")
        self._pieces = [(piece, False) for piece in _BLANK.split(head + html_part)]
        self._pieces += [(piece, True) for piece in _BLANK.split(html)]

    def fill(self, own: dict[str, str]) -> Filled:
        """The mail with `own` for its blanks: a value by the name of each of BLANKS."""
        to = sanitize_address(own["address"], "utf-8")
        plain = {_NAMES[name]: value.encode() for name, value in (own | {"address": to}).items()}
        plain[_DATE] = formatdate(localtime=False).encode()
        marked = plain | {_NAMES["address"]: escape(to).encode()}
        parts = ((marked if in_html else plain).get(piece, piece) for piece, in_html in self._pieces)
        return Filled(b"".join(parts), to)


_DATE = b"date.blank.invalid"
_NAMES = {name: blank.encode() for name, blank in BLANKS.items()}
_BLANK = re.compile(b"(" + b"|".join(re.escape(blank) for blank in [*_NAMES.values(), _DATE]) + b")")


def _blanks(raw: bytes) -> set[str]:
    found = set(_BLANK.findall(raw))
    return {name for name, blank in _NAMES.items() if blank in found}


def _folded(text: str) -> str:
    """`text` with its too long lines broken at a space, which changes nothing in prose and in HTML outside of <pre>.
    A word that is too long for a line is cut."""
    return "\n".join(part for line in text.split("\n") for part in _fitting(line))


def _fitting(line: str) -> list[str]:
    if len(line.encode()) <= LONGEST_LINE:
        return [line]
    width = LONGEST_LINE // 4  # a character has at most four bytes
    parts = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    return [
        cut for part in parts for cut in ([part] if len(part.encode()) <= LONGEST_LINE else textwrap.wrap(part, width))
    ]


def log_sent(name: str, message_id: str, language: str) -> None:
    """Say that a mail left: which one, never to whom or what it said."""
    logger.info("mail %s %s left, in %s", name, message_id, language)


class ServerAway(Exception):
    """The mail server cannot be reached, or takes nothing from us now: no fault of the mail it was given."""


def send_due(rows: models.QuerySet, write: Callable[[Any], list[EmailMultiAlternatives]]) -> int:
    """Send what `write` composes for each of `rows` (`Mailed`) that still waits; the number of mails sent.

    Each row stays locked while its mail is on the way, so two workers never send the same one, and is stamped and
    committed before the next. A row that fails waits its turn and does not hold up the others. When the server is
    away the run ends and all that is left stays due, however long it takes. One connection serves the whole call.

    A mail can go twice when a worker is killed between the server's acceptance and the commit, and, where a row owes
    several, when a later one of them fails.
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
                    with transaction.atomic():  # an error of the database must not cost us the row's lock
                        mails = write(row)
                    sent += hand_over(mails, connection)
                except ServerAway as away:
                    logger.warning("The mail server is away; the mails wait", exc_info=away)
                    row.mail_after = now  # behind the others, should it be this mail that the server breaks down on
                    row.save(update_fields=["mail_after"])
                    return sent
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


def hand_over(mails: Sequence[EmailMessage], connection: Any) -> int:
    """Give `mails` to the server; how many it took. ServerAway, or the error that is about these mails alone."""
    if not mails:
        return 0
    try:
        connection.open()
    except OSError as error:  # those of smtplib are OSErrors too
        raise ServerAway from error
    try:
        return connection.send_messages(mails) or 0
    except OSError as error:
        if _is_about_the_mail(error):
            raise
        raise ServerAway from error


def _is_about_the_mail(error: OSError) -> bool:
    """A refusal of a recipient or of the text. 421 is a server that is closing, whatever it was asked."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code != 421 for code, _reason in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code != 421
    # An address that asks for SMTPUTF8, of a server that has none.
    return isinstance(error, smtplib.SMTPNotSupportedError)
