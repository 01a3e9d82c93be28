"""Keeping a process small: settings of the C library for freed memory.

Only glibc has these settings; elsewhere nothing is done.
"""

import ctypes
import gc
import sys
import typing

# Names of glibc's <malloc.h>.
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
ARENAS = 1  # threads of Python wait for each other anyway
# Larger blocks return to the system as soon as they are freed. A threshold that is set by hand stays: otherwise glibc
# raises it with each large block that is freed, up to 32 MB, and keeps such blocks.
LARGE, TRIM = 128 * 1024, 256 * 1024


def keep_small() -> None:
    """Call this first in a long-running process, before it has threads: each thread would keep its own free memory."""
    if malloc := _glibc("mallopt"):
        for setting, value in ((_ARENA_MAX, ARENAS), (_MMAP_THRESHOLD, LARGE), (_TRIM_THRESHOLD, TRIM)):
            malloc(setting, value)


def give_back() -> None:
    """Give memory that is free after loading back to the system, and exclude all existing objects from garbage
    collection, since they stay."""
    typing.clear_overloads()  # signatures that only type checkers need: some megabytes
    sys.path_importer_cache.clear()  # the file names of all folders that imports searched: half a megabyte
    gc.collect()
    if trim := _glibc("malloc_trim"):
        trim(0)
    gc.freeze()
    gc.collect()  # the next one waits for a quarter as many new objects as the last one saw: this one sees none


def _glibc(function: str):
    return getattr(ctypes.CDLL(None), function, None)
