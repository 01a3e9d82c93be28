"""A mail that is ready, over a real connection: what leaves, and what each refusal is taken for."""

import re
import smtplib
from contextlib import closing
from email import message_from_bytes

import pytest
from django.core import mail as outbox

from scn_portal.base import mail
from scn_portal.base.mail import bulk, errors

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(smtp):
    """A connection to the server."""
    with closing(outbox.get_connection()) as line:
        yield line


def template(text: str = "") -> bulk.BulkTemplate:
    links = f"{bulk.PLACEHOLDERS['unsubscribe']} {bulk.PLACEHOLDERS['preferences']}"
    context = {"title": "T", "text": f"{links}\n\n{text}"}
    headers = {"Message-ID": bulk.PLACEHOLDERS["message_id"]}
    to = [bulk.PLACEHOLDERS["address"]]
    return bulk.BulkTemplate(mail.compose("account", to=to, language="en", context=context, headers=headers))


def ready(address: str, text: str = "", *, of: bulk.BulkTemplate | None = None) -> bulk.RenderedMail:
    own = {"address": address, "unsubscribe": "https://a.example/u/", "preferences": "https://a.example/p/"}
    return (of or template(text)).fill(own | {"message_id": f"<{address}>"})


def test_mails_that_are_ready_leave_one_after_the_other(line, smtp):
    for address in ("anna@example.org", "ben@example.org"):
        assert mail.send_now([ready(address)], line) == 1
    assert [str(message["To"]) for message in smtp.messages] == ["anna@example.org", "ben@example.org"]


@pytest.mark.parametrize("text", ["First.\n.hidden\n..\n.\nLast.", "A line without an end", "x" * 5000])
def test_what_arrives_is_what_was_rendered(line, smtp, text):
    """Dots at the beginning of a line, which SMTP reads as an end, among other things."""
    message = ready("anna@example.org", text)
    mail.send_now([message], line)
    assert smtp.messages[0].as_bytes().splitlines() == message_from_bytes(message.as_bytes()).as_bytes().splitlines()


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.org", "A.Nna+news_1@Sub-1.EXAMPLE.org", "anna@exämple.org", '"anna b"@example.org', "anna",
        "o'neil@example.org", "anna@[127.0.0.1]", "anna@example.org\n", f"{'a' * 70}@example.org", "a..b@example.org",
        f"anna@{'b' * 63}.org", f"anna@{'b' * 64}.org", "anna@example..org", "anna@@example.org",
        "anna@example.org\r\nRCPT TO:<x@example.org>",
    ],
)  # fmt: skip
def test_an_address_is_written_as_django_writes_it(address, monkeypatch):
    """A plain one is not read by Django at all: not a byte of the mail may differ by that."""
    monkeypatch.setattr(bulk, "formatdate", lambda **_how: "Thu, 26 Nov 2026 12:00:00 -0000")
    one, found = template(), []
    for pattern in (bulk._PLAIN_ADDRESS, re.compile("(?!)")):
        monkeypatch.setattr(bulk, "_PLAIN_ADDRESS", pattern)
        try:
            written = ready(address, of=one)
            found.append((written.to, written.wire))
        except ValueError:
            found.append((None, b""))
    assert found[0] == found[1]
    assert b"x@" not in found[0][1]


def test_any_backend_sends_it():
    outbox.get_connection("django.core.mail.backends.locmem.EmailBackend").send_messages([ready("anna@example.org")])
    assert outbox.outbox[0].to == ["anna@example.org"]


@pytest.mark.parametrize("address", [".dot@example.org", "", "a@example.org, b@example.org"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="Invalid address"):
        ready(address)


REFUSALS = {
    "the sender": (lambda smtp, code: smtp.refuse("portal@scn.example", code), mail.ServerAway),
    "the address": (lambda smtp, code: smtp.refuse("anna@example.org", code), smtplib.SMTPRecipientsRefused),
    "any text": (lambda smtp, code: smtp.refuse_opening(code), smtplib.SMTPDataError),
    "this text": (lambda smtp, code: smtp.refuse_text("anna@example.org", code), smtplib.SMTPDataError),
}


@pytest.mark.parametrize("code", [450, 550])
@pytest.mark.parametrize("what", REFUSALS)
def test_a_server_that_refuses(line, smtp, what, code):
    """At whichever of its answers: the error says at which, and no text is left with it."""
    refuse, error = REFUSALS[what]
    refuse(smtp, code)
    with pytest.raises(error) as raised:
        mail.send_now([ready("anna@example.org")], line)
    assert errors.smtp_codes(raised.value.__cause__ or raised.value) == [code]
    assert not smtp.messages
    smtp.forget()
    line.close()  # as is promised after an error
    assert mail.send_now([ready("anna@example.org")], line) == 1


@pytest.mark.parametrize("what", REFUSALS)
def test_a_server_that_is_closing_is_away_whatever_it_was_asked(line, smtp, what):
    refuse, _error = REFUSALS[what]
    refuse(smtp, 421)
    with pytest.raises(mail.ServerAway):
        mail.send_now([ready("anna@example.org")], line)
    assert not smtp.messages
