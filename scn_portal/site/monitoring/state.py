"""The state of the portal as metrics, read from the database, from Redis and from the workers at each request.

No metric names a person, a city or an address.
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from practices.choices import Status
from practices.models import Revision
from scn_portal.base.models import MadeFile
from scn_portal.site.monitoring import mails, pulse

logger = logging.getLogger(__name__)
REDIS_AWAY = (RedisError, OSError, OperationalError)
# How many seconds workers have to answer.
PING_SECONDS = 1.0


class StateCollector(Collector):
    """Collects the state. Metrics that cannot be read are left out, and a metric says that the database or Redis is
    down."""

    def describe(self) -> list[Metric]:
        return []  # nothing is asked when the collector is registered

    def collect(self) -> Iterator[Metric]:
        yield from _asked("database", (DatabaseError,), from_the_database)
        connection.close()
        yield from _asked("redis", REDIS_AWAY, from_redis)
        if settings.BACKUP_STAMP:
            yield gauge("scn_last_backup_timestamp_seconds", "When the last backup was done; 0: never.", last_backup())


def _asked(name: str, errors: tuple[type[Exception], ...], ask: Callable[[], list[Metric]]) -> Iterator[Metric]:
    """The metrics that `ask` returns, and a metric that says whether `name` answers."""
    try:
        yield from ask()
        is_up = True
    except errors as error:
        logger.warning("%s does not answer: %s", name, type(error).__name__)
        is_up = False
    yield gauge(f"scn_{name}_up", f"Whether {name} answers.", is_up)


def gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def from_the_database() -> list[Metric]:
    due = GaugeMetricFamily("scn_mails_due", "Mails that are owed, by what they are.", labels=["kind"])
    refused = GaugeMetricFamily("scn_mails_refused", "Of these, those refused once or more often.", labels=["kind"])
    oldest = GaugeMetricFamily(
        "scn_mails_oldest_seconds", "Age of the oldest that no mail server has refused yet; 0: none.", labels=["kind"]
    )
    for kind, owed in mails.owed(timezone.now()):
        due.add_metric([kind], owed.due)
        refused.add_metric([kind], owed.refused)
        oldest.add_metric([kind], owed.oldest_seconds)
    return [due, refused, oldest, *_practices_waiting(), *_files_waiting()]


def _practices_waiting() -> list[Metric]:
    waiting = Revision.objects.filter(status=Status.SUBMITTED)
    since = waiting.order_by("submitted_at").values_list("submitted_at", flat=True).first()
    seconds = (timezone.now() - since).total_seconds() if since else 0
    return [
        gauge("scn_practices_waiting", "Practices that wait for a moderator.", waiting.count()),
        gauge("scn_practices_oldest_seconds", "How long the first of them has waited.", seconds),
    ]


def from_redis() -> list[Metric]:
    last = cache.get(pulse.KEY, 0)
    alive = [name for answer in current_app.control.ping(timeout=PING_SECONDS) for name in answer]
    for_files = [name for name in alive if name.startswith("files@")]  # deploy/systemd/scn-files.service
    return [
        gauge("scn_last_beat_timestamp_seconds", "When a worker last did what beat starts; 0: never.", last),
        gauge("scn_workers", "Workers that answer.", len(alive) - len(for_files)),
    ]


def _files_waiting() -> list[Metric]:
    since = MadeFile.objects.in_line().order_by("waiting_since").values_list("waiting_since", flat=True).first()
    seconds = (timezone.now() - since).total_seconds() if since else 0
    return [gauge("scn_files_oldest_seconds", "How long the first file that a worker makes has waited.", seconds)]


def last_backup() -> float:
    """The time of the last `manage.py backup`, in seconds since the epoch; 0 if there was none."""
    try:
        return Path(settings.BACKUP_STAMP).stat().st_mtime
    except FileNotFoundError:
        return 0
