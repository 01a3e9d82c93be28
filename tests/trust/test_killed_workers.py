"""A worker of the web server that is killed is replaced, while the others serve and nothing acknowledged is lost."""

import contextlib
import http.client
import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

import lxml.html
import psutil
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from commitments.models import Milestone, Pledge
from scn_portal import serve
from tests.factories import PledgeFactory, acting_for
from tests.trust import stack
from tests.trust.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_killed_worker_is_replaced_and_no_reader_notices(shipped):
    killed, other = shipped.workers()
    os.kill(killed.pid, signal.SIGKILL)
    assert [shipped.get("/healthz")[0] for _ in range(20)] == [200] * 20
    stack.until(lambda: len(alive(shipped)) == 2, shipped.log, shipped.web)
    assert other in alive(shipped)
    assert killed not in alive(shipped)


def test_both_may_be_killed_again_and_again(shipped):
    """Granian alone ends for good when one worker dies twice within 5.5 seconds."""
    for _ in range(2):
        before = alive(shipped)
        for worker in before:
            os.kill(worker.pid, signal.SIGKILL)
        stack.until(lambda: len(set(alive(shipped)) - set(before)) == 2, shipped.log, shipped.web)  # noqa: B023  called at once
    # With nobody left, the proxy says 503 until one of the new ones listens.
    stack.until(lambda: shipped.get("/en/")[0] == 200, shipped.log, shipped.web)


def alive(shipped: Stack) -> list:
    """Its workers, but those of which only the exit code is left."""
    found = []
    for worker in shipped.workers():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [worker] if worker.status() != psutil.STATUS_ZOMBIE else []
    return found


class Dying:
    """A worker that was born so many seconds ago, and is dead."""

    def __init__(self, age: float):
        self.birth = time.monotonic() - age


@pytest.mark.parametrize(("age", "goes_on"), [(0.1, False), (5, True)])
def test_workers_that_die_at_once_end_the_server_in_the_end(monkeypatch, age, goes_on):
    """A start that cannot work is seen by whoever watches the server; being killed every five seconds is none."""
    server = serve.Server("scn_portal.wsgi:application", workers=1)
    server.wrks = [Dying(age)]
    monkeypatch.setattr(server, "_respawn_workers", lambda workers, *loaders: None)
    outcomes = []
    for _ in range(serve.DEATHS_AT_ONCE):
        server.interrupt_children.append(0)
        outcomes.append(server._replace_the_dead(None, None))
    assert outcomes == [True] * (serve.DEATHS_AT_ONCE - 1) + [goes_on]


class Load:
    """Readers and writers in threads, until `stop`; what they were told."""

    def __init__(self, shipped: Stack, pledge: Pledge):
        self.shipped, self.pledge = shipped, pledge
        self.answered: list[float] = []
        self.acknowledged: list[str] = []
        self.refused: list[int] = []
        self._over = threading.Event()
        client = Client()
        client.force_login(acting_for(pledge.city))
        self._cookies = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        loads = (self._read, self._read, self._write, self._write)
        self._threads = [threading.Thread(target=self._repeat, args=(each,)) for each in loads]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, act: Callable[[], None]) -> None:
        while not self._over.wait(0.25):  # fewer than the proxy allows an address, and than it has ports for
            try:
                act()
            except (OSError, http.client.HTTPException):
                self.refused.append(0)

    def _read(self) -> None:
        for path in ("/healthz", "/en/"):
            self._note(self.shipped.get(path)[0])

    def _note(self, status: int) -> None:
        if status >= 500:
            self.refused.append(status)
        else:
            self.answered.append(time.monotonic())

    def _write(self) -> None:
        """Open the form of a milestone and send it, as a browser does."""
        address = reverse("milestone_new", args=[self.pledge.pk])
        status, headers, page = self.shipped.get(address, Cookie=self._cookies)
        self._note(status)
        if status != 200:
            return
        form = lxml.html.document_fromstring(page).get_element_by_id("editing")
        title = f"Milestone {random.getrandbits(64):x}"
        fields = dict(form.form_values()) | {"title_en": title, "due_0": "2031", "due_1": "", "due_2": ""}
        token = headers["Set-Cookie"].split(";")[0]
        sent = {"Cookie": f"{self._cookies}; {token}", "Content-Type": "application/x-www-form-urlencoded"}
        status, _headers, page = self.shipped.ask("POST", address, body=urlencode(fields), headers=sent)
        self._note(status)
        assert status in (302, 502, 503), page.decode()
        if status == 302:
            self.acknowledged.append(title)


@pytest.mark.soak
def test_a_worker_killed_every_five_seconds_for_a_minute(shipped, capsys):
    pledge = PledgeFactory()
    begun = time.monotonic()
    with Load(shipped, pledge) as load:
        for _ in range(12):
            time.sleep(5)
            os.kill(random.choice(alive(shipped)).pid, signal.SIGKILL)
        time.sleep(5)
    moments = sorted([begun, *load.answered])
    silence = max(later - earlier for earlier, later in itertools.pairwise(moments))
    found = set(Milestone.objects.values_list("title_en", flat=True))
    stack.report(
        capsys,
        f"12 workers killed in a minute: {len(load.answered)} answers, {len(load.refused)} refused, longest silence"
        f" {silence:.3f} s; {len(load.acknowledged)} writes acknowledged, {len(found)} found",
    )
    assert len(load.acknowledged) > 20
    assert set(load.acknowledged) <= found
    assert silence < 1
