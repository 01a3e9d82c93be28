"""When things happened: over ten years, and more of them in the later years."""

import datetime as dt
import random

from django.utils import timezone

YEARS = 10


class Moments:
    """Random moments before the beginning of today. The same `seed` draws the same ones on the same day."""

    def __init__(self, seed: int):
        self.random = random.Random(f"moments:{seed}")
        self.now = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def some(self, count: int) -> list[dt.datetime]:
        """`count` moments, the earliest first."""
        days = sorted((365 * YEARS * self.random.random() ** 1.4 for _number in range(count)), reverse=True)
        return [self.now - dt.timedelta(days=each) for each in days]

    def before(self, moment: dt.datetime, *, days: float) -> dt.datetime:
        """At most `days` before `moment`."""
        return moment - dt.timedelta(days=days * self.random.random())

    def after(self, moment: dt.datetime, *, days: float) -> dt.datetime:
        """At most `days` after `moment`, and never in the future."""
        return min(moment + dt.timedelta(days=days * self.random.random()), self.now)

    def lately(self, *, days: float) -> dt.datetime:
        return self.before(self.now, days=days)
