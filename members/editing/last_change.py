"""Who last changed a row with history, and when: for the person whose form came second."""

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.editing.presence import names_seen_by
from members.models import User


@dataclass(frozen=True)
class LastChange:
    """The newest event of a row: its `number` in the history, its time, and the user, None if no request made it."""

    number: int
    at: dt.datetime
    by: User | None


def last_change_of(row: models.Model) -> LastChange | None:
    """The last change of `row`; None for a model without history."""
    history = getattr(type(row), "pgh_event_model", None)
    if history is None:
        return None
    events = history.objects.filter(pgh_obj=row.pk).order_by("-pgh_id")
    newest = events.values_list("pgh_id", "pgh_created_at", "pgh_context__metadata__user").first()
    if newest is None:
        return None
    number, at, user = newest
    return LastChange(number, at, User.objects.filter(pk=user).first() if user else None)


def in_words(change: LastChange | None, reader: User, *, among_staff: bool = False) -> str:
    """A sentence about a change, as `reader` may read it: with the names of colleagues, and, with `among_staff`, of
    everybody."""
    if change is None:
        return _("Somebody has saved this form since you opened it.")
    words = {"date": date_format(timezone.localtime(change.at), "DATETIME_FORMAT")}
    if change.by is None:
        return _("This has changed since you opened it, on %(date)s.") % words
    if change.by == reader:
        return _("You saved this form yourself since you opened it here, on %(date)s.") % words
    words["name"] = names_seen_by(reader, [change.by], among_staff=among_staff)[change.by.pk]
    return capfirst(_("%(name)s has saved this since you opened it, on %(date)s.") % words)
