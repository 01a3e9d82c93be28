"""Accounts that nobody uses and nobody confirms are closed after a year, and two notices."""

import datetime as dt

import pytest

from members import people
from members.models import Membership, Notice, Role, User, Vacancy
from members.tasks import close_idle_accounts, send_notices
from tests.factories import CityFactory, UserFactory, acting_for
from tests.practices.test_races import at_once

BEGIN = dt.datetime(2028, 1, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def idle(db, time_machine) -> User:
    """Somebody who joined at BEGIN and never came back."""
    time_machine.move_to(BEGIN, tick=False)
    city = CityFactory(name_en="Testford")
    return acting_for(city, date_joined=BEGIN, last_login=BEGIN, email="idle@example.org")


def on(time_machine, days: float) -> tuple[int, int]:
    """What the task does so many days after BEGIN: accounts warned, accounts closed."""
    time_machine.move_to(BEGIN + days * DAY, tick=False)
    return close_idle_accounts()


def test_two_notices_then_it_is_closed_and_the_reason_kept(idle, time_machine, mailoutbox):
    assert on(time_machine, 364) == (0, 0)
    assert on(time_machine, 365) == (1, 0)
    assert on(time_machine, 366) == (0, 0)
    assert on(time_machine, 379) == (1, 0)
    assert on(time_machine, 392) == (0, 0)
    assert User.objects.get(pk=idle.pk).is_active
    assert on(time_machine, 393) == (0, 1)
    assert not User.objects.get(pk=idle.pk).is_active
    assert on(time_machine, 900) == (0, 0)
    vacancy = Vacancy.objects.get()
    assert (vacancy.left_by, vacancy.by) == (idle, None)
    assert send_notices() == 1, "of an account that is closed only the last word is sent"
    assert mailoutbox[0].subject == "Your account is closed"


def test_the_notices_say_until_when(idle, time_machine, mailoutbox):
    on(time_machine, 365)
    send_notices()
    on(time_machine, 379)
    send_notices()
    assert [mail.to for mail in mailoutbox] == [["idle@example.org"]] * 2
    # 1 January 2028 + 365 + 28 days, in both.
    assert all("sign in before 28 January 2029" in " ".join(mail.body.split()) for mail in mailoutbox)


@pytest.mark.parametrize("sign", ["signing in", "a colleague's word", "a new city"])
def test_a_sign_of_life_begins_the_year_anew(idle, time_machine, sign):
    on(time_machine, 365)
    on(time_machine, 379)
    time_machine.move_to(BEGIN + 380 * DAY, tick=False)
    if sign == "signing in":
        User.objects.filter(pk=idle.pk).update(last_login=BEGIN + 380 * DAY)
    elif sign == "a new city":
        Membership.objects.create(user=idle, city=CityFactory(), role=Role.EDITOR)
    else:
        city = idle.memberships.get().city
        people.confirm(city, by=acting_for(city, last_login=BEGIN + 380 * DAY))
    assert on(time_machine, 393) == (0, 0)
    assert on(time_machine, 380 + 364) == (0, 0)
    assert on(time_machine, 380 + 365) == ((2, 0) if sign == "a colleague's word" else (1, 0))
    assert Notice.objects.filter(to=idle, kind="closing").count() == 3


@pytest.mark.parametrize("who", ["staff", "superuser", "closed already"])
def test_who_is_left_alone(db, time_machine, who):
    time_machine.move_to(BEGIN, tick=False)
    UserFactory(is_staff=who == "staff", is_superuser=who == "superuser", is_active=who != "closed already")
    for days in (365, 379, 393):
        assert on(time_machine, days) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_warn_once(time_machine):
    time_machine.move_to(BEGIN, tick=False)
    acting_for(CityFactory(), last_login=BEGIN, date_joined=BEGIN)
    time_machine.move_to(BEGIN + 365 * DAY, tick=False)
    outcomes = at_once(close_idle_accounts, close_idle_accounts)
    assert sorted(outcomes) == [(0, 0), (1, 0)]
    assert Notice.objects.count() == 1
