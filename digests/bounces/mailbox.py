"""The IMAP mailbox that reports of mail servers are sent to."""

import imaplib
import ssl
from collections import Counter
from urllib.parse import SplitResult, unquote, urlsplit

from digests.bounces.reports import MAX_REPORT_BYTES, process_report

# The most reports that one run reads; the next run reads on.
MAX_REPORTS = 1000
TIMEOUT_SECONDS = 20


def read_mailbox(url: str) -> Counter:
    """Process the unread reports in the IMAP mailbox `url` and mark them as read. Returns the number of each kind.

    All other mail is left as it is, since people answer to the same address. Raises OSError or imaplib.IMAP4.error if
    the server cannot be reached or refuses.
    """
    address = urlsplit(url)
    counts: Counter = Counter()
    with _connect(address) as server:
        server.login(unquote(address.username or ""), unquote(address.password or ""))
        folder = unquote(address.path.strip("/")) or "INBOX"
        status, [reason] = server.select('"{}"'.format(folder.replace("\\", "\\\\").replace('"', '\\"')))
        if status != "OK":
            raise imaplib.IMAP4.error(f"{folder}: {reason!r}")
        _status, [found] = server.uid("SEARCH", "UNSEEN", "HEADER", "Content-Type", "multipart/report")
        for uid in (found or b"").decode().split()[:MAX_REPORTS]:
            counts[process_report(_fetch(server, uid))] += 1
            server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
    return counts


def _connect(address: SplitResult) -> imaplib.IMAP4:
    host = address.hostname or ""
    if address.scheme == "imap":  # without TLS: the settings allow that only for this machine
        return imaplib.IMAP4(host, address.port or 143, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    return imaplib.IMAP4_SSL(host, address.port or 993, ssl_context=context, timeout=TIMEOUT_SECONDS)


def _fetch(server: imaplib.IMAP4, uid: str) -> bytes:
    # PEEK does not mark the mail as read; read_mailbox does so once it is processed.
    _status, parts = server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MAX_REPORT_BYTES}>)")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")
