"""Whether this web server is about to stop: it serves on, and asks whoever shares requests out to send no more.

One byte of memory that the server and all its workers share, since the workers are forked from it.
"""

import mmap

_shared = mmap.mmap(-1, 1)


def begin() -> None:
    """From now on `/readyz` of every worker says that this host takes no more requests."""
    _shared[0] = 1


def has_begun() -> bool:
    return _shared[0] == 1


def forget() -> None:
    """For tests, whose process goes on."""
    _shared[0] = 0
