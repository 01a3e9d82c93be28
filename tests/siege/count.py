"""Counts what happens, in many threads at once."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass
class Count:
    """`writes` and `decisions` were acknowledged by the portal; `away` are the periods in which PostgreSQL was down."""

    writes: list[str] = field(default_factory=list)
    decisions: list[int] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    cut_off: Counter = field(default_factory=Counter)
    refused_for_room: int = 0
    away: list[list[float]] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=lambda: [time.monotonic()])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, status: int, what: str, began: float) -> None:
        """Count an answer. It is a fault if it is a server error, except for 503 while PostgreSQL was down."""
        now = time.monotonic()
        with self.lock:
            self.statuses[status] += 1
            if status < 500:
                self.answered_at.append(now)
            elif status != 503 or not self.was_away(began, now):
                self.faults.append(f"{status} {what}")

    def was_away(self, began: float, ended: float) -> bool:
        """Whether PostgreSQL was down at some moment of this period, or had just come back."""
        return any(began <= until + 5 and ended >= since for since, until in self.away)

    def longest_silence(self) -> float:
        """The longest time between two consecutive answers in seconds, leaving out periods without PostgreSQL."""
        times = sorted(self.answered_at)
        return max((b - a for a, b in pairwise(times) if not self.was_away(a, b)), default=0)

    def longest_silence_of_all(self) -> float:
        times = sorted(self.answered_at)
        return max((b - a for a, b in pairwise(times)), default=0)
