"""What goes wrong while an issue goes out, in the mail server, the database or the clock. Judged by what arrived."""

import datetime as dt

import psycopg
import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone

from digests.delivery import send
from digests.issues import compose
from digests.models import Delivery, Outcome, Subscription
from digests.tasks import deliver
from practices.choices import Status
from scn_portal.base.mail import MAX_ATTEMPTS
from tests.digests.faults import (
    arrived,
    assert_all_have_it,
    claims_end,
    issue_for,
)
from tests.factories import RevisionFactory, SubscriptionFactory
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

# --- the mail server -------------------------------------------------------------------------------------------------


def test_refused_for_now_is_tried_again_by_longer_waits(smtp):
    issue_for(1)
    (reader,) = Subscription.objects.all()
    smtp.refuse(reader.email, 450)
    for attempt, minutes in enumerate([2, 4, 8], start=1):
        assert deliver() == 0
        waiting = Delivery.objects.waiting().get()
        assert waiting.mail_attempts == attempt
        assert abs(waiting.mail_after - timezone.now() - dt.timedelta(minutes=minutes)) < dt.timedelta(seconds=30)
        assert deliver() == 0, "not before its time"
        claims_end()
    smtp.refuse(reader.email, 0)
    assert deliver() == 1
    assert_all_have_it(smtp)
    reader.refresh_from_db()
    assert reader.is_active


def test_refused_for_good_three_times_in_a_row_suspends_the_address(smtp):
    good, bad = SubscriptionFactory(), SubscriptionFactory()
    smtp.refuse(bad.email, 550)
    for refusals in (1, 2, 3):
        issue_for()
        assert deliver() == 1
        bad.refresh_from_db()
        assert bad.refusals == refusals
    assert bad.suspended_at
    assert not bad.is_active
    assert set(bad.deliveries.values_list("outcome", flat=True)) == {Outcome.REFUSED}
    assert issue_for().deliveries.get().subscription == good


def test_a_mail_that_arrives_in_between_forgives(smtp):
    reader = SubscriptionFactory()
    for code in (550, 550, 0, 550, 550):
        smtp.refuse(reader.email, code)
        issue_for()
        deliver()
    reader.refresh_from_db()
    assert reader.refusals == 2
    assert reader.is_active


def test_a_reader_whose_mail_was_refused_is_told_of_it_by_the_next_issue(smtp):
    reader = SubscriptionFactory()
    smtp.refuse(reader.email, 550)
    lost = issue_for()
    deliver()
    smtp.refuse(reader.email, 0)
    issue_for()
    deliver()
    (message,) = smtp.messages
    assert str(message["Subject"]).startswith("2 practices newly recorded"), f"issue {lost.pk} is told with the next"


def test_a_reader_gets_one_issue_after_the_other(smtp):
    """The one that waits for its second try goes first, although the next is due before."""
    reader = SubscriptionFactory()
    smtp.refuse(reader.email, 450)
    first = issue_for()
    deliver()
    smtp.refuse(reader.email, 0)
    second = issue_for()
    assert deliver() == 0, "the first is not due yet"
    claims_end()
    assert deliver() == 2
    sent = list(reader.deliveries.order_by("mailed_at").values_list("issue", flat=True))
    assert sent == [first.pk, second.pk]
    assert arrived_subjects(smtp) == ["1 practice newly recorded"] * 2, "nothing is sent twice"


def test_an_older_issue_does_not_set_back_what_its_reader_has_been_sent(smtp):
    reader = SubscriptionFactory()
    older = issue_for()
    Subscription.objects.update(last_item_id=older.items_until + 7)
    deliver()
    reader.refresh_from_db()
    assert reader.last_item_id == older.items_until + 7
    assert not Delivery.objects.waiting().exists()


def test_a_poisoned_address_does_not_stop_the_others(smtp):
    issue_for(20)
    poisoned = Subscription.objects.order_by("pk")[5]
    smtp.hang_up_on(poisoned.email)
    deliver()
    assert set(arrived(smtp)) == set(Subscription.objects.exclude(pk=poisoned.pk).values_list("email", flat=True))
    assert sum(arrived(smtp).values()) == 19
    waiting = Delivery.objects.waiting().get()
    assert (waiting.subscription, waiting.mail_attempts) == (poisoned, 1)
    assert waiting.mail_after > timezone.now() + dt.timedelta(minutes=1)


def test_a_poisoned_address_is_not_tried_for_ever(smtp):
    """It is given up after the tenth time, and nothing says that the address itself is bad."""
    issue_for(1)
    poisoned = Subscription.objects.get()
    smtp.hang_up_on(poisoned.email)
    for attempt in range(1, MAX_ATTEMPTS):
        assert deliver() == 0
        assert Delivery.objects.waiting().get().mail_attempts == attempt
        assert deliver() == 0, "not before its time"
        claims_end()
    deliver()
    assert Delivery.objects.get().outcome == Outcome.REFUSED
    poisoned.refresh_from_db()
    assert (poisoned.refusals, poisoned.is_active) == (0, True)
    other = SubscriptionFactory()
    issue_for()
    assert deliver() == 1
    assert set(arrived(smtp)) == {other.email}


def test_many_poisoned_addresses_in_a_row_hold_up_the_others_but_for_a_while(smtp):
    """A run ends at the third; each later one has three fewer before it."""
    issue_for(20)
    poisoned = list(Subscription.objects.order_by("pk")[:8])
    for each in poisoned:
        smtp.hang_up_on(each.email)
    assert [deliver(), deliver(), deliver()] == [0, 0, 12]
    assert set(arrived(smtp)) == set(Subscription.objects.values_list("email", flat=True)) - {
        each.email for each in poisoned
    }
    assert set(Delivery.objects.waiting().values_list("mail_attempts", flat=True)) == {1}


@pytest.mark.parametrize("address", ["", ".dot@example.org", "a@example.org, b@example.org"])
def test_a_mail_that_cannot_be_addressed_does_not_stop_the_others(smtp, address):
    issue_for(20)
    poisoned = Subscription.objects.order_by("pk")[5]
    Subscription.objects.filter(pk=poisoned.pk).update(email=address)
    assert deliver() == 19
    assert Delivery.objects.waiting().get().subscription == poisoned


def test_a_mail_server_that_is_away_costs_nobody_an_attempt(smtp, settings):
    issue_for(5)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    assert deliver() == 0
    assert set(Delivery.objects.values_list("outcome", "mail_attempts")) == {("", 0)}
    settings.EMAIL_PORT = port
    claims_end()
    assert deliver() == 5
    assert_all_have_it(smtp)


# --- the database ----------------------------------------------------------------------------------------------------


def test_the_database_hangs_up_in_the_middle(smtp):
    """The run ends where it no longer can stamp a mail, and blames no other for it. The next goes on."""
    issue_for(20)
    smtp.when_taken(5, hang_up_on_stamps)
    with pytest.raises((DatabaseError, psycopg.Error)):
        deliver()
    assert set(Delivery.objects.waiting().values_list("mail_attempts", flat=True)) == {0}
    claims_end()
    deliver()
    assert_all_have_it(smtp, twice=1)


def hang_up_on_stamps() -> None:
    """As an administrator does who restarts the database's proxy: the connection that stamps mails is gone."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another:
        ended = another.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND query LIKE '%UPDATE digests_delivery SET outcome%'"
        ).fetchall()
    assert ended == [(True,)]


# --- the clock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-48, 48], ids=["set back", "set forward"])
def test_the_clock_of_a_machine_is_wrong(smtp, hours):
    """Between composing and sending, in the middle of sending, and when it is right again."""
    issue_for(10)
    wrong = timezone.now() + dt.timedelta(hours=hours)
    claimed_elsewhere = {each.pk for each in send.claim(4)}
    with time_machine.travel(wrong):
        compose.compose_due_issues()
        deliver()
    assert len(smtp.messages) == 6, "another's claim is no less a claim"
    assert claimed_elsewhere == set(Delivery.objects.waiting().values_list("pk", flat=True))
    claims_end()
    deliver()
    assert_all_have_it(smtp)


def test_composed_by_a_clock_that_was_ahead(smtp):
    """The mails leave at once, and the next issue tells what comes then."""
    for _reader in range(3):
        SubscriptionFactory()
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now())
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        assert compose.compose_issue("weekly", timezone.now())
    assert deliver() == 3
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now())
    assert compose.compose_issue("weekly", timezone.now()) is None, "that period is told already"
    assert compose.compose_issue("weekly", timezone.now() + dt.timedelta(days=2, hours=1))
    assert deliver() == 3
    assert set(arrived_subjects(smtp)) == {"1 practice newly recorded"}


def arrived_subjects(smtp: MailServer) -> list[str]:
    return [str(message["Subject"]).partition(":")[0] for message in smtp.messages]
