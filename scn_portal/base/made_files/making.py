"""What a worker does: it claims a file for a limited time (decision 12), makes it and stores it."""

import datetime as dt
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Now
from django.utils import timezone

from scn_portal.base import generation
from scn_portal.base.generation import Generation
from scn_portal.base.made_files.asking import find
from scn_portal.base.made_files.storing import NO_FILE, Stored, opened, store
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.models import MadeFile, State

logger = logging.getLogger(__name__)

# How often a worker reports its progress, and after how long without a report it has lost its claim.
BEAT_SECONDS = 1.0
CLAIM = dt.timedelta(seconds=30)
# A file on which workers die, perhaps because memory runs out, is not retried forever.
MOST_TRIES = 3


class Lost(Exception):
    """Another worker has taken over the file meanwhile; this one gives up its work."""


@dataclass
class Work:
    """What a maker is given: the empty `file` to write to, and `say` to report its progress.

    `moment` is the generation of everything it reads. As a context manager it closes the parts.
    """

    file: IO[bytes]
    moment: Generation
    begun_at: dt.datetime = field(default_factory=timezone.now)
    progress: int = 0
    lost: bool = False
    parts: list[tuple[Wanted, IO[bytes]]] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Work":
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def say(self, share: float) -> None:
        """Report the progress, from 0 to 1. Raises Lost if there is no point in going on."""
        self.progress = min(99, int(100 * share))
        if self.lost:
            raise Lost

    def part(self, wanted: Wanted, write: Callable[[IO[bytes]], None], *, keep: bool) -> IO[bytes]:
        """The file `wanted` as a part of this one: already made from the same generation, or written now by `write`
        and, with `keep`, kept for readers who ask for it. It is open, at its beginning, until the end of the work."""
        made = find(wanted) if keep else None
        if made and made.name and made.generation == self.moment.number:
            return self._open.enter_context(opened(made.name))
        file = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  closed with the others
        write(file)
        file.seek(0)
        if keep:
            self.parts.append((wanted, file))
        return file


@dataclass(frozen=True)
class Maker:
    """How one kind of file is made: `make` gets the parameters and the Work. `of_network`: any public change may change
    the file; otherwise it shows one version of a row."""

    make: Callable[[dict[str, str], Work], None]
    of_network: bool = True


def make_next(makers: Mapping[str, Maker]) -> bool:
    """Make the file that has waited longest. Returns whether there was one, whether it was made or failed."""
    row = take_in_hand()
    if row is None:
        return False
    try:
        _make(row, makers[row.what])
    except Lost:
        logger.warning("%s was taken over by another worker.", row)
    except Exception:
        logger.exception("%s could not be made.", row)
        _mine(row).update(state=State.FAILED, waiting_since=Now())
    return True


def take_in_hand() -> MadeFile | None:
    """The next queued file, claimed by this worker until `claimed_until`; None if there is none."""
    given_up = MadeFile.objects.in_line().filter(state=State.MAKING, tries__gte=MOST_TRIES)
    given_up.update(state=State.FAILED, waiting_since=Now())
    with transaction.atomic():
        row = _first_in_line(skip_locked=True) or _first_in_line()
        if row is None:
            return None
        claimed = {"state": State.MAKING, "claimed_until": Now() + Value(CLAIM), "progress": 0, "written": 0}
        MadeFile.objects.filter(pk=row.pk).update(claim=F("claim") + 1, tries=F("tries") + 1, **claimed)
    row.refresh_from_db()
    return row


def _first_in_line(*, skip_locked: bool = False) -> MadeFile | None:
    """With `skip_locked`, without files that another worker is claiming, or a reader is queueing, at this moment."""
    line = MadeFile.objects.in_line().select_for_update(skip_locked=skip_locked)
    return line.order_by("waiting_since", "pk").first()


def _make(row: MadeFile, maker: Maker) -> None:
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        with snapshot() as begun_here:
            work = stack.enter_context(Work(file, generation.current()))
            # Within another transaction no other connection sees the row.
            with _reporting(row, work) if begun_here else nullcontext():
                maker.make(row.parameters, work)
        if work.lost:
            raise Lost
        _finish(row, store(file, row.parameters["format"]), work if maker.of_network else None)
        for wanted, part in work.parts:
            keep(wanted, part, work)


@contextmanager
def snapshot() -> Iterator[bool]:
    """All reads inside the block see one moment of the database. Yields False, and changes nothing, within another
    transaction.

    Read many rows in chunks: server-side cursors do not work behind PgBouncer.
    """
    begun_here = not connection.in_atomic_block
    with transaction.atomic():
        if begun_here:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield begun_here


# --- Progress --------------------------------------------------------------------------------------------------------


@contextmanager
def _reporting(row: MadeFile, work: Work) -> Iterator[None]:
    """Report the progress on a separate connection while the maker reads one moment of the database on its own."""
    over = threading.Event()
    teller = threading.Thread(target=_report, args=(row, work, over), name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _report(row: MadeFile, work: Work, over: threading.Event) -> None:
    try:
        while not over.wait(BEAT_SECONDS) and not work.lost:
            try:
                work.lost = not _mine(row).update(
                    claimed_until=Now() + Value(CLAIM), progress=work.progress, written=_length(work.file)
                )
            except DatabaseError:
                logger.warning("%s: its progress could not be saved.", row, exc_info=True)
                connection.close()
    finally:
        connection.close()


def _mine(row: MadeFile) -> Any:
    return MadeFile.objects.filter(pk=row.pk, state=State.MAKING, claim=row.claim)


def _length(file: IO[bytes]) -> int:
    return 0 if file.closed else os.fstat(file.fileno()).st_size


# --- The end ----------------------------------------------------------------------------------------------------------


def _columns(stored: Stored, work: Work | None) -> dict[str, Any]:
    of = {"generation": work.moment.number, "taken_down": work.moment.taken_down} if work else {}
    # The day on which the work began, which is the date in the file.
    made_at = work.begun_at if work else timezone.now()
    return {**NO_FILE, **vars(stored), **of, "made_at": made_at, "state": State.READY, "progress": 100}


def _finish(row: MadeFile, stored: Stored, work: Work | None) -> None:
    """Replace the previous file. `work` is None for a file that does not change with the network."""
    if not _mine(row).update(**_columns(stored, work)):
        default_storage.delete(stored.name)
        raise Lost
    if row.name:
        default_storage.delete(row.name)


def keep(wanted: Wanted, file: IO[bytes], work: Work | None = None) -> None:
    """Keep a file that was made without being queued, unless a worker is making it or has made it meanwhile. `work` is
    None for a file that does not change with the network."""
    stored = store(file, wanted.format)
    about = {"what": wanted.what, "parameters": wanted.stored, "used_at": Now(), "waiting_since": Now()}
    with transaction.atomic():
        row, is_new = MadeFile.objects.select_for_update().get_or_create(
            key=wanted.key, defaults=about | _columns(stored, work)
        )
        newer = not is_new and work and row.state != State.MAKING and (row.generation or 0) < work.moment.number
        if newer:
            MadeFile.objects.filter(pk=row.pk).update(**_columns(stored, work))
    if not is_new:
        default_storage.delete(row.name if newer else stored.name)
