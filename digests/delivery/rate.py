"""The rate that all senders share."""

import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError


def wait_for_turn() -> bool:
    """Return when one more mail may leave: all senders together send at most DIGEST_RATE mails a second.

    Returns whether it had to wait.
    """
    rate, waited = settings.DIGEST_RATE, False
    while rate:
        second = int(time.time())
        key = f"digest-rate:{second}"
        try:
            cache.add(key, 0, timeout=5)
            if cache.incr(key) <= rate:
                break
        except (RedisError, OSError, ValueError):  # without the shared count, each sender keeps to the rate by itself
            time.sleep(1 / rate)
            return True
        time.sleep(max(0.0, second + 1 - time.time()))
        waited = True
    return waited
