"""Reports of mail servers: what they say, what strangers make of them, and where they come from."""

import io
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from digests.bounces import BounceKind
from digests.bounces.reports import process_report
from digests.models import Delivery
from digests.tasks import read_bounces
from tests.digests.imap_server import Mailbox, imap_server
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery() -> Delivery:
    """A mail of the newsletter that has left."""
    return DeliveryFactory(outcome="sent", mailed_at=timezone.now())


def standing(delivery: Delivery) -> str:
    reader = delivery.subscription
    reader.refresh_from_db()
    return "unsubscribed" if reader.unsubscribed_at else "suspended" if reader.suspended_at else "active"


# --- Reports of mail servers -----------------------------------------------------------------------------------------

POSTFIX = """\
Return-Path: <>
Date: Mon,  2 Mar 2026 09:00:01 +0000 (UTC)
From: MAILER-DAEMON@relay.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: portal@scn.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F0A12345.1772442001/relay.example.org"
Message-Id: <20260302090001.5A1B22345@relay.example.org>

This is a MIME-encapsulated message.

--4F0A12345.1772442001/relay.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host relay.example.org.

<reader@example.com>: host mx.example.com[192.0.2.1] said: {code} {status} (in reply to RCPT TO command)

--4F0A12345.1772442001/relay.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org
X-Postfix-Queue-ID: 4F0A12345
X-Postfix-Sender: rfc822; portal@scn.example
Arrival-Date: Mon,  2 Mar 2026 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; reader@example.com
Original-Recipient: rfc822;reader@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {code} {status} <reader@example.com>: no

--4F0A12345.1772442001/relay.example.org
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <portal@scn.example>
From: Strong Cities Network <portal@scn.example>
To: reader@example.com
Subject: 3 new practices
Message-ID:
 {message_id}
MIME-Version: 1.0

--4F0A12345.1772442001/relay.example.org--
"""

EXCHANGE = """\
From: <postmaster@example.onmicrosoft.example>
To: <portal@scn.example>
Date: Mon, 2 Mar 2026 09:00:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="a1b2c3d4-0000-4000-8000-000000000000"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: fr-FR
Message-ID: <f00d@AM0PR00.example.outlook.example>
In-Reply-To: {message_id}
Subject: =?utf-8?B?Tm9uIHJlbWlzwqA6IDMgbmV3IHByYWN0aWNlcw==?=
MIME-Version: 1.0

--a1b2c3d4-0000-4000-8000-000000000000
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="b2c3d4e5-0000-4000-8000-000000000000"

--b2c3d4e5-0000-4000-8000-000000000000
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

TGUgbWVzc2FnZSBuJ2EgcGFzIMOpdMOpIHJlbWlzLg==

--b2c3d4e5-0000-4000-8000-000000000000
Content-Type: text/html; charset="utf-8"

<html><body>Le message n'a pas pu &ecirc;tre remis.</body></html>

--b2c3d4e5-0000-4000-8000-000000000000--

--a1b2c3d4-0000-4000-8000-000000000000
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR00.example.outlook.example
Received-From-MTA: dns;relay.example.org
Arrival-Date: Mon, 2 Mar 2026 09:00:04 +0000

Final-Recipient: rfc822;reader@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp;{code} {status} RESOLVER.ADR.RecipientNotFound; not found
X-Display-Name: Reader

--a1b2c3d4-0000-4000-8000-000000000000
Content-Type: message/rfc822

From: Strong Cities Network <portal@scn.example>
To: <reader@example.com>
Subject: 3 new practices
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain

Hello

--a1b2c3d4-0000-4000-8000-000000000000--
"""

COMPLAINT = """\
From: <abuse@provider.example>
Date: Mon, 2 Mar 2026 10:00:00 +0000
Subject: FW: 3 new practices
To: <portal@scn.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: SomeGenerator/1.0
Version: 1

--part1
Content-Type: message/rfc822
Content-Disposition: inline

From: <portal@scn.example>
To: <redacted>
Subject: 3 new practices
Message-ID: {message_id}

Hello
--part1--
"""


def report(form: str, message_id: str, *, action="failed", status="5.1.1", code=550, feedback="abuse") -> bytes:
    text = form.format(message_id=message_id, action=action, status=status, code=code, feedback=feedback)
    return text.encode()


@pytest.mark.parametrize("form", [POSTFIX, EXCHANGE], ids=["postfix", "exchange"])
@pytest.mark.parametrize(
    ("action", "status", "kind", "after"),
    [
        ("failed", "5.1.1", BounceKind.HARD, "suspended"),
        ("failed", "5.0.0", BounceKind.HARD, "suspended"),
        ("Failed", "5.1.10 (no such user)", BounceKind.HARD, "suspended"),
        ("failed", "5.2.2", BounceKind.SOFT, "active"),
        ("failed", "5.7.1", BounceKind.SOFT, "active"),
        ("failed", "4.4.7", BounceKind.SOFT, "active"),
        ("delayed", "4.4.1", BounceKind.SOFT, "active"),
        ("delivered", "2.1.5", "no report", "active"),
        ("relayed", "2.1.9", "no report", "active"),
    ],
)
def test_a_report_of_a_mail_server_says_what_became_of_the_mail(delivery, form, action, status, kind, after):
    assert process_report(report(form, delivery.message_id, action=action, status=status)) == kind
    assert standing(delivery) == after


@pytest.mark.parametrize(
    ("feedback", "kind", "after"),
    [("abuse", BounceKind.COMPLAINT, "unsubscribed"), ("not-spam", "no report", "active"), ("", "no report", "active")],
)
def test_a_complaint_ends_the_newsletter(delivery, feedback, kind, after):
    assert process_report(report(COMPLAINT, delivery.message_id, feedback=feedback)) == kind
    assert standing(delivery) == after


def test_a_forged_report_suspends_nobody(delivery):
    """It names the right address, and even an id of ours at the wrong place: not in the mail that is given back."""
    forged = report(EXCHANGE, "<1@example.org>").replace(
        b"In-Reply-To: <1@example.org>", f"In-Reply-To: {delivery.message_id}".encode()
    )
    forged = forged.replace(b"reader@example.com", delivery.subscription.email.encode())
    assert process_report(forged) == "unknown"
    assert standing(delivery) == "active"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0\xff" * 1000,
        b"Subject: hello\n\nI liked the newsletter.",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno boundary",
        b'Content-Type: multipart/report; boundary="x"\n\n--x\nContent-Type: message/delivery-status\n\n\xff\n--x--',
        b'Content-Type: multipart/report; boundary="x"\n\n--x\nContent-Type: message/rfc822\n\n--x--',
        b'Content-Type: multipart/report; boundary="x"\n\n' + b"--x\nContent-Type: message/rfc822\n\n" * 3000,
        b"Content-Type: multipart/report; boundary=\"x\"\n\n--x\n" + b"Content-Type: message/rfc822\n\n" * 3000,
    ],
)  # fmt: skip
def test_whatever_a_stranger_sends_is_skipped(delivery, garbage):
    assert process_report(garbage) in ("no report", "broken")
    assert process_report(report(POSTFIX, delivery.message_id)) == BounceKind.HARD


def test_a_header_of_strange_bytes_is_skipped_too(delivery):
    strange = report(POSTFIX, "X").replace(b" X\n", b" <\xff\xfe\0@\xe9>\n").replace(b"Status: 5", b"Status: \xff5")
    assert process_report(strange) in ("unknown", "no report", "broken", BounceKind.SOFT)


# --- Where reports come from -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("envelope", [b"", b"From MAILER-DAEMON Mon Mar  2 09:00:01 2026\n"], ids=["mail", "with From"])
def test_the_command_reads_a_mail_from_a_pipe(delivery, capsys, monkeypatch, envelope):
    """As Postfix and Exim give it, with or without the line of the envelope before it."""
    for _time in range(2):
        raw = io.BytesIO(envelope + report(POSTFIX, delivery.message_id))
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=raw))
        call_command("read_bounces", "-")
        assert capsys.readouterr().out == "1 hard bounce\n"
    assert standing(delivery) == "suspended"


@pytest.mark.parametrize("raw", [b"", b"Subject: hello\n\nFrom a reader.\n", b"\xff\xfe"])
def test_the_command_skips_what_is_no_report(delivery, capsys, monkeypatch, raw):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("read_bounces", "-")
    assert capsys.readouterr().out == "1 no report\n"


def test_the_command_says_what_is_missing():
    with pytest.raises(CommandError, match="Set BOUNCES_URL"):
        call_command("read_bounces")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("read_bounces", "/var/mail/portal")


@pytest.fixture
def mailbox(delivery, settings):
    """The folder Bounces with a report and a letter."""
    mails = {"7": report(POSTFIX, delivery.message_id), "8": b"Subject: hello\n\nFrom a reader."}
    with imap_server(Mailbox("Bounces", mails)) as mailbox:
        settings.BOUNCES_URL = f"imap://bounces%40scn.example:p%3Aw@127.0.0.1:{mailbox.port}/Bounces"
        yield mailbox


def test_a_mailbox_is_read_and_only_reports_are_marked(delivery, mailbox):
    assert [read_bounces(), read_bounces()] == [1, 0]
    assert mailbox.seen == {"7"}
    assert mailbox.logins == ['LOGIN bounces@scn.example "p:w"'] * 2
    assert standing(delivery) == "suspended"


def test_the_command_reads_the_mailbox(mailbox, capsys):
    call_command("read_bounces")
    call_command("read_bounces")
    assert capsys.readouterr().out == "1 hard bounce\nNo reports.\n"


@pytest.mark.parametrize("folder", ["Elsewhere", "Bounces"], ids=["no such folder", "no server"])
def test_a_mailbox_that_cannot_be_read_is_a_line_in_the_log_and_no_more(folder, mailbox, settings, caplog):
    port = 9 if folder == "Bounces" else mailbox.port
    settings.BOUNCES_URL = f"imap://a:b@127.0.0.1:{port}/{folder}"
    assert read_bounces() == 0
    assert "cannot be read" in caplog.text
    assert "a:b" not in caplog.text
    with pytest.raises(CommandError):
        call_command("read_bounces")
