"""Counting requests, by the name of their view, in all web processes together.

Each process counts into its own files in METRICS_DIR; `manage.py metrics` adds them up. Only the view, the status and
the duration of a request are recorded.
"""

import fcntl
import logging
import os
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, values

logger = logging.getLogger(__name__)
# Seconds: a page should take less than the third.
BUCKETS = (0.05, 0.1, 0.3, 1, 3, 10)
_held: list[IO] = []
_seats: dict[tuple[int, Path], int] = {}  # by the number of the process


class CountingMiddleware:
    """Counts each request and its duration. Not used without METRICS_DIR, or if that cannot be written to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        if not settings.METRICS_DIR:
            raise MiddlewareNotUsed
        try:
            self.requests, self.seconds = counters(Path(settings.METRICS_DIR))
        except OSError as error:
            logger.warning("Requests are not counted: METRICS_DIR: %s", error.strerror)
            raise MiddlewareNotUsed from error
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self.get_response(request)
        try:
            self._count(name_of_view(request), response.status_code, time.monotonic() - started)
        except Exception:  # a broken file or a full disk: the reader still gets the page
            logger.exception("A request was not counted.")
        return response

    def _count(self, view: str, status: int, seconds: float) -> None:
        self.requests.labels(view, status).inc()
        self.seconds.labels(view).observe(seconds)


def name_of_view(request: HttpRequest) -> str:
    """The name of the URL pattern, such as `city_detail`; `static` for static files; `none` if no view was found."""
    if request.resolver_match:
        return request.resolver_match.view_name
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


def counters(folder: Path) -> tuple[Counter, Histogram]:
    """The two metrics, kept in files of this process in `folder`. Raises OSError if it cannot be written to."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: seat_of_this_process(folder))
    registry = CollectorRegistry()
    return (
        Counter("scn_requests", "Requests answered.", ["view", "status"], registry=registry),
        Histogram("scn_request_seconds", "Seconds until the answer.", ["view"], buckets=BUCKETS, registry=registry),
    )


def seat_of_this_process(folder: Path) -> int:
    """The number of this process, the same each time. A forked process takes its own: sharing breaks the files."""
    place = (os.getpid(), folder)
    if place not in _seats:
        _seats[place] = take_seat(folder)
    return _seats[place]


def take_seat(folder: Path) -> int:
    """A number that no other running process has. The kernel releases it when this process ends in any way.

    With process ids instead, each restart would leave files behind for ever; so, the next process continues the files.
    """
    for number in count():
        lock = (folder / f"seat-{number}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _held.append(lock)
        return number
    raise AssertionError
