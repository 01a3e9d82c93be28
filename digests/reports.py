"""What mail servers send back to the sender: reports of failed delivery (RFC 3464) and of complaints (RFC 5965).

Anybody can send us such a report. So it is read with suspicion, what cannot be read is skipped with a line in the log,
and what it says counts only through `digests.bounces.note`.
"""

import imaplib
import logging
import mailbox
import re
import ssl
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from email import message_from_bytes, message_from_string
from email.message import Message
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from digests import bounces
from digests.bounces import Kind
from scn_portal.base.mail.errors import describe_error

logger = logging.getLogger(__name__)

# A report returns our mail at most; what is longer is cut.
LARGEST = 512 * 1024
# One run takes so many; the next run the others.
MOST = 1000
TIMEOUT = 20
# Refused for good, yet not because there is no such reader: a full mailbox, and whatever is held against us.
NOT_THE_ADDRESS = re.compile(r"5\.2\.2$|5\.7\.")
COMPLAINTS = {"abuse", "fraud", "opt-out"}


def take(raw: bytes) -> str:
    """Take note of what the mail `raw` reports; what it was, for a count: one of Kind, `unknown`, `no report` or
    `broken`."""
    try:
        read = understand(raw)
    except Exception as error:  # whatever a stranger can think of
        logger.warning("A report that cannot be read: %s", describe_error(error))
        return "broken"
    if read is None:
        return "no report"
    message_id, kind = read
    return kind if bounces.note(message_id, kind) else "unknown"


def take_all(mails: Iterable[bytes]) -> Counter:
    """Take note of all; how many there were of each kind."""
    return Counter(take(raw) for raw in mails)


def understand(raw: bytes) -> tuple[str, Kind] | None:
    """The Message-ID of the mail that `raw` reports on, and what became of it; None for any other mail."""
    report = message_from_bytes(raw[:LARGEST])
    if report.get_content_type() != "multipart/report" or not report.is_multipart():
        return None
    kind = _kind(report)
    message_id = _returned_message_id(report)
    return (message_id, kind) if kind and message_id else None


def _kind(report: Message) -> Kind | None:
    for part in _parts(report):
        match part.get_content_type():
            case "message/delivery-status":
                return _kind_of_status(_inside(part))
            case "message/feedback-report":
                told = {_field(each, "Feedback-Type") for each in _inside(part)}
                return Kind.COMPLAINT if told & COMPLAINTS else None
    return None


def _kind_of_status(recipients: list[Message]) -> Kind | None:
    """The worst that is told of a recipient. The block on the message itself has no Action."""
    told = {(_field(each, "Action"), _field(each, "Status")) for each in recipients}
    if any(action == "failed" and status[:2] == "5." and not NOT_THE_ADDRESS.match(status) for action, status in told):
        return Kind.HARD
    return Kind.SOFT if any(action in ("failed", "delayed") for action, _status in told) else None


def _returned_message_id(report: Message) -> str:
    """That of the mail, or of its headers, which the report gives back."""
    for part in _parts(report):
        match part.get_content_type():
            case "message/rfc822" | "message/global":
                returned = _inside(part)
            case "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers":
                returned = _inside(part) or [message_from_string(_text(part))]
            case _:
                continue
        if returned and (message_id := str(returned[0].get("Message-ID", "")).strip()):
            return message_id
    return ""


def _parts(report: Message) -> list[Message]:
    """The parts of the report itself, not those of the mail that it returns."""
    return [part for part in report.get_payload() if isinstance(part, Message)]


def _inside(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _field(block: Message, name: str) -> str:
    """`Status: 5.1.1 (no such user)` says 5.1.1."""
    words = str(block.get(name, "")).lower().split()
    return words[0].rstrip(";") if words else ""


# --- Where reports wait ----------------------------------------------------------------------------------------------


def in_file(path: Path) -> Iterator[bytes]:
    """The mails of a Maildir, of an mbox file, or of a file that is one mail."""
    if path.is_dir():
        folder: mailbox.Maildir | mailbox.mbox = mailbox.Maildir(path, create=False)
    else:
        with path.open("rb") as file:
            beginning = file.read(LARGEST)
        if not beginning.startswith(b"From "):
            yield beginning
            return
        folder = mailbox.mbox(path, create=False)
    with closing(folder):
        for key in folder.iterkeys():
            yield folder.get_bytes(key)[:LARGEST]


def in_bytes(content: bytes) -> Iterator[bytes]:
    """The mails of what came in by a pipe: one mail, or an mbox."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        yield from in_file(Path(file.name))


def read_mailbox(url: str, take: Callable[[bytes], str] = take) -> Counter:
    """Take note of the unread reports in the IMAP mailbox `url` and mark them as read; how many of each kind.

    Other mail is left as it is: people answer to the same address. OSError or imaplib.IMAP4.error where the server
    cannot be reached or refuses.
    """
    address = urlsplit(url)
    counts: Counter = Counter()
    with _connect(address) as server:
        server.login(unquote(address.username or ""), unquote(address.password or ""))
        folder = unquote(address.path.strip("/")) or "INBOX"
        answer, [reason] = server.select('"{}"'.format(folder.replace("\\", "\\\\").replace('"', '\\"')))
        if answer != "OK":
            raise imaplib.IMAP4.error(f"{folder}: {reason!r}")
        _answer, [found] = server.uid("SEARCH", "UNSEEN", "HEADER", "Content-Type", "multipart/report")
        for uid in (found or b"").decode().split()[:MOST]:
            counts[take(_fetch(server, uid))] += 1
            server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
    return counts


def _connect(address: SplitResult) -> imaplib.IMAP4:
    host = address.hostname or ""
    if address.scheme == "imap":  # in the clear: to this machine alone, as the settings make sure
        return imaplib.IMAP4(host, address.port or 143, timeout=TIMEOUT)
    return imaplib.IMAP4_SSL(host, address.port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)


def _fetch(server: imaplib.IMAP4, uid: str) -> bytes:
    """The mail, without marking it as read."""
    _answer, parts = server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")
