"""Deleting files: those that nobody asks for, those with content that was taken down, and left-overs."""

import datetime as dt

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.functions import Coalesce
from django.utils import timezone

from scn_portal.base import generation
from scn_portal.base.made_files.storing import FOLDER, NO_FILE
from scn_portal.base.made_files.wanted import OF_A_PERSON
from scn_portal.base.models import MadeFile, State

# A file that nobody has asked for since then is deleted.
UNUSED = dt.timedelta(days=7)
# A file for one person: with the ten minutes between two sweeps, deleted within an hour.
OF_A_PERSON_FOR = dt.timedelta(minutes=45)
# A file is stored before its row names it; a file without a row after this time is a left-over.
LEFT_OVER = dt.timedelta(days=1)
MEGABYTE = 1024 * 1024
AT_ONCE = 1000


def sweep() -> int:
    """Delete all files that need not be kept. Returns how many were deleted."""
    return _of_people() + _taken_down() + _unused() + _beyond_the_limit() + _left_over()


def is_over(file: MadeFile) -> bool:
    """Whether a file of one person is no longer served: the next sweep deletes it."""
    return file.made_at is not None and file.made_at < timezone.now() - OF_A_PERSON_FOR


def _of_people() -> int:
    made = MadeFile.objects.filter(what=OF_A_PERSON, state__in=(State.READY, State.FAILED))
    return _forget(made.alias(at=Coalesce("made_at", "waiting_since")).filter(at__lt=timezone.now() - OF_A_PERSON_FOR))


def _taken_down() -> int:
    """Delete files made before the last take-down: what is no longer public must not stay on the disk either."""
    old = MadeFile.objects.exclude(name="").filter(taken_down__lt=generation.current().taken_down)
    names = list(old.values_list("name", flat=True))
    old.filter(state=State.READY).delete()
    old.update(**NO_FILE)
    return _delete(names)


def _unused() -> int:
    idle = MadeFile.objects.exclude(pk__in=MadeFile.objects.in_hand().values("pk"))
    return _forget(idle.filter(used_at__lt=timezone.now() - UNUSED))


def _beyond_the_limit() -> int:
    """Delete the least recently used files until all together take at most MADE_FILES_MB."""
    room, beyond = settings.MADE_FILES_MB * MEGABYTE, []
    ready = MadeFile.objects.filter(state=State.READY).order_by("-used_at", "pk")
    for pk, size in ready.values_list("pk", "stored_size"):
        room -= size
        if room < 0:
            beyond.append(pk)
    return sum(_forget(ready.filter(pk__in=beyond[n : n + AT_ONCE])) for n in range(0, len(beyond), AT_ONCE))


def _forget(files) -> int:
    names = list(files.exclude(name="").values_list("name", flat=True))
    files.order_by().delete()
    return _delete(names)


def _left_over() -> int:
    """Delete files of workers that died after storing the file and before saving its row."""
    if not default_storage.exists(FOLDER):
        return 0
    known = set(MadeFile.objects.exclude(name="").values_list("name", flat=True))
    stored = {f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]}
    return _delete([name for name in stored - known if _is_old(name)])


def _is_old(name: str) -> bool:
    try:
        return default_storage.get_modified_time(name) < timezone.now() - LEFT_OVER
    except FileNotFoundError:  # deleted meanwhile
        return False


def _delete(names: list[str]) -> int:
    for name in names:
        default_storage.delete(name)
    return len(names)
