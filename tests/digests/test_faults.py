"""What goes wrong while an issue goes out: nobody is left out, and nobody has it twice but for the one mail on its way.

Judged by what arrived at the mail server. In brief here, and with `make soak` at twenty points.
"""

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis
import time_machine
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from digests import composing, sending
from digests.models import Delivery, Issue, Subscription
from digests.tasks import compose_due_issues, deliver
from practices.status import Status
from scn_portal import embedded
from scn_portal.celery import app
from tests.celery_worker import CeleryWorker
from tests.factories import RevisionFactory, SubscriptionFactory
from tests.mail_server import MailServer
from tests.practices.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

Outcome = Delivery.Outcome


def issue_for(readers: int = 0) -> Issue:
    """One more issue, with a piece of news of its own, for all readers and so many more."""
    for _reader in range(readers):
        SubscriptionFactory()
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
def another_worker(smtp: MailServer, **environment: str) -> Iterator[CeleryWorker]:
    worker = CeleryWorker(smtp.port, **environment)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


# --- the worker ------------------------------------------------------------------------------------------------------


def kill_at(points: list[int], worker: CeleryWorker, smtp: MailServer) -> None:
    """Kill the worker each time as many mails have arrived, start it again, and let it finish."""
    for point in points:
        deliver.delay()
        smtp.wait_for(point, timeout=60)
        worker.kill()
        claims_end()
        worker.start()
    deliver.delay()
    until(everything_settled)


def test_a_worker_killed_in_the_middle_loses_nothing(worker, smtp):
    issue_for(60)
    kill_at([1, 25], worker, smtp)
    assert_all_have_it(smtp, twice=2)


@pytest.mark.soak
def test_a_worker_killed_at_twenty_points(worker, smtp):
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")  # noqa: T201  to ask the same again
    points = sorted(random.Random(seed).sample(range(1, 580), 20))
    issue_for(600)
    kill_at(points, worker, smtp)
    print(f"killed at {points}; {len(smtp.messages) - 600} mails went twice")  # noqa: T201
    assert_all_have_it(smtp, twice=20)


def test_a_killed_worker_s_claim_ends_by_itself(smtp, worker):
    """Nobody moves a clock or a row here."""
    with another_worker(smtp, DIGEST_CLAIM_SECONDS="2") as short:
        issue_for(40)
        worker.kill()
        deliver.delay()
        smtp.wait_for(3)
        short.kill()
    until(all_delivered)
    assert_all_have_it(smtp, twice=1)


def test_a_worker_that_stands_still_beyond_its_claim(smtp, worker):
    """Another takes over what it held; when it wakes up, it lets go of it."""
    worker.stop()
    with another_worker(smtp, DIGEST_CLAIM_SECONDS="2") as slow:
        issue_for(60)
        deliver.delay()
        smtp.wait_for(3)
        slow.pause()
        until(all_delivered)
        slow.go_on()
        slow.wait_until_idle()
    until(all_delivered)
    assert_all_have_it(smtp, twice=1)


def four_share(smtp: MailServer, readers: int) -> None:
    issue_for(readers)
    with ExitStack() as stack:
        four = [stack.enter_context(another_worker(smtp)) for _number in range(4)]
        for _worker in four:
            deliver.delay()
        until(everything_settled)
        for each in four:
            each.stop()
    assert_all_have_it(smtp)
    logs = ["".join(each.log) for each in four]
    assert all("deliver" in log and "succeeded" in log for log in logs), "all took part"


@pytest.mark.slow
def test_four_workers_share_an_issue(worker, smtp):
    worker.stop()
    four_share(smtp, 600)


# --- the broker ------------------------------------------------------------------------------------------------------


def test_the_queue_is_emptied_in_the_middle(worker, smtp):
    issue_for(60)
    deliver.delay()
    deliver.delay()
    smtp.wait_for(10)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushdb()
    until(everything_settled)
    assert_all_have_it(smtp)


def test_redis_goes_and_comes_back(worker, smtp, tmp_path_factory):
    """What was in the queue is gone with it; beat asks the database again."""
    worker.stop()
    folder = embedded.home(tmp_path_factory.mktemp("r"))
    folder.mkdir(parents=True, exist_ok=True)
    address = f"unix://{folder}/redis.sock?db=0"
    with ExitStack() as stack:
        with embedded._redis(folder):
            own = stack.enter_context(another_worker(smtp, REDIS_URL=address))
            issue_for(60)
            wake(address)
            wake(address)
            smtp.wait_for(10)
        with embedded._redis(folder):
            wake(address)
            until(everything_settled)
            own.stop()
    assert_all_have_it(smtp)


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
    assert Delivery.objects.waiting().get().subscription == poisoned


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
