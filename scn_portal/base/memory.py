"""Keeping a process small: what the C library does with memory that is given back.

Only glibc has these settings; elsewhere nothing is done.
"""

import ctypes
import gc
import sys
import typing

# Names of glibc's <malloc.h>.
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
ARENAS = 1  # threads of Python wait for each other anyway
# What is larger goes back to the system as soon as it is freed. Set by hand it stays so: glibc itself would raise it
# with each large block that is freed, up to 32 MB, and keep such blocks.
LARGE, TRIM = 128 * 1024, 256 * 1024


def keep_small() -> None:
    """Call this first in a process that lives long, before it has threads: each would keep free memory for itself."""
    if malloc := _glibc("mallopt"):
        for setting, value in ((_ARENA_MAX, ARENAS), (_MMAP_THRESHOLD, LARGE), (_TRIM_THRESHOLD, TRIM)):
            malloc(setting, value)


def give_back() -> None:
    """Give the system what loading has left free, and have the collector pass over all that is here: it stays."""
    typing.clear_overloads()  # signatures for type checkers alone, some megabytes
    sys.path_importer_cache.clear()  # the names in every folder that was looked through: half a megabyte
    gc.collect()
    if trim := _glibc("malloc_trim"):
        trim(0)
    gc.freeze()
    gc.collect()  # it waits for a quarter as many new objects as it has last seen: now it has seen none


def _glibc(function: str):
    return getattr(ctypes.CDLL(None), function, None)
