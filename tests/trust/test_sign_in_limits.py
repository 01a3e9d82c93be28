"""Guessing a password: how often, whatever a request says of itself, and the owner who signs in meanwhile."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client, override_settings

from members.models import AccountMail
from members.sign_in import guesses
from members.tasks import send_account_mails
from scn_portal.environment import hosts_of
from tests.factories import CityFactory, UserFactory, acting_for
from tests.real_sign_in import LOGIN, CountingHasher, app_of, code_of, sign_in, with_password

pytestmark = pytest.mark.django_db
COUNTED = override_settings(
    PASSWORD_HASHERS=["tests.real_sign_in.CountingHasher"], ALLOWED_HOSTS=["portal.example", ".portal.example"]
)


def spelled(number: int) -> dict:
    """A guess as a stranger sends it: an address, a host and an account in other words each time."""
    address = f"198.51.{number % 200}.{number % 250}"
    return {
        "headers": {"host": f"portal.example:{8000 + number % 200}", "x-forwarded-for": f"203.0.{number % 256}.7"},
        "REMOTE_ADDR": address,
    }


SPELLINGS = [
    "me@example.org",
    "ME@EXAMPLE.ORG",
    " me@example.org",
    "Me@Example.org\t",
    "me@example.org ",
    "other@example.org",
]


def guess(client: Client, number: int):
    form = {"login": SPELLINGS[number % len(SPELLINGS)], "password": f"guess number {number}"}
    return client.post(LOGIN, form, **spelled(number))


@pytest.mark.parametrize("number", [30, pytest.param(1000, marks=pytest.mark.soak)])
def test_of_a_thousand_guesses_at_one_account_twenty_reach_the_hasher(client, number):
    """From 200 addresses, with 200 spellings of the host; the account has two addresses."""
    with COUNTED:
        user = UserFactory(email="me@example.org")
        user.emailaddress_set.create(email="other@example.org", verified=True)
        CountingHasher.reached = 0
        answers = [guess(client, each) for each in range(number)]
        assert 0 < CountingHasher.reached <= 20
    assert {answer.status_code for answer in answers} == {200, 429}
    assert int(answers[-1]["Retry-After"]) > 0
    assert "have a code sent to you by email" in answers[-1].text


@pytest.mark.django_db(transaction=True)
def test_guesses_that_come_at_once_are_counted_one_by_one():
    def one(number: int) -> None:
        try:
            guess(Client(), number)
        finally:
            connection.close()

    with COUNTED:
        UserFactory(email="me@example.org")
        CountingHasher.reached = 0
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(one, range(24)))
        assert 0 < CountingHasher.reached <= 20


@pytest.fixture
def few(monkeypatch) -> None:
    """Limits that are reached sooner."""
    for name in ("PASSWORDS", "PASSWORDS_KNOWN", "PASSWORDS_AGAIN", "CODES", "SIGN_INS"):
        monkeypatch.setattr(guesses, name, getattr(guesses, name)._replace(most=8 if name == "SIGN_INS" else 3))


def test_a_network_cannot_try_one_password_on_everybody(client, few):
    for number in range(guesses.SIGN_INS.most):
        form = {"login": f"person{number}@example.org", "password": "spring-2026-spring"}
        assert client.post(LOGIN, form, REMOTE_ADDR=f"192.0.2.{number}").status_code == 200
    form = {"login": "somebody.else@example.org", "password": "spring-2026-spring"}
    assert client.post(LOGIN, form, REMOTE_ADDR="192.0.2.200").status_code == 429
    assert client.post(LOGIN, form, REMOTE_ADDR="192.0.3.200").status_code == 200


def test_right_passwords_use_nothing_up(few):
    user = UserFactory()
    for _ in range(guesses.PASSWORDS.most + 2):
        assert sign_in(Client(), user).status_code == 302


# --- The owner -------------------------------------------------------------------------------------------------------


def locked_out(user) -> Client:
    """A stranger who has used up what strangers may try."""
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(guesses.PASSWORDS.most + 1):
        answer = with_password(stranger, user, "a guess of a stranger")
    assert answer.status_code == 429
    return stranger


def test_the_owner_signs_in_from_a_browser_that_knows_them(client, few):
    user = acting_for(CityFactory())
    sign_in(client, user)
    client.post("/en/accounts/logout/")
    stranger = locked_out(user)
    assert with_password(stranger, user).status_code == 429  # even with the right one
    assert sign_in(client, user).url == "/en/my-city/"


def test_a_known_browser_has_a_limit_of_its_own_and_knows_one_account(client, few):
    user, colleague = UserFactory(), UserFactory()
    sign_in(client, user)
    client.post("/en/accounts/logout/")
    locked_out(user)
    locked_out(colleague)
    assert with_password(client, colleague).status_code == 429
    answers = [with_password(client, user, "wrong").status_code for _ in range(guesses.PASSWORDS_KNOWN.most + 1)]
    assert answers == [200] * guesses.PASSWORDS_KNOWN.most + [429]
    client.cookies["known"] = client.cookies["known"].value + "x"
    assert with_password(client, user).status_code == 429


def code_in_the_mail(user) -> str:
    mail = AccountMail.objects.filter(email=user.email, template="account/email/login_code").latest("pk")
    return mail.values["code"]


def test_the_owner_signs_in_by_a_mailed_code_and_then_the_second_step(client, few):
    user = acting_for(CityFactory())
    secret = app_of(user)
    stranger = locked_out(user)
    for _ in range(8):
        stranger.post("/en/accounts/login/code/", {"email": user.email})
    asked = client.post("/en/accounts/login/code/", {"email": user.email})
    assert asked.url.startswith("/en/accounts/login/code/confirm/")
    confirmed = client.post(asked.url, {"code": code_in_the_mail(user)})
    assert confirmed.url == "/en/accounts/2fa/authenticate/"
    assert client.post(confirmed.url, {"code": code_of(secret)}).url == "/en/my-city/"


def test_a_code_is_mailed_while_it_is_good(client, mailoutbox, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    user = UserFactory()
    client.post("/en/accounts/login/code/", {"email": user.email})
    code = code_in_the_mail(user)
    assert send_account_mails() == 1
    assert code in mailoutbox[0].body
    assert code not in str(AccountMail.objects.get().values)
    client.post("/en/accounts/login/code/", {"email": user.email})
    time_machine.shift(11 * 60)
    assert send_account_mails() == 0


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_the_owner_signs_in_for_ten_minutes_while_a_stranger_guesses():
    """Every ten seconds from a known browser, and every four minutes by a mailed code from another."""
    user = acting_for(CityFactory())
    own = Client(REMOTE_ADDR="192.0.2.7")
    sign_in(own, user)
    over, tried = threading.Event(), []

    def stranger() -> None:
        while not over.is_set():
            tried.append(
                with_password(Client(), user, "a guess", REMOTE_ADDR=f"203.0.{len(tried) % 250}.9").status_code
            )
        connection.close()

    guessing = threading.Thread(target=stranger)
    guessing.start()
    until, signed_in, by_code = time.monotonic() + 600, 0, 0
    try:
        while time.monotonic() < until:
            own.post("/en/accounts/logout/")
            assert sign_in(own, user).url == "/en/my-city/"
            signed_in += 1
            if signed_in % 24 == 1:
                new = Client(REMOTE_ADDR="198.51.100.7")
                asked = new.post("/en/accounts/login/code/", {"email": user.email})
                assert new.post(asked.url, {"code": code_in_the_mail(user)}).url == "/en/my-city/"
                by_code += 1
            over.wait(10)
    finally:
        over.set()
        guessing.join()
    print(f"{len(tried)} guesses, {tried.count(200)} let through; {signed_in} sign-ins, {by_code} by code")  # noqa: T201  the figures of the bar
    assert tried.count(200) <= 20
    assert signed_in > 30


# --- The other forms -------------------------------------------------------------------------------------------------


def test_three_links_an_hour_for_one_address_and_a_page_that_says_so(client):
    user = UserFactory()
    sent = [
        client.post("/en/accounts/password/reset/", {"email": spelling}, REMOTE_ADDR=f"198.51.{number}.1")
        for number, spelling in enumerate([user.email, user.email.upper(), f" {user.email}", user.email])
    ]
    assert [answer.status_code for answer in sent] == [302, 302, 302, 429]
    assert int(sent[-1]["Retry-After"]) > 3000
    assert "That was too often" in sent[-1].text
    assert AccountMail.objects.filter(template="account/email/password_reset_key").count() == 3


def test_codes_of_the_second_step_cannot_be_guessed(client, few):
    user = UserFactory()
    secret = app_of(user)
    page = with_password(client, user).url
    wrong = [client.post(page, {"code": f"{number:06}"}).status_code for number in range(guesses.CODES.most + 1)]
    assert wrong == [200] * guesses.CODES.most + [429]
    assert client.post(page, {"code": code_of(secret)}).status_code == 429


def test_a_code_is_good_once(client):
    user = acting_for(CityFactory())
    secret = app_of(user)
    code = code_of(secret)
    assert client.post(with_password(client, user).url, {"code": code}).url == "/en/my-city/"
    other = Client()
    answer = other.post(with_password(other, user).url, {"code": code})
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_each_sign_in_and_each_wrong_try_has_a_line_that_names_no_address(client, caplog):
    caplog.set_level("INFO", logger="members")
    user = acting_for(CityFactory())
    secret = app_of(user)
    with_password(client, user, "wrong")
    client.post(LOGIN, {"login": "nobody@example.org", "password": "wrong"})
    client.post(with_password(client, user).url, {"code": "000000"})
    other = Client()
    sign_in(other, user, secret)
    other.post("/en/accounts/logout/")
    asked = other.post("/en/accounts/login/code/", {"email": user.email})
    other.post(asked.url, {"code": "WRONG"})
    assert [record.getMessage() for record in caplog.records if record.name.startswith("members")] == [
        f"Account {user.pk}: wrong (passwords, an account)",
        "Account -: wrong (passwords, an account)",
        f"Account {user.pk}: wrong (second step, an account)",
        f"Account {user.pk}: signed in (password, mfa)",
        f"Account {user.pk}: signed out",
        "Account -: wrong (ConfirmLoginCodeForm)",
    ]


def test_a_mail_to_confirm_an_address_goes_three_times_an_hour(client):
    user = UserFactory()
    user.emailaddress_set.update(verified=False)
    for _ in range(5):
        assert sign_in(Client(), user).url == "/en/accounts/confirm-email/"
    assert AccountMail.objects.filter(template="account/email/email_confirmation").count() == 3


def test_the_password_again_has_a_limit_that_no_stranger_uses_up(client, few):
    user = acting_for(CityFactory())
    sign_in(client, user)
    locked_out(user)
    again = "/en/accounts/reauthenticate/"
    wrong = [client.post(again, {"password": "wrong"}).status_code for _ in range(guesses.PASSWORDS_AGAIN.most + 1)]
    assert wrong == [200] * guesses.PASSWORDS_AGAIN.most + [429]


# --- Whose address and whose host it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "answered"),
    [
        ("https://portal.example", {"portal.example", "portal.example:443"}),
        ("http://portal.example", {"portal.example", "portal.example:80"}),
        ("https://portal.example:8443", {"portal.example:8443"}),
        ("https://[2001:db8::1]", {"[2001:db8::1]", "[2001:db8::1]:443"}),
    ],
)
def test_the_hosts_of_an_address(url, answered):
    assert hosts_of(url) == answered


@pytest.mark.parametrize("host", ["portal.example:8000", "evil.example", "portal.example.", "www.portal.example", ""])
def test_another_host_or_port_is_refused(client, settings, host):
    settings.SITE_HOSTS, settings.ALLOWED_HOSTS = hosts_of("https://portal.example"), ["portal.example", "10.0.0.7"]
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/en/", LOGIN, "/static/css/portal.css", "/nothing", "/admin/"):
        answer = client.get(path, HTTP_HOST=host)
        assert answer.status_code == 400
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" in answer


def test_the_host_of_the_portal_is_answered_and_health_checks_name_another(client, settings):
    settings.SITE_HOSTS, settings.ALLOWED_HOSTS = hosts_of("https://portal.example"), ["portal.example", "10.0.0.7"]
    for host in ("portal.example", "PORTAL.example:443"):
        assert client.get("/en/accounts/login/", headers={"host": host}).status_code == 200
    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 400


def test_without_a_proxy_of_ours_what_is_said_of_the_address_counts_for_nothing(rf, settings):
    request = rf.get("/", REMOTE_ADDR="192.0.2.7", headers={"x-forwarded-for": "203.0.113.9"})
    assert guesses.network_of(request) == "192.0.2.0/24"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert guesses.network_of(request) == "0.0.0.0/24"  # our proxies tell less than they should


def test_no_limit_of_allauth_is_left(settings):
    """They count by the Host header, in a cache that may be away."""
    from allauth.account import app_settings as account
    from allauth.mfa import app_settings as mfa

    assert (account.RATE_LIMITS, mfa.RATE_LIMITS) == ({}, {})


def test_every_limit_is_in_the_table_of_the_operators(settings):
    named = {each.name for each in vars(guesses).values() if isinstance(each, guesses.Limit)}
    table = (settings.BASE_DIR / "docs/operations.md").read_text()
    assert sorted(name for name in named if not re.search(rf"^\| {re.escape(name)} \|", table, re.MULTILINE)) == []
    assert all(len(name) <= 40 for name in named)
