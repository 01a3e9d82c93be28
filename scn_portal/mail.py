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
import traceback
from collections.abc import Callable, Sequence
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
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

    def let_go(self) -> list[str]:
        """Blank what was kept for the mail alone: it has left, or never will. The names of the fields."""
        return []

    def note_sent(self, moment: dt.datetime) -> None:
        """What was owed has left."""
        self.mailed_at = moment
        self.save(update_fields=["mailed_at", *self.let_go()])

    def note_failure(self, error: Exception) -> None:
        """Try again after 2, 4, 8… minutes, for some 17 hours; never, where the server refuses the address for good.

        For what is wrong with this row or its address alone. A server that is away is no failure of the row.
        """
        for_good = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
            code >= 500 for code, _reason in error.recipients.values()
        )
        self.mail_attempts = MOST_ATTEMPTS if for_good else self.mail_attempts + 1
        self.mail_after = timezone.now() + dt.timedelta(minutes=2**self.mail_attempts)
        blanked = self.let_go() if self.mail_attempts >= MOST_ATTEMPTS else []
        self.save(update_fields=["mail_attempts", "mail_after", *blanked])


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
    mail.name = name
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
    """A mail whose bytes and envelope are ready. Any backend of Django's sends it; `leave` does in half the time.

    `dotted` is the mail as it goes over the wire: a line that begins with a dot has two.
    """

    def __init__(self, dotted: bytes, sender: str, to: str):
        super().__init__(from_email=sender, to=[to])
        self.dotted = dotted

    def message(self) -> "Filled":
        return self

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        return re.sub(rb"(?m)^\.\.", b".", self.dotted)

    def leave(self, server: smtplib.SMTP) -> None:
        """`server.sendmail`, without its search of every mail for dots, and asking all that comes before the text in
        one go where the server takes that (RFC 2920). After an error `server` is to be closed."""
        server.ehlo_or_helo_if_needed()
        (to,) = self.to
        (mailed, addressed, opened) = _asked(server, f"MAIL FROM:<{self.from_email}>", f"RCPT TO:<{to}>", "DATA")
        if opened[0] == 354:
            # To nobody where the envelope was refused: whoever has said DATA must end it.
            server.send(self.dotted + b".\r\n" if mailed[0] == 250 and addressed[0] in (250, 251) else b".\r\n")
            opened = server.getreply()
        if mailed[0] != 250:
            raise smtplib.SMTPSenderRefused(*mailed, self.from_email)
        if addressed[0] not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({to: addressed})
        if opened[0] != 250:
            raise smtplib.SMTPDataError(*opened)


def _asked(server: smtplib.SMTP, *commands: str) -> list[tuple[int, bytes]]:
    """What `server` answers to `commands`. Where it takes one at a time, none is asked after a refusal."""
    if server.has_extn("pipelining"):
        server.send("".join(f"{command}\r\n" for command in commands))
        return [server.getreply() for _command in commands]
    replies: list[tuple[int, bytes]] = []
    for command in commands:
        refused = bool(replies) and replies[-1][0] >= 400
        replies.append(replies[-1] if refused else server.docmd(command))
    return replies


class Stencil:
    """A mail that is rendered once and sent to many: `fill` puts what is a reader's own in the place of its BLANKS.

    ValueError where the mail would be encoded in a way that hides them.
    """

    def __init__(self, mail: EmailMultiAlternatives):
        mail.body = _folded(str(mail.body))
        mail.alternatives = [part._replace(content=_folded(part.content)) for part in mail.alternatives]
        self._sender = parseaddr(mail.from_email)[1]
        raw = mail.message().as_bytes(linesep="\r\n")
        raw = re.sub(rb"(?m)^Date: .*(?=\r$)", b"Date: " + _DATE, raw, count=1)
        if not raw.endswith(b"\r\n"):
            raw += b"\r\n"
        raw = re.sub(rb"(?m)^\.", b"..", raw)
        head, html_part, html = raw.partition(b"Content-Type: text/html")
        if not html or _blanks(head) != set(BLANKS) or b"blank.invalid" in _BLANK.sub(b"", raw):
            raise ValueError("The blanks of this mail cannot be found again.")
        self._pieces = [(piece, False) for piece in _BLANK.split(head + html_part)]
        self._pieces += [(piece, True) for piece in _BLANK.split(html)]

    def fill(self, own: dict[str, str]) -> Filled:
        """The mail with `own` for its blanks: a value by the name of each of BLANKS."""
        to = _envelope_address(own["address"])
        plain = {_NAMES[name]: value.encode() for name, value in (own | {"address": to}).items()}
        plain[_DATE] = formatdate(localtime=False).encode()
        marked = plain | {_NAMES["address"]: escape(to).encode()}
        parts = ((marked if in_html else plain).get(piece, piece) for piece, in_html in self._pieces)
        return Filled(b"".join(parts), self._sender, to)


# What can stand in an envelope as it is. Django parses every address by the whole grammar, three times a mail: as long
# as all the rest of it takes.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+")


def _envelope_address(address: str) -> str:
    """`address` as a server takes it. ValueError where it is none; with a dot before it none is."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    if address.startswith("."):
        raise ValueError("No address begins with a dot.")
    return sanitize_address(address, "utf-8")


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


def fault(error: BaseException) -> str:
    """What went wrong, for a log: the kind of error, the codes of the mail server, and where in the code.

    Never the words of the error: those of a server repeat the address, those of a template what it was filled with.
    """
    cause = error.__cause__ if isinstance(error, ServerAway) and error.__cause__ else error
    steps = traceback.extract_tb(cause.__traceback__)
    where = f"at {Path(steps[-1].filename).name}:{steps[-1].lineno}" if steps else ""
    return " ".join([type(cause).__name__, *map(str, codes_of(cause)), where]).strip()


def codes_of(error: BaseException) -> list[int]:
    """What a mail server said no with, or the number of an error of the network."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _reason in error.recipients.values()]
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    return [error.errno] if isinstance(error, OSError) and error.errno else []


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
                    logger.warning("The mail server is away; the mails wait: %s", fault(away))
                    row.mail_after = now  # behind the others, should it be this mail that the server breaks down on
                    row.save(update_fields=["mail_after"])
                    return sent
                except Exception as error:  # one bad row or address must not hold up the others
                    logger.warning("%s %s: mail not sent: %s", type(row).__name__, row.pk, fault(error))
                    tried.append(row.pk)
                    row.note_failure(error)
                    connection.close()
                    continue
                row.note_sent(now)
            for each in mails:
                log_sent(each.name, each.extra_headers["Message-ID"], each.extra_headers["Content-Language"])
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
        return _send(mails, connection)
    except OSError as error:
        if _is_about_the_mail(error):
            raise
        raise ServerAway from error


def _send(mails: Sequence[EmailMessage], connection: Any) -> int:
    """What `connection.send_messages` does; for mails that are ready, without its preparations."""
    server, ready = getattr(connection, "connection", None), [each for each in mails if isinstance(each, Filled)]
    if not isinstance(server, smtplib.SMTP) or len(ready) < len(mails):
        return connection.send_messages(mails) or 0
    for each in ready:
        each.leave(server)
    return len(ready)


def _is_about_the_mail(error: OSError) -> bool:
    """A refusal of a recipient or of the text. 421 is a server that is closing, whatever it was asked."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code != 421 for code, _reason in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code != 421
    # An address that asks for SMTPUTF8, of a server that has none.
    return isinstance(error, smtplib.SMTPNotSupportedError)
