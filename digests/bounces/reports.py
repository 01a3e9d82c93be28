"""Reports that mail servers send to the sender: of failed delivery (RFC 3464) and of complaints (RFC 5965).

Anybody can send such a report. One that cannot be read is skipped with a line in the log. A report has an effect only
through `digests.bounces.record_bounce`.
"""

import logging
import re
from email import message_from_bytes, message_from_string
from email.message import Message

from digests.bounces import BounceKind, record_bounce
from scn_portal.base.mail.errors import describe_error

logger = logging.getLogger(__name__)

# A report returns at most our mail, so the rest of a longer one is not read.
MAX_REPORT_BYTES = 512 * 1024
# Permanent refusals that say nothing against the address: a full mailbox, and refusals by policy.
NOT_THE_ADDRESS = re.compile(r"5\.2\.2$|5\.7\.")
COMPLAINTS = {"abuse", "fraud", "opt-out"}


def process_report(raw: bytes) -> str:
    """Record what the mail `raw` reports. Returns what it was: a BounceKind, "unknown", "no report" or "broken"."""
    try:
        parsed = parse_report(raw)
    except Exception as error:  # strangers send anything
        logger.warning("A report that cannot be read: %s", describe_error(error))
        return "broken"
    if parsed is None:
        return "no report"
    message_id, kind = parsed
    return kind if record_bounce(message_id, kind) else "unknown"


def parse_report(raw: bytes) -> tuple[str, BounceKind] | None:
    """The Message-ID of the mail that `raw` reports on, and what became of it; None for any other mail."""
    report = message_from_bytes(raw[:MAX_REPORT_BYTES])
    if report.get_content_type() != "multipart/report" or not report.is_multipart():
        return None
    kind = _kind(report)
    message_id = _returned_message_id(report)
    return (message_id, kind) if kind and message_id else None


def _kind(report: Message) -> BounceKind | None:
    for part in _parts(report):
        match part.get_content_type():
            case "message/delivery-status":
                return _kind_of_status(_messages_in(part))
            case "message/feedback-report":
                types = {_field(block, "Feedback-Type") for block in _messages_in(part)}
                return BounceKind.COMPLAINT if types & COMPLAINTS else None
    return None


def _kind_of_status(blocks: list[Message]) -> BounceKind | None:
    """The worst kind reported for any recipient. The first block, about the message itself, has no Action."""
    rows = {(_field(block, "Action"), _field(block, "Status")) for block in blocks}
    if any(action == "failed" and status[:2] == "5." and not NOT_THE_ADDRESS.match(status) for action, status in rows):
        return BounceKind.HARD
    return BounceKind.SOFT if any(action in ("failed", "delayed") for action, _status in rows) else None


def _returned_message_id(report: Message) -> str:
    """The Message-ID of the mail, or of its headers, that the report returns; "" if there is none."""
    for part in _parts(report):
        match part.get_content_type():
            case "message/rfc822" | "message/global":
                returned = _messages_in(part)
            case "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers":
                returned = _messages_in(part) or [message_from_string(_text(part))]
            case _:
                continue
        if returned and (message_id := str(returned[0].get("Message-ID", "")).strip()):
            return message_id
    return ""


def _parts(report: Message) -> list[Message]:
    """The parts of the report itself, not those of the mail that it returns."""
    return [part for part in report.get_payload() if isinstance(part, Message)]


def _messages_in(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [message for message in payload if isinstance(message, Message)] if isinstance(payload, list) else []


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _field(block: Message, name: str) -> str:
    """The first word, in lower case: 5.1.1 of `Status: 5.1.1 (no such user)`."""
    words = str(block.get(name, "")).lower().split()
    return words[0].rstrip(";") if words else ""
