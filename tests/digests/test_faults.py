"""What goes wrong while an issue goes out: nobody is left out, and nobody has it twice but for the one mail on its way.

Judged by what arrived at the mail server. In brief here, and with `make soak` at twenty points.
"""

import datetime as dt
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
import redis
import time_machine
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.utils import timezone

from digests import composing, sending
from digests.models import Delivery, Issue, Subscription
from digests.tasks import compose_due_issues, deliver
from practices.status import Status
from scn_portal import embedded
from scn_portal.celery import app
from scn_portal.mail import MOST_ATTEMPTS
from tests.celery_worker import QUEUE, CeleryWorker
from tests.factories import RevisionFactory, SubscriptionFactory
from tests.mail_server import MailServer
from tests.practices.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

Outcome = Delivery.Outcome


def issue_for(readers: int = 0) -> Issue:
    """One more issue, with a piece of news of its own, for all readers and so many more."""
    Subscription.objects.bulk_create(SubscriptionFactory.build_batch(readers))
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now())
    issue = composing.compose_issue("weekly", timezone.now())
    assert issue
    return issue


def until(done: Callable[[], bool], timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while not done():
        assert time.monotonic() < deadline, f"nothing happened for {timeout} seconds"
        time.sleep(0.02)


def everything_settled() -> bool:
    return not Delivery.objects.waiting().exists()


def all_delivered() -> bool:
    """Deliver what is due, here; whether nothing waits any more."""
    deliver()
    return everything_settled()


def claims_end() -> None:
    """As if the time had come: all that waits is due."""
    Delivery.objects.waiting().update(mail_after=Now())


def arrived(smtp: MailServer) -> Counter:
    """How many mails came to each address. Two to one address bear the same Message-ID."""
    ids: dict[str, set] = {}
    for message in smtp.messages:
        ids.setdefault(str(message["To"]), set()).add(message["Message-ID"])
    assert all(len(each) == 1 for each in ids.values()), "a second mail with another Message-ID"
    return Counter(str(message["To"]) for message in smtp.messages)


def assert_all_have_it(smtp: MailServer, twice: int = 0) -> None:
    """Every reader has one mail; at most `twice` of them two."""
    mails = arrived(smtp)
    assert set(mails) == set(Subscription.objects.values_list("email", flat=True))
    assert sum(mails.values()) - len(mails) <= twice


@contextmanager
def another_worker(smtp: MailServer, processes: int = 0, **environment: str) -> Iterator[CeleryWorker]:
    """A worker beside the one that the tests share, which gets none of the tasks inside."""
    queue = f"{QUEUE}-another"
    before, app.conf.task_default_queue = app.conf.task_default_queue, queue
    worker = CeleryWorker(smtp.port, processes, SCN_TEST_QUEUE=queue, **environment)
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()
        app.conf.task_default_queue = before


# --- the worker ------------------------------------------------------------------------------------------------------


def kill_at(points: list[int], worker: CeleryWorker, smtp: MailServer) -> None:
    """Kill the worker each time as many mails have arrived, or one more since it was started, and let it finish."""
    for point in points:
        deliver.delay()
        smtp.wait_for(max(point, len(smtp.messages) + 1), timeout=60)
        worker.kill()
        assert not everything_settled(), "killed when all was done"
        claims_end()
        worker.start()
    deliver.delay()
    until(everything_settled)


def test_a_worker_killed_in_the_middle_loses_nothing(worker, smtp):
    issue_for(200)
    kill_at([1, 80], worker, smtp)
    assert_all_have_it(smtp, twice=2)


@pytest.mark.soak
def test_a_worker_killed_at_twenty_points(worker, smtp):
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")  # noqa: T201  to ask the same again
    points = sorted(random.Random(seed).sample(range(1, 1900), 20))
    issue_for(2000)
    kill_at(points, worker, smtp)
    print(f"killed at {points}; {len(smtp.messages) - 2000} mails went twice")  # noqa: T201
    assert_all_have_it(smtp, twice=20)


@pytest.mark.parametrize("taken", [1, 3, 5], ids=["the first mail", "one in the middle", "the last"])
def test_a_worker_killed_after_the_server_took_a_mail_and_before_it_is_stamped(worker, smtp, taken):
    """The one moment at which a mail goes twice; and that mail alone."""
    issue_for(5)
    smtp.when_taken(taken, worker.kill)
    deliver.delay()
    until(lambda: not worker.is_running)
    assert Delivery.objects.waiting().count() == 5 - (taken - 1)
    claims_end()
    assert deliver() == 5 - (taken - 1)
    assert_all_have_it(smtp, twice=1)
    assert len(smtp.messages) == 6
    assert smtp.messages[taken - 1]["Message-ID"] in [each["Message-ID"] for each in smtp.messages[taken:]]


def test_a_killed_worker_s_claim_ends_by_itself(smtp):
    """Nobody moves a clock or a row here."""
    with another_worker(smtp, DIGEST_CLAIM_SECONDS="2") as short:
        issue_for(40)
        smtp.when_taken(3, short.kill)
        deliver.delay()
        until(lambda: not short.is_running)
    assert deliver() == 0, "the claim holds beyond its holder's end"
    until(all_delivered)
    assert_all_have_it(smtp, twice=1)


def test_a_worker_that_stands_still_beyond_its_claim(smtp):
    """Another takes over what it held; when it wakes up, it lets go of it."""
    with another_worker(smtp, DIGEST_CLAIM_SECONDS="2") as slow:
        issue_for(60)
        smtp.when_taken(3, slow.pause)
        deliver.delay()
        smtp.wait_for(3)
        until(all_delivered)
        slow.go_on()
        slow.wait_for_line("deliver[")
        slow.wait_for_line(" succeeded in ")
    assert everything_settled()
    assert_all_have_it(smtp, twice=1)
    assert len(smtp.messages) == 61, "the mail it was at when it was stopped, and no other"


MAIL_LEFT = re.compile(r"/(\S+)\] mail digest \S+ left")


def test_four_workers_share_an_issue(smtp):
    issue_for(3 * sending.BATCH + 20)
    with another_worker(smtp, processes=4) as four:
        for _worker in range(4):
            deliver.delay()
        until(everything_settled)
        four.kill()  # quicker than to let four finish who have nothing to do
    assert_all_have_it(smtp)
    shares = Counter(MAIL_LEFT.findall("".join(four.log)))
    assert len(shares) == 4, f"all took part: {shares}"


@pytest.mark.soak
def test_four_workers_of_their_own_share_a_long_issue(smtp):
    """As on four machines."""
    issue_for(20 * sending.BATCH)
    with ExitStack() as stack:
        four = [stack.enter_context(another_worker(smtp)) for _number in range(4)]
        for _worker in four:
            deliver.delay()
        until(everything_settled)
        for each in four:
            each.stop()
    assert_all_have_it(smtp)
    shares = [len(MAIL_LEFT.findall("".join(each.log))) for each in four]
    print(f"shares of the four: {shares}")  # noqa: T201
    assert all(shares), f"all took part: {shares}"
    assert sum(shares) == 20 * sending.BATCH


# --- the broker ------------------------------------------------------------------------------------------------------


def test_the_queue_is_emptied_in_the_middle(worker, smtp):
    """The one at work goes on; what was queued is gone, and what is queued then is taken."""
    issue_for(60)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        smtp.when_taken(10, broker.flushdb)
        deliver.delay()
        deliver.delay()
        until(everything_settled)
    assert_all_have_it(smtp)
    issue_for()
    deliver.delay()
    until(everything_settled)
    assert len(smtp.messages) == 120


def test_redis_goes_and_comes_back(smtp, tmp_path_factory):
    """What was in the queue is gone with it; beat asks the database again."""
    folder = embedded.home(tmp_path_factory.mktemp("r"))
    folder.mkdir(parents=True, exist_ok=True)
    address = f"unix://{folder}/redis.sock?db=0"
    with ExitStack() as stack:
        first = ExitStack()
        first.enter_context(embedded._redis(folder))
        own = stack.enter_context(another_worker(smtp, REDIS_URL=address))
        issue_for(60)
        smtp.when_taken(10, first.close)
        wake(address)
        wake(address)
        until(everything_settled)
        assert_all_have_it(smtp)
        issue_for()
        stack.enter_context(embedded._redis(folder))
        wake(address)
        until(everything_settled)
        own.stop()
    assert len(smtp.messages) == 120


def wake(address: str) -> None:
    """What beat does each minute, through the Redis at `address`."""
    broker = address.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    with app.connection_for_write(broker) as connection:
        deliver.apply_async(connection=connection)


def test_two_beats_at_once_make_one_issue(smtp):
    SubscriptionFactory()
    last_week = composing.last_boundary("weekly", timezone.now()) - dt.timedelta(days=1)
    RevisionFactory(status=Status.PUBLISHED, published_at=last_week)
    at_once(*[composing.compose_due_issues] * 4)
    assert Issue.objects.count() == 1
    at_once(*[deliver] * 4)
    assert_all_have_it(smtp)


def test_two_beats_wake_the_workers_twice(worker, smtp):
    SubscriptionFactory()
    last_week = composing.last_boundary("weekly", timezone.now()) - dt.timedelta(days=1)
    RevisionFactory(status=Status.PUBLISHED, published_at=last_week)
    for _beat in range(2):
        compose_due_issues.delay()
        deliver.delay()
    smtp.wait_for(1)
    worker.wait_until_idle()
    assert_all_have_it(smtp)


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
    assert str(message["Subject"]).startswith("2 new practices"), f"what issue {lost.pk} told is told with the next"


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
    for attempt in range(1, MOST_ATTEMPTS):
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


def test_a_mail_that_cannot_be_written_does_not_stop_the_others(smtp, monkeypatch):
    issue_for(20)
    poisoned = Subscription.objects.order_by("pk")[5]
    written = sending.filled

    def fails_for_one(stencil, delivery):
        if delivery.subscription == poisoned:
            raise RuntimeError("this one cannot be written")
        return written(stencil, delivery)

    monkeypatch.setattr(sending, "filled", fails_for_one)
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
    smtp.when_taken(5, hang_up_on_settling)
    with pytest.raises((DatabaseError, psycopg.Error)):
        deliver()
    assert set(Delivery.objects.waiting().values_list("mail_attempts", flat=True)) == {0}
    claims_end()
    deliver()
    assert_all_have_it(smtp, twice=1)


def hang_up_on_settling() -> None:
    """As an administrator does who restarts the database's proxy: the connection that stamps mails is gone."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another:
        ended = another.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE '%WITH settled AS%' AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended == [(True,)]


# --- the clock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-48, 48], ids=["set back", "set forward"])
def test_the_clock_of_a_machine_is_wrong(smtp, hours):
    """Between composing and sending, in the middle of sending, and when it is right again."""
    issue_for(10)
    wrong = timezone.now() + dt.timedelta(hours=hours)
    claimed_elsewhere = {each.pk for each in sending.claim(4)}
    with time_machine.travel(wrong):
        composing.compose_due_issues()
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
        assert composing.compose_issue("weekly", timezone.now())
    assert deliver() == 3
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now())
    assert composing.compose_issue("weekly", timezone.now()) is None, "that period is told already"
    assert composing.compose_issue("weekly", timezone.now() + dt.timedelta(days=2, hours=1))
    assert deliver() == 3
    assert set(arrived_subjects(smtp)) == {"1 new practice"}


def arrived_subjects(smtp: MailServer) -> list[str]:
    return [str(message["Subject"]).partition(":")[0] for message in smtp.messages]
