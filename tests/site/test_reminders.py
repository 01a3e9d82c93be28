"""The weekly reminder: on Monday at eight on each person's clock, in their language, once; none where nothing waits."""

import datetime as dt
import zoneinfo
from collections import Counter

import pytest
from django.utils import timezone

from commitments.models import Milestone
from members import people
from members.models import Membership, Reminder, Role, User
from scn_portal.site.tasks import send_reminders
from scn_portal.site.todo import weekly
from scn_portal.site.todo.reasons import REASONS
from tests.digests.faults import another_worker, until
from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, acting_for
from tests.practices.test_races import at_once

# The Monday after the clocks of Canada changed, and the one before those of Europe do.
MONDAY = dt.date(2030, 3, 11)
WEEK = dt.timedelta(days=7)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
CONFIRMED = dt.datetime(2030, 3, 1, tzinfo=dt.UTC)


def at(day: dt.date, hour: float, zone: str = "UTC") -> dt.datetime:
    moment = dt.datetime.combine(day, dt.time(), tzinfo=zoneinfo.ZoneInfo(zone)) + dt.timedelta(hours=hour)
    return moment.astimezone(dt.UTC)


@pytest.fixture
def city(db):
    """A city with one overdue milestone, whose facts are confirmed."""
    city = CityFactory(name_en="Testford", name_fr="Testbourg")
    pledge = PledgeFactory(city=city, title_fr="Fr", created_at=CONFIRMED)
    MilestoneFactory(pledge=pledge, title_en="Open the house", due_on="2020-01-01")
    return city


def reader(city, role: Role = Role.FOCAL_POINT, **user) -> User:
    person = acting_for(city, role, **user)
    Membership.objects.update(created_at=LONG_AGO, confirmed_at=CONFIRMED)
    city.confirm(by=person)
    type(city).objects.update(confirmed_at=CONFIRMED)
    return person


def sent_at(mailoutbox, time_machine, moment: dt.datetime) -> list[str]:
    """Whom the beat of that moment mails."""
    mailoutbox.clear()
    time_machine.move_to(moment, tick=False)
    send_reminders()
    return sorted(mail.to[0] for mail in mailoutbox)


def test_it_leaves_at_eight_on_monday_by_the_clock_of_each(city, mailoutbox, time_machine):
    zones = ["America/Toronto", "Europe/Paris", "Africa/Nairobi", "Pacific/Auckland"]
    for zone in zones:
        reader(city, email=f"{zone.lower().replace('/', '.')}@example.org", time_zone=zone)
    for zone in zones:
        address = f"{zone.lower().replace('/', '.')}@example.org"
        assert address not in sent_at(mailoutbox, time_machine, at(MONDAY, 7.99, zone))
        assert sent_at(mailoutbox, time_machine, at(MONDAY, 8, zone)).count(address) <= 1
    assert Reminder.objects.filter(mailed_at__isnull=False).count() == 4
    hours = {each.user.time_zone: timezone.localtime(each.mailed_at, zoneinfo.ZoneInfo(each.user.time_zone)).hour
             for each in Reminder.objects.select_related("user")}  # fmt: skip
    # Auckland's Monday was over before this test came to it.
    assert {hours[zone] for zone in zones[:3]} <= {8, 9, 10, 11, 12, 13, 14, 15}


@pytest.mark.parametrize("zone", ["America/Toronto", "Europe/Paris", "Africa/Nairobi", "Asia/Kathmandu", "UTC"])
def test_eight_stays_eight_when_the_clocks_change(city, mailoutbox, time_machine, zone):
    person = reader(city, time_zone=zone)
    for week in range(-2, 4):
        monday = MONDAY + week * WEEK
        assert sent_at(mailoutbox, time_machine, at_wall(monday, 7, 59, zone)) == []
        assert sent_at(mailoutbox, time_machine, at_wall(monday, 8, 0, zone)) == [person.email]
        assert sent_at(mailoutbox, time_machine, at_wall(monday, 8, 1, zone)) == []


def at_wall(day: dt.date, hour: int, minute: int, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("language", "subject", "label"),
    [("en", "One thing to do for Testford", "A milestone is overdue"),
     ("fr", "Une chose à faire pour Testbourg", "Un jalon est en retard")],
)  # fmt: skip
def test_it_says_the_same_as_the_page_in_the_language_of_its_reader(
    city, mailoutbox, time_machine, settings, language, subject, label
):
    reader(city, language=language)
    assert len(sent_at(mailoutbox, time_machine, at(MONDAY, 8))) == 1
    (mail,) = mailoutbox
    assert mail.subject == subject
    assert mail.extra_headers["Content-Language"] == language
    assert label in mail.body
    assert "Open the house" in mail.body
    milestone = Milestone.objects.get()
    step = {"en": "pledges", "fr": "promesses"}[language]
    city_of = {"en": "my-city", "fr": "ma-ville"}[language]
    assert (
        f"{settings.SITE_URL}/{language}/{city_of}/{step}/{milestone.pledge_id}/#milestone-{milestone.pk}" in mail.body
    )


def test_an_empty_list_is_not_mailed(city, mailoutbox, time_machine):
    reader(city)
    Milestone.objects.update(done_on="2020-02-01")
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 8)) == []
    Milestone.objects.update(done_on=None)
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 9)) == [], "one look a week"


@pytest.mark.parametrize("who", ["a viewer", "a closed account", "nobody's"])
def test_who_gets_none(city, mailoutbox, time_machine, who):
    person = reader(city, Role.VIEWER if who == "a viewer" else Role.EDITOR)
    if who == "a closed account":
        people.close_account(person, by=None)
    elif who == "nobody's":
        person.memberships.all().delete()
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 8)) == []


def test_each_kind_can_be_turned_off_in_the_account(client, city, mailoutbox, time_machine):
    person = reader(city)
    client.force_login(person)
    kept = [reason.key for reason in REASONS if reason.key != "milestones"]
    assert client.post("/en/account/reminders/", {"kinds": kept}).status_code == 302
    person.refresh_from_db()
    assert person.reminders_off == ["milestones"]
    assert client.get("/en/account/reminders/").context["form"]["kinds"].value() == kept
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 8)) == []
    client.force_login(person)  # the session of four years ago is over
    client.post("/en/account/reminders/", {"kinds": [*kept, "milestones"]})
    assert sent_at(mailoutbox, time_machine, at(MONDAY + WEEK, 8)) == [person.email]


def test_nobody_has_two_a_week_whatever_their_zone_becomes(city, mailoutbox, time_machine):
    person = reader(city, time_zone="Africa/Nairobi")
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 8, "Africa/Nairobi")) == [person.email]
    User.objects.filter(pk=person.pk).update(time_zone="America/Toronto")
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 8, "America/Toronto")) == []


def test_whoever_comes_later_on_monday_waits_for_the_next(city, mailoutbox, time_machine):
    person = reader(city)
    Membership.objects.update(created_at=at(MONDAY, 9))
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 10)) == []
    assert sent_at(mailoutbox, time_machine, at(MONDAY + WEEK, 8)) == [person.email]


def test_after_a_day_without_workers_it_is_left_for_the_next_week(city, mailoutbox, time_machine):
    reader(city)
    assert sent_at(mailoutbox, time_machine, at(MONDAY, 8 + 24)) == []
    assert sent_at(mailoutbox, time_machine, at(MONDAY + WEEK, 20)) != []


@pytest.mark.parametrize("count", [1, 3])
def test_a_beat_with_nothing_due_asks_two_questions(city, time_machine, django_assert_num_queries, count):
    for _ in range(count):
        reader(city)
    time_machine.move_to(at(MONDAY + dt.timedelta(days=3), 8), tick=False)
    with django_assert_num_queries(2 + 2):  # and the transaction around the look for a row
        send_reminders()


# --- Two workers, and a killed one -----------------------------------------------------------------------------------


def six_weeks(smtp, time_machine, weeks: int, people_of: list[User]) -> None:
    """Beat wakes two workers at once, each hour around each Monday."""
    for week in range(weeks):
        monday = MONDAY + week * WEEK
        for hour in (-6, 0, 4, 8, 12, 16, 24):
            time_machine.move_to(at(monday, hour), tick=False)
            outcomes = at_once(send_reminders, send_reminders)
            assert not [each for each in outcomes if isinstance(each, Exception)], outcomes
    counts = Counter(str(message["To"]) for message in smtp.messages)
    assert counts == {person.email: weeks for person in people_of}


@pytest.fixture
def crowd(transactional_db, city):
    """Three people with something to do, and one with nothing."""
    zones = {"America/Toronto": "fr", "Europe/Paris": "fr", "Africa/Nairobi": "en"}
    crowd = [reader(city, time_zone=zone, language=language) for zone, language in zones.items()]
    quiet = CityFactory()
    reader(quiet)
    return crowd


def test_two_workers_send_one_mail_a_person_and_week(crowd, smtp, time_machine):
    six_weeks(smtp, time_machine, 2, crowd)


@pytest.mark.soak
def test_six_weeks_of_beat_with_two_workers(crowd, smtp, time_machine):
    six_weeks(smtp, time_machine, 6, crowd)


def next_monday_now() -> None:
    """As if it were Monday: rows for all who are owed a mail, made by the clock of today."""
    monday = timezone.localdate() - dt.timedelta(days=timezone.localdate().weekday())
    Reminder.objects.bulk_create(Reminder(user=person, week=monday) for person in User.objects.all())


@pytest.mark.slow
def test_a_worker_that_is_killed_leaves_nobody_out_and_mails_nobody_twice_but_the_one_on_its_way(worker, crowd, smtp):
    next_monday_now()
    smtp.when_taken(2, worker.kill)
    send_reminders.delay()
    until(lambda: not worker.is_running)
    assert weekly.send() == 2
    ids: dict[str, set] = {}
    for message in smtp.messages:
        ids.setdefault(str(message["To"]), set()).add(message["Message-ID"])
    assert ids.keys() == {person.email for person in crowd}
    assert all(len(each) == 1 for each in ids.values()), "a second mail bears the same Message-ID"
    assert len(smtp.messages) == 4
    assert weekly.send() == 0


@pytest.mark.soak
@pytest.mark.parametrize("taken", [1, 2, 3])
def test_six_weeks_with_a_worker_killed_in_each(crowd, smtp, time_machine, taken):
    """Each week one worker is killed after so many mails; the other finishes."""
    for week in range(6):
        smtp.forget()
        Reminder.objects.all().delete()
        next_monday_now()
        with another_worker(smtp) as worker:
            smtp.when_taken(taken, worker.kill)
            send_reminders.delay()
            until(lambda: not worker.is_running)
        at_once(weekly.send, weekly.send)
        counts = Counter(str(message["To"]) for message in smtp.messages)
        assert counts.keys() == {person.email for person in crowd}
        assert sum(counts.values()) == 4, week
