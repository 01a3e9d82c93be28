"""Helpers for the tests of faults: an issue that is being sent, and who has received it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db.models.functions import Now
from django.utils import timezone

from digests.issues import compose
from digests.models import Delivery, Issue, Subscription
from digests.tasks import deliver
from practices.choices import Status
from scn_portal.celery import app
from tests.celery_worker import QUEUE, CeleryWorker
from tests.factories import RevisionFactory, SubscriptionFactory
from tests.mail_server import MailServer


def issue_for(readers: int = 0) -> Issue:
    """Another issue, with a piece of news of its own, for all existing readers and `readers` new ones."""
    Subscription.objects.bulk_create(SubscriptionFactory.build_batch(readers))
    RevisionFactory(status=Status.PUBLISHED, published_at=timezone.now())
    issue = compose.compose_issue("weekly", timezone.now())
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
    """Deliver what is due, in this process. Returns whether nothing waits any more."""
    deliver()
    return everything_settled()


def claims_end() -> None:
    """Make everything that waits due now."""
    Delivery.objects.waiting().update(mail_after=Now())


def arrived(smtp: MailServer) -> Counter:
    """The number of mails that came to each address. If one address got two, they must have the same Message-ID."""
    ids: dict[str, set] = {}
    for message in smtp.messages:
        ids.setdefault(str(message["To"]), set()).add(message["Message-ID"])
    assert all(len(each) == 1 for each in ids.values()), "a second mail with another Message-ID"
    return Counter(str(message["To"]) for message in smtp.messages)


def assert_all_have_it(smtp: MailServer, twice: int = 0) -> None:
    """Assert that every reader has one mail; at most `twice` readers may have two."""
    mails = arrived(smtp)
    assert set(mails) == set(Subscription.objects.values_list("email", flat=True))
    assert sum(mails.values()) - len(mails) <= twice


@contextmanager
def another_worker(smtp: MailServer, processes: int = 0, **environment: str) -> Iterator[CeleryWorker]:
    """A worker in addition to the one that the tests share, which gets no tasks in the block."""
    queue = f"{QUEUE}-another"
    before, app.conf.task_default_queue = app.conf.task_default_queue, queue
    worker = CeleryWorker(smtp.port, processes, SCN_TEST_QUEUE=queue, **environment)
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()
        app.conf.task_default_queue = before
