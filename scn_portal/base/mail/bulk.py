"""One mail rendered once and sent to many readers, each with their own values filled in."""

import re
import smtplib
import textwrap
from email.utils import formatdate, parseaddr

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.utils.html import escape

# They take the place of the values of each reader in the mail. Each looks like such a value, so that the mail is
# composed like any other.
PLACEHOLDERS = {
    "address": "reader@blank.invalid",
    "unsubscribe": "https://blank.invalid/unsubscribe/",
    "preferences": "https://blank.invalid/preferences/",
    "message_id": "<message-id@blank.invalid>",
}
# A longer line would be encoded, together with its placeholders.
MAX_LINE_BYTES = 900


class RenderedMail(EmailMessage):
    """A mail whose bytes and envelope are ready. Any backend of Django can send it.

    `wire` is the text as SMTP transmits it, with another dot before each line that begins with a dot. BulkTemplate adds
    the dots once for all readers. `smtplib.sendmail` would add them in every mail, which takes 0.17 ms for 36 kB, and
    the backend of Django would parse the addresses again: 0.35 ms in all, when the rest takes 0.4
    (docs/measurements.md).
    """

    def __init__(self, wire: bytes, sender: str, to: str):
        super().__init__(from_email=sender, to=[to])
        self.wire = wire

    def message(self) -> "RenderedMail":
        return self

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        return re.sub(rb"(?m)^\.\.", b".", self.wire)

    def transmit(self, server: smtplib.SMTP) -> None:
        """Like `server.sendmail`, without its search for dots. After an exception `server` must be closed."""
        server.ehlo_or_helo_if_needed()
        (to,) = self.to
        code, reply = server.mail(self.from_email)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, reply, self.from_email)
        code, reply = server.rcpt(to)
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({to: (code, reply)})
        code, reply = server.docmd("DATA")
        if code == 354:
            server.send(self.wire + b".\r\n")
            code, reply = server.getreply()
        if code != 250:
            raise smtplib.SMTPDataError(code, reply)


class BulkTemplate:
    """A mail rendered once with PLACEHOLDERS; `fill` replaces them with the values of one reader.

    Raises ValueError if the mail would be encoded in a way that hides a placeholder.
    """

    def __init__(self, mail: EmailMultiAlternatives):
        mail.body = _fold(str(mail.body))
        mail.alternatives = [part._replace(content=_fold(part.content)) for part in mail.alternatives]
        self._sender = parseaddr(mail.from_email)[1]
        raw = mail.message().as_bytes(linesep="\r\n")
        raw = re.sub(rb"(?m)^Date: .*(?=\r$)", b"Date: " + _DATE, raw, count=1)
        if not raw.endswith(b"\r\n"):
            raw += b"\r\n"
        raw = re.sub(rb"(?m)^\.", b"..", raw)
        head, html_part, html = raw.partition(b"Content-Type: text/html")
        if not html or _placeholders_in(head) != set(PLACEHOLDERS) or b"blank.invalid" in _PATTERN.sub(b"", raw):
            raise ValueError("The placeholders of this mail cannot be found again.")
        self._pieces = [(piece, False) for piece in _PATTERN.split(head + html_part)]
        self._pieces += [(piece, True) for piece in _PATTERN.split(html)]

    def fill(self, values: dict[str, str]) -> RenderedMail:
        """The mail with a value for each of PLACEHOLDERS. Raises ValueError for an invalid address."""
        if values["address"].startswith("."):  # at the start of a line, it would be read as one of the added dots
            raise ValueError("Invalid address: it begins with a dot.")
        to = values["address"]
        if not _PLAIN_ADDRESS.fullmatch(to):
            to = sanitize_address(to, "utf-8")
        in_text = {_BYTES[name]: value.encode() for name, value in (values | {"address": to}).items()}
        in_text[_DATE] = formatdate(localtime=False).encode()
        in_html = in_text | {_BYTES["address"]: escape(to).encode()}
        parts = ((in_html if is_html else in_text).get(piece, piece) for piece, is_html in self._pieces)
        return RenderedMail(b"".join(parts), self._sender, to)


# Addresses that `sanitize_address` returns unchanged: calling it would take a tenth of the time of a mail.
_PLAIN_ADDRESS = re.compile(r"\A[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_DATE = b"date.blank.invalid"
_BYTES = {name: placeholder.encode() for name, placeholder in PLACEHOLDERS.items()}
_PATTERN = re.compile(b"(" + b"|".join(re.escape(placeholder) for placeholder in [*_BYTES.values(), _DATE]) + b")")


def _placeholders_in(raw: bytes) -> set[str]:
    found = set(_PATTERN.findall(raw))
    return {name for name, placeholder in _BYTES.items() if placeholder in found}


def _fold(text: str) -> str:
    """Break lines that are too long at a space, which changes nothing in prose or in HTML outside <pre>. A word that is
    too long for a line is split."""
    return "\n".join(part for line in text.split("\n") for part in _fold_line(line))


def _fold_line(line: str) -> list[str]:
    if len(line.encode()) <= MAX_LINE_BYTES:
        return [line]
    width = MAX_LINE_BYTES // 4  # a character has at most four bytes
    parts = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    pieces: list[str] = []
    for part in parts:
        pieces += [part] if len(part.encode()) <= MAX_LINE_BYTES else textwrap.wrap(part, width)
    return pieces
