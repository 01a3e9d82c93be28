"""Whether this web server is about to stop: it still answers, but tells the load balancer to send no more requests.

It is one byte of memory that the forked workers share with the server.
"""

import mmap

_shared = mmap.mmap(-1, 1)


def begin() -> None:
    """Make `/readyz` say, in every worker, that this host takes no more requests."""
    _shared[0] = 1


def has_begun() -> bool:
    return _shared[0] == 1


def forget() -> None:
    """Undo it, for tests that go on in the same process."""
    _shared[0] = 0
