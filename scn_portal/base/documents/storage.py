"""Files on disk: complete or absent, and a full disk gives an error for the reader. For a bucket, see `bucket.py`."""

import errno
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

# No space left, no quota left, or larger than this process may write.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
DISK_FULL = _(
    "The portal has no room for this file: its disk is full. Your text is kept. Tell the staff, and send the file"
    " again later."
)
STORE_AWAY = _(
    "The portal cannot keep files at the moment: their store does not answer. Your text is kept. Send the file again in"
    " some minutes."
)


class StoreAway(Exception):
    """The store of the files does not answer correctly. A page answers with 503."""


@dataclass(frozen=True)
class Listed:
    """A stored file: its name, with the folder, and the time when it was stored, in seconds since 1970."""

    name: str
    changed_at: float


class WholeFileStorage(FileSystemStorage):
    """If a file cannot be written completely, nothing of it stays. Raises ValidationError if the disk is full."""

    def _save(self, name, content) -> str:
        try:
            return super()._save(name, content)  # type: ignore[misc]  # a mixin declares it
        except OSError as error:
            # Names are random and never used twice, so this can only be a part of this file.
            Path(self.path(name)).unlink(missing_ok=True)
            if error.errno not in FULL:
                raise
            logger.error("No room for a file in %s: %s", self.location, error)
            raise ValidationError(DISK_FULL, code="disk_full") from error

    def listed(self, folder: str) -> Iterator[Listed]:
        """The files of a folder."""
        place = Path(self.location) / folder
        for path in place.iterdir() if place.is_dir() else ():
            try:
                if path.is_file():
                    yield Listed(f"{folder}/{path.name}", path.stat().st_mtime)
            except FileNotFoundError:  # deleted meanwhile
                continue


class LostFile(UploadedFile):
    """Replaces a file that did not fit on the disk while it was received. A form refuses it with a message."""

    def __init__(self, upload):
        super().__init__(BytesIO(b"\0"), upload.file_name, upload.content_type, 1, upload.charset)


class RoomyUploadHandler(TemporaryFileUploadHandler):
    """Receives large files on disk. A file that does not fit becomes a LostFile; the rest of the form is still read."""

    def new_file(self, *args, **kwargs) -> None:
        self.lost, self.file = False, None  # type: ignore[assignment]  # until there is one
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._lose(error)

    def receive_data_chunk(self, raw_data, start) -> None:
        if self.lost:
            return
        try:
            self.file.write(raw_data)
            self.file.flush()
        except OSError as error:
            self._lose(error)

    def file_complete(self, file_size):
        return LostFile(self) if self.lost else super().file_complete(file_size)

    def _lose(self, error: OSError) -> None:
        # ENOENT: Python finds no temporary folder that can be written to.
        if error.errno not in FULL | {errno.ENOENT}:
            raise error
        logger.error("No room for a file that is coming in: %s", error)
        self.lost = True
        if self.file:
            self.file.close()

    def upload_interrupted(self) -> None:
        if self.file and not self.lost:
            super().upload_interrupted()
