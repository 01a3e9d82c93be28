"""Who else has a form open. Nothing is locked: people see each other and come to an agreement."""

import datetime as dt

from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.models import Membership, OpenForm, User

# After this long without a signal, the person counts as away. A visible page sends a signal every three minutes.
AWAY_AFTER = dt.timedelta(minutes=10)


def note(user: User, form: str) -> None:
    """Record that `user` has the form open now."""
    now = timezone.now()
    mine, is_new = OpenForm.objects.get_or_create(user=user, form=form, defaults={"since": now, "seen_at": now})
    if is_new:
        return
    since = mine.since if mine.seen_at > now - AWAY_AFTER else now
    # The later time stays: two requests may end in another order than they began, and the clocks of two hosts differ.
    OpenForm.objects.filter(pk=mine.pk).update(since=since, seen_at=Greatest("seen_at", Value(now)))


def leave(user: User, form: str) -> None:
    """Record that `user` has closed the form."""
    OpenForm.objects.filter(user=user, form=form).delete()


def others(reader: User, form: str, *, among_staff: bool = False) -> list[str]:
    """A sentence about each other person who has the form open.

    People of a city read the names of people who act for it; anybody else is called a member of the staff.
    `among_staff`: the form is only for staff, who read all names.
    """
    seen = OpenForm.objects.filter(form=form, seen_at__gt=timezone.now() - AWAY_AFTER).exclude(user=reader)
    there = list(seen.select_related("user").order_by("since"))
    if not there:
        return []
    names = names_seen_by(reader, [one.user for one in there], among_staff=among_staff)
    return [_sentence(one, names[one.user_id]) for one in there]


def names_seen_by(reader: User, people: list[User], *, among_staff: bool = False) -> dict[int, str]:
    """The words for each of `people` in a sentence for `reader`, by key: names for people of the reader's cities, and
    no names for anybody else, unless `among_staff`."""
    cities = Membership.objects.filter(user=reader).values("city")
    colleagues = set(Membership.objects.filter(city__in=cities).values_list("user", flat=True))
    staff = _("a member of the network’s staff")
    return {one.pk: str(one) if among_staff or one.pk in colleagues else staff for one in people}


def _sentence(one: OpenForm, name: str) -> str:
    since = timezone.localtime(one.since)
    is_today = since.date() == timezone.localdate()
    time = date_format(since, "TIME_FORMAT" if is_today else "DATETIME_FORMAT")
    return capfirst(_("%(name)s has been writing here since %(time)s.") % {"name": name, "time": time})
