"""Files cleaned in a separate process (`cleaning`); those that need much memory, one at a time on this machine.

So an unpacked file takes no memory of a process that answers readers, and a file that breaks the code that reads it,
even on purpose, ends nothing else.
"""

import fcntl
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scn_portal.base.documents.cleaning.refused import RefusedError

logger = logging.getLogger(__name__)

PROGRAM = Path(__file__).parent / "cleaning"
# Longer than the limit of processor time, since a process gets less of it on a busy machine.
PROCESS_SECONDS = 60
WAIT_SECONDS = 15
# Of the threads of this process, one may work and one may wait; the others stay free for readers.
_places = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Made:
    """The files made from a file, their kind, and the size of the first in pixels."""

    kind: str
    files: list[bytes]
    width: int
    height: int


def clean(task: str, content: bytes) -> Made:
    """`content` after `task`, one of `cleaning`. Raises RefusedError, with “busy” if others are being cleaned.

    A file that needs little memory, like most files, does not wait for others.
    """
    try:
        return _made(task, "small", content)
    except RefusedError as error:
        if error.reason != "large":
            raise
    with _turn():
        return _made(task, "any", content)


def _made(task: str, size: str, content: bytes) -> Made:
    output = _output(task, size, content)
    line, _newline, rest = output.partition(b"\n")
    said = json.loads(line)
    if "refused" in said:
        raise RefusedError(said["refused"])
    files = []
    for length in said["lengths"]:
        files.append(rest[:length])
        rest = rest[length:]
    return Made(said["kind"], files, said["width"], said["height"])


def _output(task: str, size: str, content: bytes) -> bytes:
    command = [sys.executable, "-I", str(PROGRAM), task, size]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=PROCESS_SECONDS, check=True)
    except subprocess.TimeoutExpired as error:
        raise RefusedError("too large") from error
    except subprocess.CalledProcessError as error:
        logger.error("A file could not be cleaned (%s): %s", error.returncode, error.stderr.decode(errors="replace"))
        raise RefusedError("too large") from error
    return done.stdout


@contextmanager
def _turn() -> Iterator[None]:
    """Hold the only place on this machine. Raises RefusedError, “busy”, after WAIT_SECONDS, or if others wait here."""
    if not _places.acquire(blocking=False):
        raise RefusedError("busy")
    try:
        with _lock_file() as lock:
            _wait_for(lock)
            yield
    finally:
        _places.release()


def _lock_file() -> IO[bytes]:
    """The file to lock. The kernel releases the lock when its process ends in any way."""
    path = Path(tempfile.gettempdir()) / f"scn-files-{os.getuid()}.lock"
    return os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "r+b")


def _wait_for(lock: IO[bytes]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise RefusedError("busy") from error
        time.sleep(0.05)
