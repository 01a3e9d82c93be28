"""One mail rendered once and sent to many readers, each with what is their own filled in."""

import re
import smtplib
import textwrap
from email.utils import formatdate, parseaddr

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.utils.html import escape

# What stands in a mail that is written once for many, in the place of what is a reader's own. Each looks like what it
# stands for, so a mail is composed with them as with any other.
PLACEHOLDERS = {
    "address": "reader@blank.invalid",
    "unsubscribe": "https://blank.invalid/unsubscribe/",
    "preferences": "https://blank.invalid/preferences/",
    "message_id": "<message-id@blank.invalid>",
}
# A longer line would be encoded, blanks and all.
LONGEST_LINE = 900


class RenderedMail(EmailMessage):
    """A mail whose bytes and envelope are ready. Any backend of Django's sends it; `leave` does in half the time.

    `dotted` is the mail as it goes over the wire: a line that begins with a dot has two.
    """

    def __init__(self, dotted: bytes, sender: str, to: str):
        super().__init__(from_email=sender, to=[to])
        self.dotted = dotted

    def message(self) -> "RenderedMail":
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


class BulkTemplate:
    """A mail that is rendered once and sent to many: `fill` replaces its PLACEHOLDERS by what is a reader's own.

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
        if not html or _blanks(head) != set(PLACEHOLDERS) or b"blank.invalid" in _BLANK.sub(b"", raw):
            raise ValueError("The blanks of this mail cannot be found again.")
        self._pieces = [(piece, False) for piece in _BLANK.split(head + html_part)]
        self._pieces += [(piece, True) for piece in _BLANK.split(html)]

    def fill(self, own: dict[str, str]) -> RenderedMail:
        """The mail with `own` for its blanks: a value by the name of each of PLACEHOLDERS."""
        to = _envelope_address(own["address"])
        plain = {_NAMES[name]: value.encode() for name, value in (own | {"address": to}).items()}
        plain[_DATE] = formatdate(localtime=False).encode()
        marked = plain | {_NAMES["address"]: escape(to).encode()}
        parts = ((marked if in_html else plain).get(piece, piece) for piece, in_html in self._pieces)
        return RenderedMail(b"".join(parts), self._sender, to)


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
_NAMES = {name: blank.encode() for name, blank in PLACEHOLDERS.items()}
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
