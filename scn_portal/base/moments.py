"""Times that people type in local time, whose clock moves forward in spring and back in autumn."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone


class ClockField(forms.DateTimeField):
    """A date and time as shown by a local clock: a naive datetime, which may be no moment, or two."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> dt.datetime | None:
        with timezone.override(dt.UTC):
            moment = super().to_python(value)
        return moment.replace(tzinfo=None) if moment else None


def moments_of(shown: dt.datetime, zone: dt.tzinfo) -> list[dt.datetime]:
    """The moments, in UTC, at which a clock of `zone` shows the naive datetime `shown`, the earlier first: mostly one;
    none in the hour that is skipped in spring; two in the hour that is repeated in autumn."""
    moments = [shown.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)]
    real = [moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None) == shown]
    return sorted(set(real))
