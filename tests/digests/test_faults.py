"""What goes wrong while an issue goes out, in the worker or the queue: nobody is left out, and nobody has it twice but
for the one mail on its way.

Judged by what arrived at the mail server. In brief here, and with `make soak` at twenty points.
"""

import datetime as dt
import random
import re
from collections import Counter
from contextlib import ExitStack

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from digests.delivery import send
from digests.issues import compose
from digests.issues.schedule import last_boundary
from digests.models import Delivery, Issue
from digests.tasks import compose_due_issues, deliver
from practices.choices import Status
from scn_portal.celery import app
from scn_portal.demo import embedded
from tests.celery_worker import CeleryWorker
from tests.digests.faults import (
    all_delivered,
    another_worker,
    assert_all_have_it,
    claims_end,
    everything_settled,
    issue_for,
    until,
)
from tests.factories import RevisionFactory, SubscriptionFactory
from tests.mail_server import MailServer
from tests.practices.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

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
    print(f"killed at {points}; {len(smtp.messages) - 2000} mails went twice")  # noqa: T201  how close it came
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


MAIL_LEFT = re.compile(r"INFO/(\S+) \S+ \[\S+\]: mail digest \S+ left")


def test_four_workers_share_an_issue(smtp):
    issue_for(3 * send.BATCH + 20)
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
    issue_for(20 * send.BATCH)
    with ExitStack() as stack:
        four = [stack.enter_context(another_worker(smtp)) for _number in range(4)]
        for _worker in four:
            deliver.delay()
        until(everything_settled)
        for each in four:
            each.stop()
    assert_all_have_it(smtp)
    shares = [len(MAIL_LEFT.findall("".join(each.log))) for each in four]
    print(f"shares of the four: {shares}")  # noqa: T201  how even they are
    assert all(shares), f"all took part: {shares}"
    assert sum(shares) == 20 * send.BATCH


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
    folder = embedded.server_dir(tmp_path_factory.mktemp("r"))
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
    last_week = last_boundary("weekly", timezone.now()) - dt.timedelta(days=1)
    RevisionFactory(status=Status.PUBLISHED, published_at=last_week)
    at_once(*[compose.compose_due_issues] * 4)
    assert Issue.objects.count() == 1
    at_once(*[deliver] * 4)
    assert_all_have_it(smtp)


def test_two_beats_wake_the_workers_twice(worker, smtp):
    SubscriptionFactory()
    last_week = last_boundary("weekly", timezone.now()) - dt.timedelta(days=1)
    RevisionFactory(status=Status.PUBLISHED, published_at=last_week)
    for _beat in range(2):
        compose_due_issues.delay()
        deliver.delay()
    smtp.wait_for(1)
    worker.wait_until_idle()
    assert_all_have_it(smtp)
