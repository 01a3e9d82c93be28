"""The sign of life of beat and workers together: beat starts this every minute, and a worker does it."""

import time

from django.core.cache import cache

KEY = "last-beat"


def beat() -> None:
    cache.set(KEY, time.time(), timeout=None)
