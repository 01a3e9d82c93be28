"""The mails of the desk: who hears of a submission, when, and what the mail says."""

import datetime as dt

import pytest
from django.conf import settings

from members.models import City
from practices import holds, moderation
from practices.desk_mails import prepare_reminders
from practices.models import DeskSettings, ModeratorMail
from practices.tasks import send_desk_mails, send_notices
from tests.factories import CityFactory, ModeratorFactory, RevisionFactory, UserFactory, harmless

pytestmark = pytest.mark.django_db

# A Thursday, 07:00 in London, in summer time.
MORNING = dt.datetime(2026, 5, 7, 6, tzinfo=dt.UTC)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(MORNING, tick=False)
    return lambda moment: time_machine.move_to(moment, tick=False)


def submitted(**fields):
    revision = RevisionFactory(**fields)
    return moderation.submit(revision=revision, by=revision.author, harm=harmless())


def choosing(choice: str, **fields):
    """A moderator who has chosen these mails."""
    moderator = ModeratorFactory(**fields)
    ModeratorMail.objects.create(user=moderator, choice=choice)
    return moderator


def readers(mails) -> set[str]:
    return {address for mail in mails for address in (*mail.to, *mail.bcc)}


def test_moderators_and_superusers_hear_unless_they_act_for_the_city_or_chose_otherwise(mailoutbox):
    city = CityFactory()
    told = {ModeratorFactory().email, UserFactory(is_superuser=True).email, choosing("each").email}
    choosing("daily"), choosing("none"), UserFactory(is_superuser=True, is_active=False), UserFactory(is_staff=True)
    for own in (ModeratorFactory(), UserFactory(is_superuser=True)):
        own.memberships.create(city=city, role="viewer")
    submitted(practice__city=city)
    assert send_notices() == 1
    assert readers(mailoutbox) == told


def test_the_mail_says_kind_city_languages_and_summary_and_where_an_answer_goes(mailoutbox):
    moderator = ModeratorFactory(language="fr")
    city = CityFactory(name_en="Testford", name_fr="Test-les-Bains", country="CA")
    revision = submitted(practice__city=city, title_en="A well", title_fr="Un puits", summary_fr="On *creuse*.")
    send_notices()
    (mail,) = mailoutbox
    assert "Un puits" in mail.subject
    assert "Test-les-Bains" in mail.subject
    said = " ".join(mail.body.split())
    for words in (
        "Test-les-Bains (Canada)",
        "Nouvelle pratique.",
        "En français et en anglais.",
        "> On *creuse*.",
    ):
        assert words in said
    assert mail.extra_headers["Reply-To"] == settings.CONTACT_EMAIL
    moderation.send_back(revision=revision, by=moderator, reason="Court.")
    moderation.submit(revision=revision, by=revision.author, harm=harmless())
    send_notices()
    assert "De nouveau, après un renvoi." in mailoutbox[-1].body


def test_one_mail_a_day_leaves_at_eight_on_the_clock_of_each_reader(clock, mailoutbox):
    london = choosing("daily", time_zone="Europe/London")
    nairobi = choosing("daily", time_zone="Africa/Nairobi")
    submitted(title_en="The first")
    assert send_desk_mails() == 1  # nine in Nairobi
    assert readers(mailoutbox) == {nairobi.email}
    clock(MORNING + HOUR)
    assert (send_desk_mails(), send_desk_mails()) == (1, 0)
    assert mailoutbox[1].to == [london.email]
    assert "The first" in mailoutbox[1].body
    clock(MORNING + 2 * HOUR)
    submitted(title_en="The second"), submitted(title_en="The third")
    clock(MORNING + DAY + HOUR)
    assert send_desk_mails() == 2
    for mail in mailoutbox[2:]:
        assert mail.subject == "2 new submissions are waiting for a moderator"
        assert ["The first" in mail.body, "The second" in mail.body, "The third" in mail.body] == [False, True, True]
    clock(MORNING + 2 * DAY + HOUR)
    assert send_desk_mails() == 0


def test_the_mail_of_a_day_leaves_out_what_is_decided_and_the_cities_of_its_reader(clock, mailoutbox):
    reader = choosing("daily")
    decided, own = submitted(), submitted()
    moderation.publish(revision=decided, by=ModeratorFactory())
    reader.memberships.create(city=own.practice.city, role="editor")
    clock(MORNING + 3 * HOUR)
    assert (send_desk_mails(), mailoutbox) == (0, [])


def test_a_submission_that_nobody_takes_reminds_once_after_half_of_the_days(clock, mailoutbox):
    DeskSettings.objects.create(pk=1, answer_days=4)
    told = {ModeratorFactory().email, choosing("daily", time_zone="Pacific/Auckland").email}
    choosing("none")
    revision, taken = submitted(title_en="The well"), submitted()
    City.objects.exclude(pk=revision.practice.city_id).get().memberships.create(user=ModeratorFactory(), role="viewer")
    holds.take(taken, by=ModeratorFactory(email="taker@example.org"))
    send_notices(), send_desk_mails(), mailoutbox.clear()
    clock(MORNING + 2 * DAY - HOUR)
    send_desk_mails()
    assert not [mail for mail in mailoutbox if "Nobody looks after" in mail.subject]
    clock(MORNING + 2 * DAY)
    send_desk_mails()
    (mail,) = [mail for mail in mailoutbox if "Nobody looks after" in mail.subject]
    assert "The well" in mail.subject
    assert told < readers([mail])
    mailoutbox.clear()
    send_desk_mails()
    assert mailoutbox == []


def test_a_reminder_is_overtaken_by_who_takes_it(clock, mailoutbox):
    moderator, revision = choosing("each"), submitted()
    clock(MORNING + 6 * DAY)
    assert prepare_reminders() == 1
    holds.take(revision, by=moderator)
    assert (send_desk_mails(), mailoutbox) == (0, [])
