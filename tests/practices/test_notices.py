"""The mails of moderation: to whom, in which language, once."""

import datetime as dt

import pytest
from django.utils import timezone

from members.models import Role
from practices import moderation
from practices.models import Transition
from practices.tasks import send_notices
from tests.factories import ModeratorFactory, RevisionFactory, UserFactory, acting_for, harmless

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", ["send_back", "reject", "publish", "archive"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_author_hears_of_each_decision_in_their_language_with_the_reason(verb, language, mailoutbox):
    author = UserFactory(language=language)
    status = "published" if verb == "archive" else "submitted"
    revision = RevisionFactory(status=status, author=author, title_en="The title")
    moderation.perform(verb, revision=revision, by=ModeratorFactory(), reason="First line.\nSecond line.")
    assert send_notices() == 1
    (mail,) = mailoutbox
    assert mail.to == [author.email]
    assert mail.extra_headers["Content-Language"] == language
    assert "The title" in mail.subject
    assert "> First line.\n> Second line." in mail.body
    assert mail.body.startswith({"en": "Hello,", "fr": "Bonjour,"}[language])
    (html, kind) = mail.alternatives[0]
    assert kind == "text/html"
    assert f'lang="{language}"' in html
    assert "Second line." in html
    assert send_notices() == 0


def test_the_moment_of_appearance_is_told_in_the_clock_of_the_author(mailoutbox, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    revision = RevisionFactory(status="submitted", author=UserFactory(time_zone="Africa/Nairobi"))
    moment = dt.datetime(2026, 5, 6, 22, 30, tzinfo=dt.UTC)
    moderation.publish(revision=revision, by=ModeratorFactory(), at=moment)
    send_notices()
    assert "on 7 May 2026 at 01:30 (Africa/Nairobi)" in mailoutbox[0].body


def test_moderators_are_told_of_a_submission_each_in_their_language_and_unseen_by_each_other(mailoutbox):
    english = {ModeratorFactory().email, ModeratorFactory().email}
    french = {ModeratorFactory(language="fr").email}
    ModeratorFactory(is_active=False)
    UserFactory(is_staff=True)
    revision = RevisionFactory()
    moderation.submit(revision=revision, by=acting_for(revision.practice.city), harm=harmless())
    assert send_notices() == 2
    assert [mail.to for mail in mailoutbox] == [[], []]
    assert {mail.extra_headers["Content-Language"]: set(mail.bcc) for mail in mailoutbox} == {
        "en": english,
        "fr": french,
    }


def test_nobody_is_mailed_of_their_own_act_nor_of_a_withdrawal(mailoutbox):
    official = acting_for((revision := RevisionFactory(status="submitted")).practice.city)
    moderation.withdraw(revision=revision, by=official)
    live = RevisionFactory(status="published", author=official, practice__city=revision.practice.city)
    moderation.archive(revision=live, by=official, reason="A name.")
    assert send_notices() == 0
    assert mailoutbox == []
    assert not Transition.objects.filter(mailed_at=None).exists()


def test_an_author_who_left_is_not_mailed(mailoutbox):
    revision = RevisionFactory(status="submitted", author=UserFactory(is_active=False))
    moderation.reject(revision=revision, by=ModeratorFactory(), reason="No.")
    assert send_notices() == 0
    assert mailoutbox == []


@pytest.mark.parametrize(
    "title", ["One\rTwo", "One\nBcc: x@example.org", "One\r\nTwo", "<b>&amp;</b>", "*[x](y)*", "T" * 200]
)
def test_a_title_cannot_break_its_mail(mailoutbox, title):
    revision = RevisionFactory(status="submitted", title_en=title, summary_en="x")
    moderation.reject(revision=revision, by=ModeratorFactory(), reason=f"No. {title}")
    assert send_notices() == 1
    message = mailoutbox[0].message()
    assert message["Bcc"] is None
    assert "\n" not in mailoutbox[0].subject
    assert "<b>" not in mailoutbox[0].alternatives[0][0].partition("<body")[2]


def test_a_notice_waits_for_the_commit_and_beat_finds_what_no_worker_was_told_of(
    django_capture_on_commit_callbacks, mailoutbox, queued_tasks
):
    revision = RevisionFactory(status="submitted")
    with django_capture_on_commit_callbacks(execute=True):
        moderation.reject(revision=revision, by=ModeratorFactory(), reason="No.")
        assert (mailoutbox, queued_tasks()) == ([], [])
    assert queued_tasks() == ["practices.tasks.send_notices"]
    assert send_notices() == 1


def test_a_server_that_refuses_holds_up_no_other_mail_and_is_asked_again_later(smtp, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    refused, taken = (RevisionFactory(status="submitted", author=UserFactory()) for _ in range(2))
    for revision in (refused, taken):
        moderation.reject(revision=revision, by=ModeratorFactory(), reason="No.")
    smtp.refuse(refused.author.email, 450)
    assert send_notices() == 1
    assert [mail["To"] for mail in smtp.messages] == [taken.author.email]
    assert send_notices() == 0
    smtp.refuse(refused.author.email, 0)
    time_machine.shift(dt.timedelta(minutes=3))
    assert send_notices() == 1
    assert [mail["To"] for mail in smtp.messages] == [taken.author.email, refused.author.email]


def test_a_real_worker_sends_the_notice(worker, smtp):
    revision = RevisionFactory(status="submitted", author=UserFactory(email="author@example.org"))
    moderation.reject(revision=revision, by=ModeratorFactory(), reason="Too short.")
    (mail,) = smtp.wait_for(1)
    assert mail["To"] == "author@example.org"
    assert "> Too short." in mail.get_body(("plain",)).get_content()


def test_an_author_who_has_left_the_city_hears_no_more_and_its_focal_points_do(mailoutbox):
    revision = RevisionFactory(status="submitted")
    focal_point = acting_for(revision.practice.city)
    acting_for(revision.practice.city, Role.VIEWER)
    revision.author.memberships.all().delete()
    moderation.send_back(revision=revision, by=ModeratorFactory(), reason="Shorter.")
    assert send_notices() == 1
    assert mailoutbox[0].to == [focal_point.email]


def test_a_notice_that_was_overtaken_is_not_sent(mailoutbox):
    revision = RevisionFactory(status="submitted")
    moderation.publish(revision=revision, by=ModeratorFactory(), at=timezone.now() + dt.timedelta(days=1))
    moderation.withdraw(revision=revision, by=revision.author)
    assert send_notices() == 0
    assert mailoutbox == []
    assert not Transition.objects.filter(mailed_at=None).exists()
