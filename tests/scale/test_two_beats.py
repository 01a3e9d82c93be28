"""Beat runs on two hosts, and nothing is done twice: what is due is a question to the database."""

import datetime as dt
import os
import sys
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone

from digests.issues.schedule import last_boundary
from digests.models import Delivery, Issue
from members.models import Membership, Reminder
from practices import moderation
from practices.choices import Status
from practices.models import ModeratorMail, Revision, SubmissionDigest
from tests.celery_worker import CeleryWorker
from tests.digests.faults import another_worker, until
from tests.factories import (
    CityFactory,
    InvitationFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    RevisionFactory,
    SubscriptionFactory,
    acting_for,
    harmless,
)
from tests.mail_server import MailServer
from tests.scale.programs import running
from tests.trust import stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# In one of them it is past eight, and before midnight, at any time.
ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles")
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass
class Due:
    """Who waits for one mail each, and the revision that waits for its day."""

    addresses: set[str]
    scheduled: Revision

    def is_done(self) -> bool:
        return (
            not Reminder.objects.filter(mailed_at=None).exists()
            and not Revision.objects.filter(status=Status.SCHEDULED).exists()
            and SubmissionDigest.objects.filter(mailed_at__isnull=False).exists()
            and Delivery.objects.exists()
            and not Delivery.objects.waiting().exists()
        )

    def assert_once(self, smtp: MailServer) -> None:
        """Each mail came once; there is one issue, one mail of the day a moderator, one publication."""
        assert max(Counter(str(mail["Message-ID"]) for mail in smtp.messages).values()) == 1
        came = Counter((str(mail["To"]), str(mail["Subject"])) for mail in smtp.messages)
        assert {to for to, _subject in came} >= self.addresses
        assert [mail for mail, times in came.items() if times > 1] == []
        assert Issue.objects.filter(frequency="weekly").count() == 1
        assert Delivery.objects.count() == Issue.objects.get(frequency="weekly").deliveries.count()
        assert self.scheduled.transitions.filter(to_status=Status.PUBLISHED).count() == 1


def something_due(each: int) -> Due:
    """So many reminders, invitations and readers of an issue; mails of the day; a practice whose day has come."""
    city, now = CityFactory(), timezone.now()
    MilestoneFactory(pledge=PledgeFactory(city=city), title_en="Overdue", due_on="2020-01-01")
    people = [acting_for(city) for _ in range(each)]
    monday = now.date() - dt.timedelta(days=now.weekday())
    Reminder.objects.bulk_create(Reminder(user=person, week=monday) for person in people)
    invited = [InvitationFactory(city=city) for _ in range(each)]
    yesterday = last_boundary("weekly", now) - dt.timedelta(days=1)
    RevisionFactory(practice__city=city, status=Status.PUBLISHED, published_at=yesterday)
    readers = SubscriptionFactory.create_batch(each)
    ModeratorMail.objects.create(user=ModeratorFactory(time_zone=zone_past_eight()), choice="daily")
    scheduled, waiting = RevisionFactory(practice__city=city), RevisionFactory(practice__city=city)
    for revision in (scheduled, waiting):
        moderation.submit(revision=revision, by=revision.author, harm=harmless())
    moderation.publish(revision=scheduled, by=ModeratorFactory(), at=timezone.now() + dt.timedelta(seconds=0.5))
    Membership.objects.update(created_at=LONG_AGO)
    return Due({one.email for one in (*people, *invited, *readers)}, scheduled)


def zone_past_eight() -> str:
    return next(zone for zone in ZONES if timezone.localtime(timezone=zoneinfo.ZoneInfo(zone)).hour >= 8)


def test_each_task_of_beat_in_four_workers_at_once(smtp):
    due = something_due(3)
    names = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    together = Barrier(4)

    def work(_number: int) -> None:
        try:
            for name in names:
                together.wait(60)
                current_app.tasks[name]()
        finally:
            connection.close()

    current_app.loader.import_default_modules()
    with ThreadPoolExecutor(4) as pool:
        until(lambda: list(pool.map(work, range(4))) and due.is_done())
    due.assert_once(smtp)


def beat(number: int, worker: CeleryWorker, folder: Path, ending: ExitStack) -> Path:
    """A real one, that starts everything each second; its log."""
    command = [Path(sys.executable).parent / "celery", "--app", "scn_portal", "--skip-checks", "beat"]
    command += ["--schedule", folder / f"schedule-{number}", "--pidfile=", "--loglevel", "info"]
    environment = os.environ | worker._environment() | {"SCN_TEST_BEAT_SECONDS": "1"}
    log = folder / f"beat-{number}.log"
    ending.enter_context(
        running(command, log, lambda: "Sending due task" in log.read_text(), env=environment, cwd=settings.BASE_DIR)
    )
    return log


def lines(sources: list[list[str]], text: str) -> Iterator[str]:
    return (line for source in sources for line in source if text in line)


@pytest.mark.soak
def test_two_real_beats_that_start_everything_each_second(smtp, tmp_path, capsys):
    with another_worker(smtp, 2) as one, another_worker(smtp, 2) as two, ExitStack() as ending:
        due = something_due(40)
        logs = [beat(number, one, tmp_path, ending) for number in range(2)]
        until(due.is_done, 120)
        said = [one.log, two.log]
        done = sum(1 for _ in lines(said, "succeeded"))
        until(lambda: sum(1 for _ in lines(said, "succeeded")) > done + 300, 200)
        started = sum(log.read_text().count("Sending due task") for log in logs)
        done = sum(1 for _ in lines(said, "succeeded"))
        failed = list(lines(said, "raised unexpected"))
    stack.report(capsys, f"two beats: {started} tasks started, {done} done, {len(smtp.messages)} mails, each once")
    due.assert_once(smtp)
    assert not failed, failed[:3]
