"""Tags for the pages of the newsletter."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

register = template.Library()


@register.simple_tag
def days_from(start: dt.datetime, end: dt.datetime) -> str:
    """The days from `start` to `end`, without saying a month or a year twice: “17 to 24 November 2026”."""
    first, last = timezone.localtime(start).date(), timezone.localtime(end).date()
    if first.year != last.year:
        shown = date_format(first)
    else:
        shown = date_format(first, "j" if first.month == last.month else "j F")
    return gettext("%(start)s to %(end)s") % {"start": shown, "end": date_format(last)}
