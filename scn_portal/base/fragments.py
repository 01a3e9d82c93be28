"""Fragments: parts of a page that are built once for each version of their rows, and kept.

Kept in the process, and in Redis for the others. Without Redis, or with `SCN_FRAGMENTS=off`, they are built each time,
and no page differs by a byte. Templates use `{% fragment %}`, of the tags that every template has.

    {% fragment "practice-card" practice.pk version %} … {% endfragment %}

Whatever the words inside depend on is named: the rows by their versions, and a day where “3 days ago” is said. The
language and the release count without being named. What stands inside is not evaluated where it is kept, so a view
passes querysets and other lazy values, and a kept fragment asks the database nothing. It sets no variable for what
follows it, and holds nothing that depends on the reader or on other parts of the address.
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

# Of this process, in bytes, some hundred fragments; a page of the demo has about ten. For what is asked for seldom
# Redis is near enough.
MAX_KEPT_HERE = 1_500_000
# In seconds, here and in Redis: soon after a text is taken down, no copy of it is left.
KEPT_FOR = 60 * 60
# How long Redis is left alone after it did not answer, in seconds: waiting for it costs more than building.
LEFT_ALONE = 10.0

# As UTF-8: Python keeps a text with one ’ in it as two bytes for every letter.
_here: TTLCache[str, bytes] = TTLCache(MAX_KEPT_HERE, KEPT_FOR, getsizeof=len)
_lock = threading.Lock()
_away_until = 0.0  # of time.monotonic


def kept(name: str, *vary: Hashable, build: Callable[[], str]) -> SafeString:
    """The fragment `name` for these values of what it depends on; `build` makes its HTML, which must be safe.

    Where a value is None, nothing tells when the fragment changes: it is built each time.
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
    """What a fragment varies on that any public change may alter, or the day, which decides what is due; and `query`,
    the query string. Read it before anything that the fragment shows. "" where fragments are not kept."""
    return f"{generation.current().number}/{timezone.localdate()}/{query}" if settings.FRAGMENTS else ""


class ReadWhenShown:
    """What a view hands to the fragments of its page: each property reads rows when a template first asks for it, so
    that where all fragments are kept nothing is read."""


def when_shown(read: Callable[[], dict[str, Any]], *names: str) -> dict[str, Any]:
    """These `names` of what `read` returns, as functions, which a template calls where it names them: all is read
    together when the first of them is shown. Where fragments are off it is read at once, since all is shown."""
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
    """Forget what this process keeps: for tests, and for what measures a cold start."""
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
