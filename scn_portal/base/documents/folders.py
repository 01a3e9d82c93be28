"""The folders of the files that cities publish: their files, the quota of a city, and files that are left over.

An app registers its folders when it is loaded, so that the base needs to know no app.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents.storage import STORE_AWAY, StoreAway

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
# A file is stored before its row is committed; nothing takes longer than this.
KEEP_LEFT_OVER = dt.timedelta(days=1)
# More at once indicate another problem, such as an older database that was restored with newer files.
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Folder:
    """A folder in the storage. `names()` has the names of all files that rows name, with the folder; `bytes_of(city)`
    is the number of bytes that a city keeps there."""

    name: str
    names: Callable[[], Iterable[str]]
    bytes_of: Callable[[Any], int]


@dataclass(frozen=True)
class Swept:
    """The result of a sweep: the numbers of files without a row that it deleted and left, and of missing files."""

    deleted: int
    left: int
    missing: int


_folders: dict[str, Folder] = {}


def register(folder: Folder) -> None:
    _folders[folder.name] = folder


def folders() -> list[Folder]:
    return [*_folders.values()]


@lru_cache(maxsize=20_000)
def size_of(name: str) -> int:
    """The size of a stored file in bytes, which never changes. Raises FileNotFoundError or StoreAway; the result is
    cached, but not errors."""
    return default_storage.size(name)


# --- How much a city may keep ----------------------------------------------------------------------------------------


def bytes_of(city) -> int:
    """The bytes of all files of `city`."""
    return sum(folder.bytes_of(city) for folder in folders())


def quota() -> int:
    """The most bytes that the files of a city may have."""
    return settings.CITY_FILES_MB * MEGABYTE


def check_room(city, size: int) -> None:
    """Raises ValidationError if `city` has no room for `size` more bytes, or if the store does not answer. Two files
    sent at once may both pass."""
    try:
        used = bytes_of(city)
    except StoreAway as error:
        raise ValidationError(STORE_AWAY, code="store_away") from error
    if used + size > quota():
        raise ValidationError(
            _(
                "Your city’s files take %(used)d of the %(quota)d MB that it may use: there is no room for this one."
                " Remove some from your drafts, or ask the staff for more."
            ),
            params={"used": used // MEGABYTE, "quota": settings.CITY_FILES_MB},
            code="quota",
        )


# --- What is left over -----------------------------------------------------------------------------------------------


def sweep(*, most: int = MOST_AT_ONCE) -> Swept:
    """Delete the files that no row names and that are older than KEEP_LEFT_OVER, unless there are more than `most`.

    Missing files that rows name are logged as errors; nothing else is done about them.
    """
    named = {name for folder in folders() for name in folder.names()}
    stored = {each.name: each.changed_at for folder in folders() for each in default_storage.listed(folder.name)}
    # A row may be deleted with its file during the search, so both are checked again.
    missing = {name for name in named - stored.keys() if not default_storage.exists(name)}
    missing &= {name for folder in folders() for name in folder.names()} if missing else missing
    for name in sorted(missing):
        logger.error("A row names the file %s, which is not there.", name)
    until = (timezone.now() - KEEP_LEFT_OVER).timestamp()
    left_over = [name for name, changed_at in stored.items() if changed_at < until and name not in named]
    if len(left_over) > most:
        logger.error("%d files belong to no row: too many to be deleted without somebody looking.", len(left_over))
        return Swept(0, len(left_over), len(missing))
    for name in left_over:
        logger.warning("The file %s belongs to no row: deleted.", name)
        default_storage.delete(name)
    return Swept(len(left_over), 0, len(missing))
