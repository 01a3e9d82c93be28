"""How made files are stored: under names that nobody can guess, some of them compressed."""

import gzip
import hashlib
import secrets
import tempfile
from dataclasses import dataclass
from typing import IO, cast

from django.core.files.base import File
from django.core.files.storage import default_storage

from scn_portal.base.made_files.wanted import PACKED

FOLDER = "made"
# The columns of a MadeFile without a file.
NO_FILE = {"name": "", "size": None, "stored_size": None, "sha256": "", "made_at": None, "generation": None,
           "taken_down": None}  # fmt: skip
CHUNK = 256 * 1024


@dataclass(frozen=True)
class Stored:
    """A file in the storage. `sha256` and `size` are of the file as it was made, `stored_size` of the stored bytes."""

    name: str
    size: int
    stored_size: int
    sha256: str


class Unpacked(gzip.GzipFile):
    """A stored file, decompressed. Closing it also closes the stored file."""

    def __init__(self, stored: IO[bytes]) -> None:
        super().__init__(fileobj=stored, mode="rb")
        self._stored = stored

    def close(self) -> None:
        super().close()
        self._stored.close()


def is_packed(name: str) -> bool:
    return name.endswith(".gz")


def store(file: IO[bytes], format: str) -> Stored:
    """Put a file into the storage, compressed if that makes its format smaller."""
    name, packed = f"{FOLDER}/{secrets.token_hex(16)}.{format}", format in PACKED
    size, digest = 0, hashlib.sha256()
    file.seek(0)
    with tempfile.TemporaryFile() as small, gzip.GzipFile("", "wb", 6, small, mtime=0) as packing:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            if packed:
                packing.write(chunk)
        packing.close()
        content = small if packed else file
        stored_size = content.seek(0, 2)
        content.seek(0)
        name = default_storage.save(name + ".gz" * packed, File(content))
    return Stored(name, size, stored_size, digest.hexdigest())


def opened(name: str) -> IO[bytes]:
    """The file as it was made, open at its beginning. Raises FileNotFoundError if the storage has lost it."""
    stored = cast(IO[bytes], default_storage.open(name, "rb"))
    return cast(IO[bytes], Unpacked(stored)) if is_packed(name) else stored
