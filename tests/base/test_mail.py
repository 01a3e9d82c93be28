"""The one door for mail: what every mail looks like, and how rows that owe one are served."""

import datetime as dt
import re
import smtplib

import pytest
import time_machine
from django.conf import settings as portal
from django.core import mail as outbox
from django.core.mail.backends import locmem
from django.db import connection
from django.test import Client
from django.utils import timezone

from digests.models import Consent
from members.invitations import render_invitation
from members.tasks import send_account_mails
from practices import moderation
from practices.choices import Status
from practices.models import Transition
from practices.notices import AUTHOR_TEMPLATES, render_notices
from scn_portal.base import mail
from tests.factories import (
    CityFactory,
    ConsentFactory,
    InvitationFactory,
    ModeratorFactory,
    RevisionFactory,
    UserFactory,
    acting_for,
    harmless,
)

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)


def html_of(message) -> str:
    (alternative,) = message.alternatives
    assert alternative.mimetype == "text/html"
    return alternative.content


# --- composing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def letter():
    context = {"title": "A title", "text": "Some *words*.\n\n<http://127.0.0.1:8000/en/>"}
    return mail.compose("account", to=["anna@example.org"], language="en", context=context)


def test_the_first_line_is_the_subject_and_the_rest_the_text(letter):
    assert letter.subject == "A title"
    assert letter.body.startswith("Hello,\n\nSome *words*.")
    assert letter.to == ["anna@example.org"]


def test_both_parts_say_the_same(letter):
    html = html_of(letter)
    assert '<a href="http://127.0.0.1:8000/en/"' in html
    for part in (letter.body, html):
        assert "Some *words*." in part
        assert "Strong Cities Network" in part


def test_the_letterhead_stands_in_the_tags_and_keeps_its_night_colours(letter):
    html = html_of(letter)
    assert re.search(r'<td class="line line-1" style="[^"]*background-color: #3d3a9c', html)
    assert html.count("<style") == 1
    assert "prefers-color-scheme: dark" in html


def test_the_headers_of_a_mail_that_a_machine_wrote(letter):
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert letter.extra_headers["Content-Language"] == "en"
    assert letter.extra_headers["Message-ID"].endswith("@127.0.0.1>")


def test_a_french_mail_has_french_spaces():
    context = {"title": "Titre", "text": "Vraiment ? « Oui » !"}
    letter = mail.compose("account", to=["anna@example.org"], language="fr", context=context)
    assert "Vraiment\u202f? «\u202fOui\u202f»\u202f!" in letter.body


def test_the_demo_says_so_in_every_mail(settings):
    settings.DEMO = True
    letter = mail.compose("account", to=["a@example.org"], language="en", context={"title": "T", "text": "x"})
    assert "This is a demonstration" in letter.body
    assert "This is a demonstration" in html_of(letter)


# --- the mails of the portal -----------------------------------------------------------------------------------------


def notice(to_status: Status, *, reason: str = "", language: str = "en"):
    """The mail on a decision that led to `to_status`."""
    author = UserFactory(language=language, time_zone="America/Montreal")
    moment = NOON if to_status == Status.SCHEDULED else None
    revision = RevisionFactory(
        title_en="Safe squares", title_fr="Places sûres", author=author, status=to_status, reason=reason,
        publish_at=moment, practice__city=CityFactory(name_en="Testville", name_fr="Essaiville"),
    )  # fmt: skip
    transition = Transition.objects.create(
        revision=revision, verb="x", from_status=Status.SUBMITTED, to_status=to_status, reason=reason,
        by=ModeratorFactory(),
    )  # fmt: skip
    (message,) = render_notices(transition)
    return message


NEEDS_REASON = (Status.SENT_BACK, Status.REJECTED)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("status", AUTHOR_TEMPLATES)
def test_a_decision_is_told_in_the_authors_language(status, language):
    message = notice(status, reason="Too short." if status in NEEDS_REASON else "", language=language)
    title, city = {"en": ("Safe squares", "Testville"), "fr": ("Places sûres", "Essaiville")}[language]
    assert title in message.subject
    assert city in message.body
    assert f"<{portal.SITE_URL}/{language}/" in message.body
    assert "{{" not in message.body


def test_a_reason_of_several_lines_is_quoted_whole():
    message = notice(Status.SENT_BACK, reason="Say who led it.\n\nAdd the *costs*.")
    assert "> Say who led it.\n> \n> Add the *costs*.\n" in message.body
    assert re.search(r"<blockquote[^>]*>\s*<p[^>]*>Say who led it.</p>\s*<p[^>]*>Add the \*costs\*.", html_of(message))
    assert message.subject.startswith("Action needed: ")


def test_a_date_to_come_is_told_on_the_authors_clock():
    assert "on 4 March 2026 at 07:00 (America/Montreal)" in notice(Status.SCHEDULED).body


def test_a_title_with_marks_of_html_stays_text():
    author = UserFactory()
    revision = RevisionFactory(title_en="A & B <script>x</script>", author=author, status=Status.PUBLISHED)
    transition = Transition(revision=revision, to_status=Status.PUBLISHED, by=ModeratorFactory())
    (message,) = render_notices(transition)
    assert "A & B <script>" in message.subject
    assert "<script>" not in html_of(message)


def test_a_submission_is_told_to_the_moderators_as_something_to_do():
    ModeratorFactory()
    city = CityFactory()
    author = acting_for(city)
    revision = RevisionFactory(title_en="Safe squares", practice__city=city, author=author)
    moderation.submit(revision=revision, by=author, harm=harmless())
    (message,) = render_notices(Transition.objects.get())
    assert message.subject.startswith("Action needed: “Safe squares”")
    assert "/en/desk/" in message.body


def test_moderators_are_in_no_header_and_the_portal_gets_no_copy():
    moderator = ModeratorFactory()
    author = acting_for(city := CityFactory())
    moderation.submit(revision=RevisionFactory(practice__city=city, author=author), by=author, harm=harmless())
    (message,) = render_notices(Transition.objects.get())
    assert message.message()["To"] == portal.DEFAULT_FROM_EMAIL
    assert message.recipients() == [moderator.email]
    assert moderator.email.encode() not in message.message().as_bytes()


EVIL = "X\n\n# Account locked\n\n[Sign in](https://evil.example/)\r<https://evil.example/> &amp; 1_000\u2028\u202eend"
EVIL_IN_A_LINE = "X # Account locked [Sign in](https://evil.example/) <https://evil.example/> &amp; 1_000 end"


def assert_inert(message) -> None:
    assert "\\" not in message.body
    assert not re.search(r"[\U000f0000-\U000f007f]", message.subject + message.body + html_of(message))
    assert "[Sign in](https://evil.example/)" in html_of(message)
    assert "&lt;https://evil.example/&gt; &amp;amp; 1_000" in html_of(message)
    assert not re.search(r"<h\d|href=.https://evil", html_of(message))


@pytest.mark.parametrize("status", AUTHOR_TEMPLATES)
def test_what_people_typed_is_no_markup_in_a_notice(status):
    revision = RevisionFactory(
        title_en=EVIL, author=UserFactory(), status=status, practice__city=CityFactory(name_en=EVIL)
    )
    reason = EVIL if status in NEEDS_REASON else ""
    transition = Transition(revision=revision, to_status=status, by=ModeratorFactory(), reason=reason)
    (message,) = render_notices(transition)
    assert EVIL_IN_A_LINE in message.subject
    assert f"“{EVIL_IN_A_LINE}” ({EVIL_IN_A_LINE})" in message.body
    assert_inert(message)


def test_what_people_typed_is_no_markup_on_the_way_to_the_desk():
    ModeratorFactory()
    revision = RevisionFactory(title_en=EVIL, status=Status.SUBMITTED)
    transition = Transition(revision=revision, to_status=Status.SUBMITTED)
    (message,) = render_notices(transition)
    assert EVIL_IN_A_LINE in message.subject
    assert_inert(message)


def test_a_name_is_no_markup_in_an_invitation():
    (message,) = render_invitation(InvitationFactory(invited_by__name=EVIL, city=CityFactory(name_en=EVIL)))
    assert message.subject == f"Invitation to act for {EVIL_IN_A_LINE}"
    assert f"{EVIL_IN_A_LINE} invites you to act for {EVIL_IN_A_LINE}" in message.body
    assert_inert(message)


def test_the_text_of_a_package_keeps_its_lines_and_links_to_nobody_but_us():
    text = f"Go to http://127.0.0.1:8000/en/a_b*c/\n\n- Date: 1\n- Browser: {EVIL}"
    message = mail.compose("account", to=["a@example.org"], language="en", context={"title": EVIL, "text": text})
    assert message.subject == EVIL_IN_A_LINE
    assert "Go to <http://127.0.0.1:8000/en/a_b*c/>\n\n- Date: 1\n- Browser: X\n\n# Account locked" in message.body
    assert 'href="http://127.0.0.1:8000/en/a_b*c/"' in html_of(message)
    assert "- Date: 1<br>" in html_of(message)
    assert_inert(message)


@pytest.mark.parametrize(("language", "city"), [("en", "Testville"), ("fr", "Essaiville")])
def test_an_invitation_names_the_city_who_invites_and_the_link(language, city):
    invitation = InvitationFactory(
        city=CityFactory(name_en="Testville", name_fr="Essaiville"), language=language, invited_by__name="Anna Test"
    )
    (message,) = render_invitation(invitation)
    assert city in message.subject
    assert "Anna Test" in message.body
    assert f"<{portal.SITE_URL}/{language}/" in message.body


def test_the_mail_of_the_account_has_no_words_around_what_it_says():
    UserFactory(email="anna@example.org")
    Client().post("/en/accounts/password/reset/", {"email": "anna@example.org"})
    send_account_mails()
    (message,) = outbox.outbox
    assert "Thank you for using" not in message.body
    assert "Hello from" not in message.body
    assert message.body.count("Hello") == 1
    assert re.search(r"^<http://\S+/password/reset/key/\S+>$", str(message.body), re.MULTILINE)


# --- rows that owe a mail --------------------------------------------------------------------------------------------


def waiting(email: str = "", **fields):
    """A request for the newsletter that waits for its answer."""
    fields |= {"subscription__email": email} if email else {}
    return ConsentFactory(mailed_at=None, **fields)


def written(row) -> list:
    address = row.subscription.email
    return [mail.compose("account", to=[address], language="en", context={"title": address, "text": "x"})]


def broken(row) -> list:
    raise RuntimeError("this row cannot be written")


def test_each_row_is_served_once():
    for _number in range(3):
        waiting()
    assert mail.send_due(Consent.objects.all(), written) == 3
    assert mail.send_due(Consent.objects.all(), written) == 0
    assert len(outbox.outbox) == 3
    assert not Consent.objects.all().filter(mailed_at=None).exists()


def test_a_row_that_owes_nothing_is_done():
    waiting()
    assert mail.send_due(Consent.objects.all(), lambda row: []) == 0
    assert not Consent.objects.all().filter(mailed_at=None).exists()


def test_a_row_that_fails_does_not_hold_up_the_others():
    poisoned = waiting(email="first@example.org")
    waiting()

    def write(row):
        return written(row) if row != poisoned else broken(row)

    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1), tick=False):
        assert mail.send_due(Consent.objects.all(), write) == 1
        poisoned.refresh_from_db()
        assert (poisoned.mailed_at, poisoned.mail_attempts) == (None, 1)
        assert poisoned.mail_after == timezone.now() + dt.timedelta(minutes=2)


def test_a_row_waits_longer_each_time_and_is_given_up_in_the_end():
    row = waiting()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        waits = []
        while row.mail_attempts < mail.MAX_ATTEMPTS:
            mail.send_due(Consent.objects.all(), broken)
            row.refresh_from_db()
            waits.append(row.mail_after - timezone.now())
            clock.move_to(row.mail_after)
        assert waits == [dt.timedelta(minutes=2**attempt) for attempt in range(1, 11)]
        assert mail.send_due(Consent.objects.all(), written) == 0


@pytest.mark.parametrize(("code", "attempts"), [(550, mail.MAX_ATTEMPTS), (450, 1)])
def test_a_refusal_for_good_is_final_and_one_for_now_is_not(code, attempts):
    row = waiting()
    row.record_failure(smtplib.SMTPRecipientsRefused({row.subscription.email: (code, b"no")}))
    row.refresh_from_db()
    assert row.mail_attempts == attempts


def test_an_error_of_the_database_does_not_hold_up_the_others():
    poisoned = waiting(email="first@example.org")
    waiting()

    def write(row):
        if row == poisoned:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
        return written(row)

    assert mail.send_due(Consent.objects.all(), write) == 1
    poisoned.refresh_from_db()
    assert (poisoned.mailed_at, poisoned.mail_attempts) == (None, 1)


class Server(locmem.EmailBackend):
    """Raises what it is told to, when it is opened or when it is given a mail."""

    on_open: Exception | None = None
    on_mail: dict[str, Exception] = {}

    def open(self):
        if self.on_open:
            raise self.on_open

    def send_messages(self, messages):
        for message in messages:
            if error := self.on_mail.get(message.to[0]):
                raise error
        return super().send_messages(messages)


@pytest.fixture
def server(monkeypatch, settings):
    """What Server raises is set through it."""
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    return monkeypatch


def test_a_server_that_is_away_for_weeks_costs_no_mail(server):
    first, second = waiting(), waiting()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1), tick=False) as clock:
        for error in (ConnectionRefusedError(), TimeoutError(), smtplib.SMTPAuthenticationError(535, b"no")) * 10:
            server.setattr(Server, "on_open", error)
            assert mail.send_due(Consent.objects.all(), written) == 0
            clock.shift(dt.timedelta(days=1))
        server.setattr(Server, "on_open", None)
        assert mail.send_due(Consent.objects.all(), written) == 2
    for row in (first, second):
        row.refresh_from_db()
        assert row.mail_attempts == 0


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPServerDisconnected("gone"),
        ConnectionResetError(),
        smtplib.SMTPDataError(421, b"closing"),
        smtplib.SMTPRecipientsRefused({"first@example.org": (421, b"closing")}),
        smtplib.SMTPSenderRefused(451, b"later", "portal@example.org"),
    ],
)
def test_a_server_that_leaves_in_the_middle_ends_the_run_and_the_mail_lets_the_others_go_first(server, error):
    first, second = waiting(email="first@example.org"), waiting()
    server.setattr(Server, "on_mail", {"first@example.org": error})
    assert mail.send_due(Consent.objects.all(), written) == 0
    assert not outbox.outbox
    assert mail.send_due(Consent.objects.all(), written) == 1
    assert [message.to for message in outbox.outbox] == [[second.subscription.email]]
    first.refresh_from_db()
    assert (first.mailed_at, first.mail_attempts) == (None, 0)


@pytest.mark.parametrize("error", [smtplib.SMTPDataError(554, b"spam"), smtplib.SMTPNotSupportedError("SMTPUTF8")])
def test_a_mail_that_the_server_does_not_take_counts_and_the_run_goes_on(server, error):
    first, _second = waiting(email="first@example.org"), waiting()
    server.setattr(Server, "on_mail", {"first@example.org": error})
    assert mail.send_due(Consent.objects.all(), written) == 1
    first.refresh_from_db()
    assert (first.mailed_at, first.mail_attempts) == (None, 1)


def test_what_is_not_due_yet_waits():
    waiting(mail_after=timezone.now() + dt.timedelta(hours=1))
    assert mail.send_due(Consent.objects.all(), written) == 0
