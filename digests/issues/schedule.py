"""When the periods of the newsletter end."""

import datetime as dt

from digests.models import Frequency
from scn_portal.base.days import today

# The first issue ever looks this far back.
FIRST_PERIOD: dict[str, dt.timedelta] = {
    Frequency.WEEKLY: dt.timedelta(days=7),
    Frequency.MONTHLY: dt.timedelta(days=31),
}
# Periods end at this time: on Monday, on the first of the month.
PERIOD_ENDS_AT = dt.time(6, tzinfo=dt.UTC)


def last_boundary(frequency: str, now: dt.datetime) -> dt.datetime:
    """The latest end of a period of `frequency` at or before `now`. ValueError for an unknown frequency."""
    day = today(now)
    if frequency == Frequency.WEEKLY:
        boundary = dt.datetime.combine(day - dt.timedelta(days=day.weekday()), PERIOD_ENDS_AT)
        return boundary if boundary <= now else boundary - dt.timedelta(days=7)
    if frequency == Frequency.MONTHLY:
        boundary = dt.datetime.combine(day.replace(day=1), PERIOD_ENDS_AT)
        if boundary <= now:
            return boundary
        return dt.datetime.combine((day.replace(day=1) - dt.timedelta(days=1)).replace(day=1), PERIOD_ENDS_AT)
    raise ValueError(f"{frequency!r} is no frequency of the newsletter")


def next_boundary(frequency: str, now: dt.datetime) -> dt.datetime:
    """The end of the period of `frequency` that contains `now`."""
    last = last_boundary(frequency, now)
    # One step that always ends in the next period: 32 days reach the next month and never the one after.
    return last_boundary(frequency, last + dt.timedelta(days=7 if frequency == Frequency.WEEKLY else 32))
