"""No line of a log holds an address or a token: real errors of PostgreSQL, real links, through the real logging."""

import io
import logging
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.core import signing
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone, translation

from digests.models import Consent, Subscription
from members.models import Invitation, Scratch, User
from scn_portal.base.redaction import ADDRESS, NETWORK, ROW, TOKEN, RedactingFilter, redacted
from scn_portal.celery import app
from scn_portal.demo.mail import free_port
from tests.factories import ConsentFactory, InvitationFactory, SubscriptionFactory, UserFactory

# As `signing.dumps` makes them; not made anew, so that each process of a run has the same tests.
SIGNED = "MTI:1xWToi:5bZlxkoFdjmrNyKu9zrWG1dUUTYQPMf7Lswnf3Im4VE"
START_SECONDS = 60


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Mail to marie@city.example refused", f"Mail to {ADDRESS} refused"),
        ("{'email': ['marie.o@city.example']}", f"{{'email': [{ADDRESS}]}}"),
        ("<Marie@City.Example>, x", f"<{ADDRESS}>, x"),
        ("/en/desk/search/?q=marie%40city.example&page=2", f"/en/desk/search/?q={ADDRESS}&page=2"),
        ("hélène@ville.example", ADDRESS),
        ('"marie t"@city.example', ADDRESS),
        ("postgres://scn:hunter2@db/scn", f"postgres://scn:{ADDRESS}/scn"),
        (f"Not Found: /en/invitation/{SIGNED}/", f"Not Found: /en/invitation/{TOKEN}/"),
        (f"/fr/infolettre/{quote(SIGNED, safe='')}/", f"/fr/infolettre/{TOKEN}/"),
        (f"/en/invitation/{SIGNED[:-9]}", f"/en/invitation/{TOKEN}"),
        ("/accounts/password/reset/key/3f-c9x0ab-0123456789abcdef0123456789abcdef/",
         f"/accounts/password/reset/key/{TOKEN}/"),
        ("Cookie: sessionid=a1b2c3; csrftoken=Zz9", f"Cookie: sessionid={TOKEN}; csrftoken={TOKEN}"),
        ("{'password1': 'hunter2'}", f"{{'password1': {TOKEN}'}}"),
        ("Authorization: Basic c2NuOmh1bnRlcjI=", f"Authorization: {TOKEN}"),
        ("from 203.0.113.9: too many", f"from {NETWORK}: too many"),
        ("from 2001:db8::7f, again", f"from {NETWORK}, again"),
        ("DETAIL:  Key (lower(email::text))=(marie@city.example) already exists.", f"DETAIL: {ROW}"),
        ("DETAIL:  Failing row contains (1, Marie\nTremblay).\nHINT:  Look", f"DETAIL: {ROW}\nHINT:  Look"),
        ('invalid input syntax for type bigint: "Marie Tremblay"', f"invalid input syntax for type bigint: {ROW}"),
    ],
)  # fmt: skip
def test_is_left_out(line, shown):
    assert redacted(line) == shown
    assert redacted(shown) == shown


@pytest.mark.parametrize(
    "line",
    [
        "Task members.tasks.send_notices[9a3f0f8e-3c11-4d5c-9e0a-0f8e3c114d5c] succeeded in 0.1s: 3",
        "mail notice_closed <179567425757.13730.5552515374097741228@city.example> left, in fr",
        "celery@worker-1 ready.",
        "    @transaction.atomic",
        "connection to server at 10.0.0.2, port 5432 failed: 127.0.0.1:6379",
        "2026-03-02 09:15:07,123 WARNING django.request: Not Found: /en/cities/montreal/",
        "granian 2.5.1 of 12:34:56",
        "CSRF token missing",
        'violates unique constraint "user_email_once"',
    ],
)
def test_what_tells_the_fault_stays(line):
    assert redacted(line) == line


@pytest.mark.parametrize(
    "sign", ["a", "@", "%40", ":", ".", "-", "a:", "DETAIL:", "\n", " ", '"', "=", "1.", "a-", "_"]
)
def test_takes_time_in_proportion_to_the_length(sign):
    """Measured against itself, so that a busy machine changes nothing: what is quadratic takes 100 times as long."""

    def seconds(times: int) -> float:
        text, found = sign * times, []
        for _try in range(3):
            begun = time.thread_time()
            redacted(text)
            found.append(time.thread_time() - begun)
        return min(found)

    assert seconds(20_000) < 40 * seconds(2_000) + 0.02


def written(log) -> str:
    """What the handler of the settings writes while `log` runs."""
    (console,) = [
        each for each in logging.getLogger().handlers if any(isinstance(f, RedactingFilter) for f in each.filters)
    ]
    before = console.setStream(stream := io.StringIO())
    try:
        log()
    finally:
        console.setStream(before)
    return stream.getvalue()


def broken_rules(user: User) -> list:
    """Ways to make PostgreSQL repeat what was typed."""
    return [
        lambda: User.objects.create(email=user.email.upper(), name=user.name),
        lambda: User.objects.filter(pk=user.pk).update(language="xx"),
        lambda: connection.cursor().execute("SELECT %s::bigint", [user.email]),
        lambda: connection.cursor().execute("SELECT %s::jsonb", [f'{{"email": "{user.email}"']),
        lambda: connection.cursor().execute(f"SELECT '{user.name}'::inet"),
    ]


def test_errors_of_the_database_name_the_rule_and_not_the_row(db):
    user = UserFactory(email="canary@city.example", name="Marie Canary")
    said = ""
    for break_it in broken_rules(user):
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            break_it()
        error = caught.value

        def log(error=error):
            logging.getLogger("members").error("It failed: %s (%r)", error, error, exc_info=error)

        said += written(log)
    assert "canary" in str(error).lower()  # which is why
    assert "canary" not in said.lower()
    assert "user_email_once" in said
    assert "user_language_known" in said
    assert "Traceback" in said


def secret_links() -> dict[str, str]:
    """The address of every page that a token opens, by its name, with a real token."""
    user = UserFactory()
    address = user.emailaddress_set.get()
    with translation.override("fr"):
        subscription, consent = SubscriptionFactory(), ConsentFactory()
        return {
            "invitation": InvitationFactory().get_absolute_url(),
            "newsletter_confirm": consent.get_confirm_path(),
            "newsletter_unsubscribe": subscription.get_unsubscribe_path(),
            "newsletter_preferences": subscription.get_preferences_path(),
            "account_confirm_email": reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]),
            "account_reset_password_from_key": reverse(
                "account_reset_password_from_key",
                args=[user_pk_to_url_str(user), default_token_generator.make_token(user)],
            ),
        }


def names_with_a_token(resolver: URLResolver) -> set[str]:
    found = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found |= names_with_a_token(pattern)
        elif isinstance(pattern, URLPattern) and {"token", "key", "uidb36"} & set(pattern.pattern.regex.groupindex):
            found.add(pattern.name)
    return found


# A file's own name in the storage, which is public, and the name of a chart; what a file is asked for with.
NO_SECRET = {"file_waiting", "document", "update_document", "lead_picture", "chart_csv", "chart_svg", "embedded_chart"}


def test_every_link_with_a_token_is_known_here_and_blanked(db):
    links = secret_links()
    assert names_with_a_token(get_resolver()) - NO_SECRET == set(links)
    for name, address in links.items():
        parts = [part for part in address.strip("/").split("/") if len(part) > 20]
        line = redacted(f"Gone: {address}")
        assert TOKEN in line, name
        assert not [part for part in parts if part in line], name


def test_the_log_of_a_request_names_no_token(db):
    links = secret_links()
    Invitation.objects.update(withdrawn_at=timezone.now())
    Consent.objects.all().delete()
    Subscription.objects.all().delete()
    client = Client()

    def log():
        for address in links.values():
            client.get(address)
            client.post(address, {"List-Unsubscribe": "One-Click"})
            client.get(f"{address}x")

    said = written(log)
    assert TOKEN in said
    secrets = [part for address in links.values() for part in address.split("/") if len(part) > 20]
    assert not [secret for secret in secrets if secret in said]


# --- Once with the parts of production -------------------------------------------------------------------------------

REFUSE = """
    CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'refused by the test' USING DETAIL = format('Row (%s)', to_jsonb(COALESCE(NEW, OLD)));
    END $$;
    CREATE TRIGGER test_refuse BEFORE INSERT ON digests_subscription FOR EACH ROW EXECUTE FUNCTION test_refuse();
    CREATE TRIGGER test_refuse BEFORE DELETE ON members_scratch FOR EACH ROW EXECUTE FUNCTION test_refuse();
"""


@pytest.fixture
def database_that_refuses(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION test_refuse CASCADE")


@pytest.fixture
def granian(worker, database_that_refuses, tmp_path):
    """The web server of production on the database of this test: its address and the file of its log."""
    port, log = free_port(), tmp_path / "web.log"
    command = "--interface wsgi --workers 1 --blocking-threads 2 --port"
    # Its workers are children of granian, not of this process.
    environment = os.environ | worker._environment()
    del environment["SCN_TEST_PARENT"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "granian", *command.split(), str(port), "scn_portal.wsgi:application"],
            env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while answer(f"http://127.0.0.1:{port}/healthz") != 200:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
        yield f"http://127.0.0.1:{port}", log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def answer(address: str, data: bytes | None = None) -> int:
    """The status of the answer; 0 without one."""
    try:
        return urllib.request.urlopen(urllib.request.Request(address, data), timeout=60).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.mark.soak
def test_the_logs_of_granian_and_of_a_worker_hold_no_address_and_no_token(granian, worker):
    address, log = granian
    token = signing.dumps(7, salt="a salt")
    assert answer(f"{address}/en/invitation/{token}/nowhere") == 404
    assert answer(f"{address}/en/newsletter/unsubscribe/{token}/", b"List-Unsubscribe=One-Click") in (403, 404, 410)
    assert answer(f"{address}/en/nowhere/?email=canary@city.example") == 404
    form = b"email=canary%40city.example&frequency=weekly&language=en&scope=everything"
    assert answer(f"{address}/en/newsletter/", form) == 500
    said = log.read_text()
    assert "refused by the test" in said
    assert "Not Found: /en/invitation/[token]/nowhere" in said
    assert "canary" not in said
    assert token not in said

    user = UserFactory(email="canary@city.example", name="Marie Canary")
    Scratch.objects.create(user=user, form="pledge:1", fields={"title": ["Marie Canary"]}, saved_at="2020-01-01T00:00Z")
    app.send_task("members.tasks.forget_old_forms")
    worker.wait_for_line("refused by the test")
    worker.wait_until_idle()
    said = "".join(worker.log)
    assert "Traceback" in said
    assert "canary" not in said.lower()
