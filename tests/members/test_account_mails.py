"""Mails about accounts: owed as rows, sent by a worker, and nothing of them kept or told."""

import datetime as dt
import logging
import re
import smtplib

import pytest
import time_machine
from django.core.mail.backends import locmem

from members import account_mails
from members.models import AccountMail
from members.tasks import send_account_mails, send_invitations
from scn_portal.base import mail
from tests.factories import PASSWORD, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db

RESET = "/en/accounts/password/reset/"


@pytest.fixture
def asked(client) -> AccountMail:
    """Somebody has forgotten their password, and said so."""
    UserFactory(email="me@example.org", language="fr")
    client.post(RESET, {"email": "me@example.org"})
    return AccountMail.objects.get()


def logged_in(client, **fields):
    user = UserFactory(**fields)
    client.post("/en/accounts/login/", {"login": user.email, "password": PASSWORD})
    return user


@pytest.mark.parametrize("address", ["me@example.org", "nobody@example.org"])
def test_a_page_waits_for_no_mail_server_and_owes_the_same_to_everybody(client, mailoutbox, monkeypatch, address):
    monkeypatch.setattr(locmem.EmailBackend, "send_messages", lambda *args: pytest.fail("sent inside the request"))
    UserFactory(email="me@example.org")
    assert client.post(RESET, {"email": address}).status_code == 302
    assert AccountMail.objects.get().email == address


def test_a_real_worker_sends_it_once_it_is_committed(worker, smtp, client):
    worker.wait_until_idle()
    UserFactory(email="me@example.org", language="fr")
    client.post(RESET, {"email": "me@example.org"})
    (message,) = smtp.wait_for(1)
    assert message["To"] == "me@example.org"
    assert message["Content-Language"] == "fr"


def test_the_secret_link_is_kept_until_the_mail_has_left(asked, mailoutbox):
    assert "/fr/accounts/password/reset/key/" in asked.values["password_reset_url"]
    assert not asked.values.keys() & {"key", "uid", "request", "user"}
    assert send_account_mails() == 1
    assert send_account_mails() == 0
    asked.refresh_from_db()
    assert asked.mailed_at
    assert asked.values == {}


def test_the_secret_link_goes_with_a_mail_that_is_given_up(asked):
    asked.record_failure(smtplib.SMTPRecipientsRefused({asked.email: (550, b"no")}))
    asked.refresh_from_db()
    assert (asked.mail_attempts, asked.values) == (mail.MAX_ATTEMPTS, {})


def test_a_link_that_no_longer_works_is_not_sent(asked, mailoutbox):
    with time_machine.travel(asked.created_at + dt.timedelta(days=3, minutes=1), tick=False):
        assert send_account_mails() == 0
    asked.refresh_from_db()
    assert asked.mailed_at
    assert mailoutbox == []


def test_what_is_older_than_a_month_is_forgotten(asked):
    with time_machine.travel(asked.created_at + dt.timedelta(days=29), tick=False):
        send_account_mails()
    assert AccountMail.objects.exists()
    with time_machine.travel(asked.created_at + dt.timedelta(days=30, minutes=1), tick=False):
        send_account_mails()
    assert not AccountMail.objects.exists()


def test_word_of_a_new_password_is_in_the_language_and_on_the_clock_of_the_person(client, mailoutbox):
    with time_machine.travel(dt.datetime(2026, 3, 4, 23, 30, tzinfo=dt.UTC), tick=False):
        logged_in(client, email="me@example.org", language="fr", time_zone="Africa/Nairobi")
        new = {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"}
        assert client.post("/en/accounts/password/change/", new).status_code == 302
        assert send_account_mails() == 1
    (message,) = mailoutbox
    assert message.extra_headers["Content-Language"] == "fr"
    assert "5 mars 2026 à 02:30" in message.body
    assert "127.0.0.1" in message.body


def test_a_new_address_is_confirmed_by_a_link_that_works(client, mailoutbox):
    user = logged_in(client, email="me@example.org", language="fr")
    client.post("/en/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/en/accounts/email/", {"action_add": "", "email": "new@example.org"})
    send_account_mails()
    (message,) = [each for each in mailoutbox if each.to == ["new@example.org"]]
    assert message.extra_headers["Content-Language"] == "fr"
    path = re.search(r"http://[^/\s]+(/fr/\S+confirm-email/[^\s>]+)", message.body)[1]
    client.post(path)
    assert user.emailaddress_set.get(email="new@example.org").verified


# --- what the log says -----------------------------------------------------------------------------------------------


def test_a_mail_that_left_is_logged_without_address_or_text(asked, smtp, caplog):
    link = asked.values["password_reset_url"]
    InvitationFactory(email="invited@example.org", language="en")
    with (
        caplog.at_level(logging.DEBUG),
        caplog.filtering(lambda record: record.name != "mail.log"),
    ):  # the test's server
        assert send_account_mails() + send_invitations() == 2
    first, second = smtp.wait_for(2)
    said = [record.getMessage() for record in caplog.records if record.name == "scn_portal.base.mail.outbox"]
    assert said == [
        f"mail account/email/password_reset_key {first['Message-ID']} left, in fr",
        f"mail invitation {second['Message-ID']} left, in en",
    ]
    for secret in ("me@example.org", "invited@example.org", link, link.rpartition("/key/")[2]):
        assert secret not in caplog.text


class Refusing(locmem.EmailBackend):
    error: Exception

    def open(self):
        if isinstance(self.error, ConnectionRefusedError):
            raise self.error

    def send_messages(self, messages):
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (smtplib.SMTPRecipientsRefused({"me@example.org": (550, b"no")}), "SMTPRecipientsRefused 550 at "),
        (smtplib.SMTPDataError(554, b"spam for me@example.org"), "SMTPDataError 554 at "),
        (smtplib.SMTPServerDisconnected("gone from me@example.org"), "SMTPServerDisconnected at "),
        (ConnectionRefusedError(111, "me@example.org"), "ConnectionRefusedError 111 at "),
        (ValueError("no such address: me@example.org"), "ValueError at "),
    ],
)  # fmt: skip
def test_a_failure_is_logged_by_kind_and_code_alone(asked, caplog, monkeypatch, error, said):
    monkeypatch.setattr("scn_portal.base.mail.outbox.get_connection", Refusing)
    monkeypatch.setattr(Refusing, "error", error, raising=False)
    link = asked.values["password_reset_url"]
    assert send_account_mails() == 0
    (record,) = [record for record in caplog.records if record.name == "scn_portal.base.mail.outbox"]
    assert f": {said}test_account_mails.py:" in record.getMessage()
    assert record.exc_info is None
    for secret in ("me@example.org", link, link.rpartition("/key/")[2]):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("language", "portal"),
    [("en", "on the portal of the Strong Cities Network"), ("fr", "sur le portail du Strong Cities Network")],
)
def test_a_mail_names_the_portal_and_not_its_host(mailoutbox, settings, language, portal):
    user = UserFactory(language=language)
    context = {"user": user, "activate_url": f"/{language}/accounts/confirm-email/key/"}
    account_mails.enqueue("account/email/email_confirmation", user.email, context, language=language)
    send_account_mails()
    [message] = mailoutbox
    assert portal in " ".join(message.body.split())
    assert f"on {settings.SITE_URL.split('//')[1]}" not in message.body
