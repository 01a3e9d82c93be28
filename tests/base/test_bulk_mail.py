"""A mail that is ready, over a real connection: what leaves, and what each refusal is taken for."""

import smtplib
from contextlib import closing

import pytest
from django.core import mail as outbox

from scn_portal.base import mail
from scn_portal.base.mail import bulk, errors

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], ids=["all in one go", "one at a time"])
def line(request, smtp):
    """A connection to a server that takes what comes before a text in one go, or not."""
    smtp.pipelining = request.param
    with closing(outbox.get_connection()) as line:
        yield line


def ready(address: str) -> bulk.RenderedMail:
    own = {"address": address, "unsubscribe": "https://a.example/u/", "preferences": "https://a.example/p/"}
    context = {"title": "T", "text": f"{bulk.PLACEHOLDERS['unsubscribe']} {bulk.PLACEHOLDERS['preferences']}"}
    headers = {"Message-ID": bulk.PLACEHOLDERS["message_id"]}
    letter = mail.compose("account", to=[bulk.PLACEHOLDERS["address"]], language="en", context=context, headers=headers)
    return bulk.BulkTemplate(letter).fill(own | {"message_id": f"<{address}>"})


def test_mails_that_are_ready_leave_one_after_the_other(line, smtp, monkeypatch):
    writes: list[str] = []
    send = smtplib.SMTP.send
    monkeypatch.setattr(smtplib.SMTP, "send", lambda server, text: (writes.append(text), send(server, text))[1])
    for address in ("anna@example.org", "ben@example.org"):
        assert mail.send_now([ready(address)], line) == 1
    assert [str(message["To"]) for message in smtp.messages] == ["anna@example.org", "ben@example.org"]
    together = [text for text in writes if isinstance(text, str) and text.count("\r\n") == 3]
    assert len(together) == (2 if smtp.pipelining else 0)


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


def test_a_server_that_opens_the_text_of_a_refused_address_gets_none(line, smtp):
    """RFC 2920 allows it to: what is left to do is to end the text at once."""
    smtp.refuse("anna@example.org", 550)
    smtp.opens_refused = True
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail.send_now([ready("anna@example.org")], line)
    assert [message.as_bytes().strip() for message in smtp.messages] == ([b""] if smtp.pipelining else [])


@pytest.mark.parametrize("what", REFUSALS)
def test_a_server_that_is_closing_is_away_whatever_it_was_asked(line, smtp, what):
    refuse, _error = REFUSALS[what]
    refuse(smtp, 421)
    with pytest.raises(mail.ServerAway):
        mail.send_now([ready("anna@example.org")], line)
    assert not smtp.messages
