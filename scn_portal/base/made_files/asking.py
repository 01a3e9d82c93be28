"""Finding a made file, and queueing one: once, however many readers ask."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from scn_portal.base import generation
from scn_portal.base.background import run_after_commit
from scn_portal.base.days import today
from scn_portal.base.generation import Generation
from scn_portal.base.limits import Limit, use
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.models import MadeFile, State

TASK = "scn_portal.site.tasks.make_files"
# While a newer file is made, an older one is served up to this age, as docs/api.md says.
OLDEST = dt.timedelta(hours=1)
# After this, a file that failed is tried again when somebody asks for it.
AFTER_FAILING = dt.timedelta(minutes=5)
# Beat starts the task each minute: if no worker has begun a file by then, none is running.
TAKEN_UP_WITHIN = dt.timedelta(minutes=2)
USED = dt.timedelta(hours=1)

# One statement, so that of fifty readers who ask at the same time only one queues the file.
PUT_IN_LINE = """
    INSERT INTO base_madefile
        (key, what, parameters, used_at, state, waiting_since, claim, tries, progress, written, name, sha256)
    VALUES (%(key)s, %(what)s, %(parameters)s, now(), 'waiting', clock_timestamp(), 0, 0, 0, 0, '', '')
    ON CONFLICT (key) DO UPDATE
        SET state = 'waiting', waiting_since = clock_timestamp(), tries = 0, progress = 0, written = 0, used_at = now()
        WHERE base_madefile.state = 'ready'
                AND (base_madefile.generation < %(number)s OR base_madefile.made_at < %(today)s)
            OR base_madefile.state = 'failed' AND base_madefile.waiting_since < clock_timestamp() - %(after)s
    RETURNING id
"""


def find(wanted: Wanted) -> MadeFile | None:
    """The row of a file; None if nobody has asked for it lately."""
    return MadeFile.objects.filter(key=wanted.key).first()


def is_current(file: MadeFile, now: Generation) -> bool:
    """Whether making the file now would give the same: it is of this generation and of today."""
    if not file.made_at:
        return False
    return file.generation is None or (file.generation == now.number and file.made_at.date() == today())


def may_stand_in(file: MadeFile, now: Generation) -> bool:
    """Whether the file may be served while a newer one is made: it is recent, and nothing was taken down since."""
    if not file.made_at:
        return False
    return file.taken_down == now.taken_down and file.made_at > timezone.now() - OLDEST


def ask(wanted: Wanted, *uses: tuple[Limit, str]) -> bool:
    """Queue a file and wake a worker, unless it is queued already, was made meanwhile or failed lately. Returns whether
    it was queued.

    If so, `uses` are counted against their limits. If one is exceeded, TooMany is raised and the file is not queued.
    """
    if MadeFile.objects.in_line_or_hand().filter(key=wanted.key).exists():  # takes no lock that a worker would wait for
        return False
    with transaction.atomic():
        if not _put_in_line(wanted):
            return False
        if uses:
            use(*uses)
        run_after_commit(TASK)
    return True


def _put_in_line(wanted: Wanted) -> bool:
    values: dict[str, Any] = {
        "key": wanted.key,
        "what": wanted.what,
        "parameters": json.dumps(wanted.stored),
        "after": AFTER_FAILING,
        "number": generation.current().number,
        "today": dt.datetime.combine(today(), dt.time(), dt.UTC),
    }
    with connection.cursor() as cursor:
        cursor.execute(PUT_IN_LINE, values)
        return cursor.fetchone() is not None


def current_sizes(wanted: Iterable[Wanted]) -> dict[str, int]:
    """The sizes in bytes of the files that are made and current, by key."""
    now = generation.current()
    files = MadeFile.objects.filter(key__in=[each.key for each in wanted])
    return {file.key: file.size for file in files if file.size is not None and is_current(file, now)}


def is_line() -> bool:
    """Whether a file waits for a worker."""
    return MadeFile.objects.in_line().exists()


def note_use(file: MadeFile) -> None:
    """Record that the file was asked for, so that it is kept; at most once an hour."""
    if file.used_at < timezone.now() - USED:
        MadeFile.objects.filter(pk=file.pk).update(used_at=Now())


def before(file: MadeFile) -> int:
    """How many files are queued before this one or being made."""
    earlier = MadeFile.objects.in_line().filter(waiting_since__lt=file.waiting_since).exclude(pk=file.pk)
    return earlier.count() + MadeFile.objects.in_hand().exclude(pk=file.pk).count()


def nobody_works(file: MadeFile) -> bool:
    """Whether no worker seems to run: the file has waited for minutes, and no other file is being made."""
    waits_long = file.state == State.WAITING and file.waiting_since < timezone.now() - TAKEN_UP_WITHIN
    return waits_long and not MadeFile.objects.in_hand().exists()
