"""Who else has a form open. Nothing is locked: people see each other, and agree."""

import datetime as dt

from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.models import Membership, OpenForm, User

# Without a sign for this long, nobody is there any more. The page gives one every three minutes while it is looked at.
AWAY_AFTER = dt.timedelta(minutes=10)


def note(user: User, form: str) -> None:
    """`user` has the form open now."""
    now = timezone.now()
    mine, is_new = OpenForm.objects.get_or_create(user=user, form=form, defaults={"since": now, "seen_at": now})
    if is_new:
        return
    since = mine.since if mine.seen_at > now - AWAY_AFTER else now
    # The later sign stays: two requests, and the clocks of two hosts, may come in another order than they began.
    OpenForm.objects.filter(pk=mine.pk).update(since=since, seen_at=Greatest("seen_at", Value(now)))


def leave(user: User, form: str) -> None:
    """`user` has closed the form."""
    OpenForm.objects.filter(user=user, form=form).delete()


def others(reader: User, form: str, *, among_staff: bool = False) -> list[str]:
    """A sentence about each other person who has the form open.

    A city reads the names of those who act for it; of anybody else that they are of the network. `among_staff`: the
    form is for staff alone, who read all names.
    """
    seen = OpenForm.objects.filter(form=form, seen_at__gt=timezone.now() - AWAY_AFTER).exclude(user=reader)
    there = list(seen.select_related("user").order_by("since"))
    if not there:
        return []
    names = names_seen_by(reader, [one.user for one in there], among_staff=among_staff)
    return [_sentence(one, names[one.user_id]) for one in there]


def names_seen_by(
    reader: User, people: list[User], *, among_staff: bool = False, within: bool = False
) -> dict[int, str]:
    """What `reader` calls each of `people`, by key: those of the reader's cities by name, the staff as the staff, at
    the beginning of a sentence or `within` one."""
    cities = Membership.objects.filter(user=reader).values("city")
    colleagues = set(Membership.objects.filter(city__in=cities).values_list("user", flat=True))
    staff = _("somebody of the network’s staff") if within else _("Somebody of the network’s staff")
    return {one.pk: str(one) if among_staff or one.pk in colleagues else staff for one in people}


def _sentence(one: OpenForm, name: str) -> str:
    since = timezone.localtime(one.since)
    is_today = since.date() == timezone.localdate()
    time = date_format(since, "TIME_FORMAT" if is_today else "DATETIME_FORMAT")
    return _("%(name)s has been writing here since %(time)s.") % {"name": name, "time": time}
