"""The cost of an issue with many readers: `SCN_BENCH_READERS=6000 make bench` for a short run, 100000 for a long one.

On servers of its own, in a folder for temporary files. Composes one issue for that many readers, who follow forty
different sets of topics in two languages; then a Celery worker delivers it to a mail server that keeps nothing, in
portions. Between two portions a bare loop of `smtplib` sends as many mails of the same size, rendered before it
starts, over one connection to the same server. At last four workers share a portion. Prints a table: mails a second,
and the processor time of a mail, which other work on the machine changes less. Without SCN_BENCH_READERS it does
nothing.
"""

import asyncio
import datetime as dt
import itertools
import os
import random
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

READERS = int(os.environ.get("SCN_BENCH_READERS", "0"))
ROUNDS = int(os.environ.get("SCN_BENCH_ROUNDS", "4"))
# One portion to warm up, one for each round, one for the four workers.
PORTION = READERS // (ROUNDS + 2)
SETS = 40
COMMAND = "celery --app scn_portal worker --pool solo --loglevel warning --without-gossip --without-mingle"

# --- The mail server: it counts, and keeps nothing -------------------------------------------------------------------


class Sink(asyncio.Protocol):
    """Takes every mail. `VRFY` returns how many it took and for how many addresses; `VRFY again` resets the count."""

    taken = 0
    addresses: set[bytes] = set()

    def connection_made(self, transport) -> None:
        self.transport, self.buffer, self.in_mail = transport, bytearray(), False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.in_mail and self.buffer.endswith(b"\r\n.\r\n"):
            self.buffer.clear()
            self.in_mail = False
            Sink.taken += 1
            self.transport.write(b"250 taken\r\n")
        elif not self.in_mail and self.buffer.endswith(b"\r\n"):
            commands = bytes(self.buffer).splitlines(keepends=True)
            self.buffer.clear()
            self.transport.write(b"".join(map(self.answer, commands)))

    def answer(self, command: bytes) -> bytes:
        verb = command[:4].upper()
        if verb == b"DATA":
            self.in_mail = True
            return b"354 go on\r\n"
        if verb == b"RCPT":
            Sink.addresses.add(command.split(b"<")[1].split(b">")[0])
        if verb == b"VRFY":
            counts = b"252 %d %d\r\n" % (Sink.taken, len(Sink.addresses))
            if b"again" in command:
                Sink.taken = 0
                Sink.addresses.clear()
            return counts
        if verb == b"EHLO":
            return b"250 sink\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 sink\r\n"


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def sink() -> Iterator[int]:
    """The port of a mail server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, "sink", str(port)])
    try:
        until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None)
        yield port
    finally:
        process.kill()
        process.wait()


def until(done: Callable[[], bool], seconds: float = 900) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if done():
                return
        except ConnectionRefusedError:
            pass
        time.sleep(0.2)  # more often would slow down what is measured
    raise SystemExit("It took too long.")


def taken(port: int, begin_again: bool = False) -> tuple[int, int]:
    """How many mails the sink has taken, and for how many addresses."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        _code, counts = server.verify("again" if begin_again else "so-far")
    mails, addresses = counts.split()
    return int(mails), int(addresses)


# --- The readers and the news ----------------------------------------------------------------------------------------


def fill() -> None:
    """READERS with SETS sets of topics, a third of them with all topics; twenty pieces of news of this week."""
    from commitments.loading import load_declaration
    from commitments.models import Commitment
    from digests import topics
    from digests.models import Subscription
    from tests.factories import CityFactory, MilestoneFactory, PledgeFactory, RegionFactory, RevisionFactory

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
    for start in range(0, READERS, 5000):
        Subscription.objects.bulk_create(
            Subscription(
                email=f"reader{number}@example.org", language=random.choice(("en", "fr")), confirmed_at=now,
                topics=random.choice(sets) if number % 3 else [],
            )
            for number in range(start, min(start + 5000, READERS))
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


# --- The two contestants ---------------------------------------------------------------------------------------------


def bare(port: int) -> tuple[float, float]:
    """A loop that only sends, PORTION mails rendered before it starts: mails a second, and milliseconds of processor
    time a mail."""
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
    """The mails a second of the workers that run, and the sink's count of mails and of addresses."""
    released = release_portion()
    taken(port, begin_again=True)
    started = time.perf_counter()
    for _task in range(tasks):
        deliver.delay()
    until(lambda: taken(port)[0] >= released)
    seconds = time.perf_counter() - started
    mails, addresses = taken(port)
    print(f"    {tasks} worker(s): {released} deliveries, {mails} mails in {seconds:.1f} s")
    return mails / seconds, mails, addresses


@contextmanager
def workers(count: int, port: int) -> Iterator[list[int]]:
    """That many workers, each a process of its own, ready."""
    command = [Path(sys.executable).parent / COMMAND.split()[0], *COMMAND.split()[1:]]
    environment = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    running = [
        subprocess.Popen([*command, "--hostname", f"bench{number}@localhost"], env=environment)
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
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    """The most memory that a process has held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


# --- The run ---------------------------------------------------------------------------------------------------------


def measure() -> None:
    started = time.perf_counter()
    fill()
    print(f"{READERS} readers, {SETS} sets of topics, two languages; filled in {time.perf_counter() - started:.0f} s")
    started = time.perf_counter()
    issue = compose.compose_issue("weekly", timezone.now() + dt.timedelta(seconds=1))
    composed_in = time.perf_counter() - started
    print(f"composing the issue and its deliveries: {composed_in:.2f} s")
    if READERS >= 1_000_000:
        print(f"digest.compose_1m_s: {composed_in * 1_000_000 / READERS:.0f}")
    Delivery.objects.update(mail_after=timezone.now() + dt.timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE digests_delivery")
    size = statistics.mean(len(message.as_bytes()) for message in sample())
    print(f"a mail of {issue} has {size / 1024:.0f} kB on average")

    with sink() as port:
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
                    f"bare {alone:5.0f}/s, {cost_alone:.2f} ms a mail; worker {rate:5.0f}/s, {cost:.2f} ms; "
                    f"{rate / alone:.2f} of the bare loop"
                )
            memory = megabytes(pids[0])
        ratio = statistics.median(rate / alone for alone, rate in rates)
        print(f"one worker: {ratio:.2f} of the bare loop in the median, at most {memory:.0f} MB")
        print(f"digest.vs_smtplib: {ratio:.2f}")
        with workers(4, port):
            rate, mails, addresses = delivered(port, 4)
            print(f"four workers: {rate:.0f}/s, {mails - addresses} twice")


def sample() -> Iterator:
    """The mails of some deliveries that wait."""
    templates = TemplateCache()
    for delivery in Delivery.objects.waiting().select_related("issue", "subscription").order_by("-pk")[:400]:
        if message := templates.render(delivery):
            yield message


if __name__ == "__main__" and sys.argv[1:2] == ["sink"]:
    asyncio.run(serve(int(sys.argv[2])))
elif __name__ == "__main__" and READERS:
    folder = Path(tempfile.mkdtemp(prefix="scn-bench-"))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "scn_portal.settings", "SCN_VAR": str(folder)}
    for name in ("DATABASE_URL", "REDIS_URL", "CACHE_URL"):
        os.environ.pop(name, None)

    import django

    django.setup()

    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from digests.delivery.rendering import TemplateCache
    from digests.issues import compose
    from digests.models import Delivery
    from digests.tasks import deliver
    from scn_portal.celery import app
    from scn_portal.demo import embedded

    random.seed(2018)
    try:
        with embedded.running(folder):
            call_command("migrate", verbosity=0)
            measure()
            connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
