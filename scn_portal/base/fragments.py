"""Fragments: parts of a page that are built once for each version of their rows, and kept.

They are kept in the memory of the process and, for other processes, in Redis. Without Redis, or with
`SCN_FRAGMENTS=off`, they are built each time, and every page is the same, byte for byte. Templates use the built-in tag
`{% fragment %}`:

    {% fragment "practice-card" practice.pk version %} … {% endfragment %}

The tag names everything that its content depends on: rows by their versions, and the day if it says “3 days ago”. The
language and the release are always included. If the fragment is kept, its content is not evaluated: a view passes
querysets and other lazy values, and a kept fragment makes no query. A fragment sets no variable for the rest of the
page, and contains nothing that depends on the reader or on other parts of the address.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Hashable
from functools import cached_property, partial
from typing import Any

from cachetools import TTLCache
from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from redis.exceptions import RedisError

from scn_portal.base import generation
from scn_portal.base.release import release

log = logging.getLogger(__name__)

# Bytes in each process: some hundred fragments. A page of the demo has about ten. Redis is fast enough for the rest.
MAX_KEPT_HERE = 1_500_000
# Seconds, in memory and in Redis: after that, no copy of a text that was taken down is left.
KEPT_FOR = 60 * 60
# Seconds without asking Redis after it did not answer: waiting for it costs more than building.
LEFT_ALONE = 10.0

# As UTF-8: a str with a single ’ in it takes two bytes for every letter.
_here: TTLCache[str, bytes] = TTLCache(MAX_KEPT_HERE, KEPT_FOR, getsizeof=len)
_lock = threading.Lock()
_away_until = 0.0  # of time.monotonic


def kept(name: str, *vary: Hashable, build: Callable[[], str]) -> SafeString:
    """The fragment `name` for the values `vary` that it depends on. `build` returns its HTML, which must be safe.

    If a value is None, its changes cannot be noticed, and the fragment is built each time.
    """
    if not settings.FRAGMENTS or None in vary:
        return mark_safe(build())
    key = _key(name, vary)
    with _lock:
        here = _here.get(key)
    if here is not None:
        return mark_safe(here.decode())
    found = _from_redis(key)
    if found is None:
        found = str(build())
        _to_redis(key, found)
    _keep_here(key, found.encode())
    return mark_safe(found)


def of_all_that_is_public(query: str) -> str:
    """What to vary a fragment on if any public change may alter it: the generation, the day, which decides what is due,
    and the query string `query`. Read it before anything that the fragment shows. "" if fragments are not kept."""
    return f"{generation.current().number}/{timezone.localdate()}/{query}" if settings.FRAGMENTS else ""


class ReadWhenShown:
    """Base of what a view passes to the fragments of its page: a property reads its rows when a template first uses it,
    so that nothing is read if all fragments are kept."""


def when_shown(read: Callable[[], dict[str, Any]], *names: str) -> dict[str, Any]:
    """The values `names` of what `read` returns, as functions that a template calls when it uses them. `read` runs
    once, when the first of them is used; if fragments are off it runs immediately, since everything is shown."""
    if not settings.FRAGMENTS:
        return {name: value for name, value in read().items() if name in names}
    together = _ReadTogether(read)
    return {name: partial(together.value, name) for name in names}


class _ReadTogether(ReadWhenShown):
    def __init__(self, read: Callable[[], dict[str, Any]]):
        self._read = read

    def value(self, name: str) -> Any:
        return self._all[name]

    @cached_property
    def _all(self) -> dict[str, Any]:
        return self._read()


def forget_here() -> None:
    """Forget what this process keeps, for tests and for measuring a cold start."""
    global _away_until
    with _lock:
        _here.clear()
    _away_until = 0.0


# --- Internals -------------------------------------------------------------------------------------------------------


def _key(name: str, vary: tuple[Hashable, ...]) -> str:
    said = "\x1f".join(str(value) for value in (name, get_language(), release(), *vary))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _keep_here(key: str, html: bytes) -> None:
    if len(html) < MAX_KEPT_HERE // 10:
        with _lock:
            _here[key] = html


def _from_redis(key: str) -> str | None:
    if time.monotonic() < _away_until:
        return None
    try:
        return caches["fragments"].get(key)
    except (RedisError, OSError) as error:
        _leave_alone(error)
    return None


def _to_redis(key: str, html: str) -> None:
    if time.monotonic() < _away_until:
        return
    try:
        caches["fragments"].set(key, html, KEPT_FOR)
    except (RedisError, OSError) as error:
        _leave_alone(error)


def _leave_alone(error: Exception) -> None:
    global _away_until
    log.warning("Fragments are built each time for %d s: %s", LEFT_ALONE, error)
    _away_until = time.monotonic() + LEFT_ALONE
