"""The cost of an issue with many readers: `make bench ARGS=digests`.

Uses a database of its own on the servers of the run. Composes an issue for some readers, who follow forty different
sets of topics in two languages; a Celery worker delivers it in portions to a mail server that discards them. Between
two portions a bare loop of `smtplib` sends as many mails of the same size, rendered beforehand, over one connection to
the same server: `digest.vs_smtplib` is the mails per second of the worker ÷ those of the loop, the median of some
portions. Then four workers share a portion. Finally an issue is composed for a million readers (SCN_BENCH_READERS):
`digest.compose_1m_s`.
"""

import datetime as dt
import itertools
import os
import random
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import production
from bench.mail_sink import sink, taken, until

production.use_django(copy="scn_bench_digests")

from django.db import connection
from django.utils import timezone

from commitments.loading import load_declaration
from commitments.models import Commitment
from digests import topics
from digests.delivery.rendering import TemplateCache
from digests.issues import compose
from digests.models import Delivery, Subscription
from digests.tasks import deliver
from scn_portal.celery import app
from tests.factories import (
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    RegionFactory,
    RevisionFactory,
)

SMALL, MILLION = production.SMALL, 1_000_000
READERS = int(os.environ.get("SCN_BENCH_READERS", 300 if SMALL else MILLION))
# A portion is delivered to warm up, one in each round, and one by some workers together. In a smaller one fewer readers
# share a rendered mail: 4,000 give two thirds of the ratio of 10,000.
PORTION, ROUNDS, TOGETHER = (40, 1, 2) if SMALL else (10_000, 3, 4)
SETS = 40
COMMAND = "celery --app scn_portal worker --pool solo --loglevel warning --without-gossip --without-mingle"

# --- The readers and the news ----------------------------------------------------------------------------------------


def fill() -> None:
    """Create the readers of all portions, with SETS sets of topics, a third of them all topics; and twenty pieces of
    news of this week."""
    load_declaration()
    now = timezone.now()
    seven = list(Commitment.objects.of_melbourne())
    regions = [RegionFactory(slug=f"region-{number}", name_fr=f"Région {number}") for number in range(5)]
    cities = [
        CityFactory(name_en=f"Benchville {number}", name_fr=f"Bancville {number}", region=regions[number % 5])
        for number in range(12)
    ]
    text = "What the city did with its schools, its clubs and its police, and what came of it in two years. " * 3
    for number, city in enumerate(cities):
        RevisionFactory(
            practice__city=city, status="published", published_at=now - dt.timedelta(hours=number + 1), themes=["hate"],
            title_en=f"A practice of some length, number {number}", summary_en=text, title_fr=f"Une pratique {number}",
            summary_fr=text, commitments=random.sample(seven, 2),
        )  # fmt: skip
    for city in cities[:5]:
        pledge = PledgeFactory(city=city, commitment=random.choice(seven), title_en="A pledge", description_en=text)
        MilestoneFactory(pledge=pledge, title_en="A milestone", due_on=now.date() + dt.timedelta(days=20))

    keys = [f"city:{city.slug}" for city in cities] + [f"region:{region.slug}" for region in regions]
    keys += [f"commitment:{commitment.number}" for commitment in seven]
    sets = [[], *(topics.known_topics(random.sample(keys, 1 + number % 6)) for number in range(SETS - 1))]
    Subscription.objects.bulk_create(
        Subscription(
            email=f"reader{number}@bench.example", language=random.choice(("en", "fr")), confirmed_at=now,
            topics=random.choice(sets) if number % 3 else [],
        )
        for number in range(PORTION * (ROUNDS + 2))
    )  # fmt: skip


def fill_more() -> None:
    """Create READERS of the monthly issue, with the topics of the existing ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO digests_subscription
                (email, language, frequency, topics, created_at, confirmed_at, refusals)
            SELECT 'monthly' || number || '@bench.example', language, 'monthly', topics, created_at, confirmed_at, 0
            FROM (SELECT row_number() OVER () AS place, * FROM digests_subscription WHERE email LIKE 'reader%%') AS one
            JOIN generate_series(1, %s) AS number ON place = number %% %s + 1
            """,
            [READERS, PORTION * (ROUNDS + 2)],
        )


# --- The two contestants ---------------------------------------------------------------------------------------------


def bare(port: int) -> tuple[float, float]:
    """A loop that only sends PORTION mails rendered beforehand. Returns mails per second, and milliseconds of processor
    time per mail."""
    bodies = [message.as_bytes() for message in sample()]
    mails = [(f"reader{number}@example.org", body) for number, body in zip(range(PORTION), itertools.cycle(bodies))]
    server = smtplib.SMTP("127.0.0.1", port)
    server.ehlo()
    started, used = time.perf_counter(), time.process_time()
    for address, body in mails:
        server.sendmail("portal@scn.example", [address], body)
    rate, cost = PORTION / (time.perf_counter() - started), (time.process_time() - used) / PORTION * 1000
    server.quit()
    return rate, cost


def release_portion() -> int:
    """Make the next PORTION deliveries due; returns how many there are."""
    due = Delivery.objects.waiting().order_by("pk").values("pk")[:PORTION]
    return Delivery.objects.filter(pk__in=list(due.values_list("pk", flat=True))).update(mail_after=timezone.now())


def delivered(port: int, tasks: int) -> tuple[float, int, int]:
    """The mails per second of the running workers, and the mail server's counts of mails and addresses."""
    released = release_portion()
    taken(port, begin_again=True)
    started = time.perf_counter()
    for _task in range(tasks):
        deliver.delay()
    until(lambda: taken(port)[0] >= released)
    seconds = time.perf_counter() - started
    mails, addresses = taken(port)
    print(f"# {tasks} worker(s): {released} deliveries, {mails} mails in {seconds:.1f} s")
    return mails / seconds, mails, addresses


@contextmanager
def workers(count: int, port: int) -> Iterator[list[int]]:
    """`count` workers that are ready, each a process of its own."""
    command = [Path(sys.executable).parent / COMMAND.split()[0], *COMMAND.split()[1:]]
    environment = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    running = [
        subprocess.Popen(
            [*command, "--hostname", f"bench{number}@localhost"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(count)
    ]
    try:
        until(lambda: len(app.control.ping(timeout=1) or []) == count)
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    """The most memory that a process has used."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


# --- The run ---------------------------------------------------------------------------------------------------------


def measure() -> None:
    random.seed(2018)
    fill()
    compose_weekly()
    vacuum()
    size = statistics.mean(len(message.as_bytes()) for message in sample())
    print(f"# a mail has {size / 1024:.0f} kB on average")
    with sink() as port:
        measure_sending(port)
        with workers(TOGETHER, port):
            rate, mails, addresses = delivered(port, TOGETHER)
            print(f"# {TOGETHER} workers: {rate:.0f}/s, {mails - addresses} twice")
    measure_composing()


def compose_weekly() -> None:
    """The issue to send, with none of its mails due yet."""
    compose.compose_issue("weekly", timezone.now() + dt.timedelta(seconds=1))
    Delivery.objects.update(mail_after=timezone.now() + dt.timedelta(days=1))


def measure_sending(port: int) -> None:
    rates: list[tuple[float, float]] = []
    with workers(1, port) as pids:
        delivered(port, 1)  # once before, so that both are warm
        for _round in range(ROUNDS):
            alone, cost_alone = bare(port)
            used = processor_seconds(pids[0])
            rate, mails, addresses = delivered(port, 1)
            cost = (processor_seconds(pids[0]) - used) / mails * 1000
            assert mails == addresses, "a mail went twice"
            rates.append((alone, rate))
            print(
                f"# bare {alone:5.0f}/s, {cost_alone:.2f} ms of processor a mail; worker {rate:5.0f}/s, {cost:.2f} ms"
            )
        print(f"# the worker took at most {megabytes(pids[0]):.0f} MB")
    print(f"digest.vs_smtplib: {statistics.median(rate / alone for alone, rate in rates):.2f}", flush=True)


def measure_composing() -> None:
    fill_more()
    vacuum()
    started = time.perf_counter()
    compose.compose_issue("monthly", timezone.now() + dt.timedelta(seconds=1))
    seconds = time.perf_counter() - started
    print(f"# composed for {READERS:,} readers in {seconds:.2f} s")
    if READERS < MILLION:
        print(f"skipped digest.compose_1m_s: there are {READERS:,} readers only")
    else:
        print(f"digest.compose_1m_s: {seconds * MILLION / READERS:.1f}", flush=True)


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE digests_subscription, digests_delivery")


def sample() -> Iterator:
    """The mails of some waiting deliveries."""
    templates = TemplateCache()
    for delivery in Delivery.objects.waiting().select_related("issue", "subscription").order_by("-pk")[:400]:
        if message := templates.render(delivery):
            yield message


if __name__ == "__main__":
    measure()
