"""The weekly reminder: to each person at 08:00 on Monday, on their own clock, what waits for them; nothing where
nothing does.

`prepare` makes the rows that are due, one a person and week, which the database holds unique; `send` locks a row, asks
what waits, sends and stamps it. Both may run in any number of workers, as often as beat likes.
"""

import datetime as dt
import zoneinfo

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.models import EDITING_ROLES, Membership, Reminder, User
from scn_portal.base import mail
from scn_portal.base.links import absolute_url
from scn_portal.site.todo.tasks_of import tasks_of

LEAVES_AT = dt.time(8)
# Where no worker ran on Monday, the mail leaves late, but not on the next days: the page says the same.
LATEST = dt.timedelta(hours=24)
MOST_TASKS = 15


def prepare() -> int:
    """Make the rows that are due now; returns how many are new."""
    now, made = timezone.now(), 0
    acting = User.objects.filter(is_active=True, memberships__role__in=EDITING_ROLES)
    for zone in acting.values_list("time_zone", flat=True).distinct():
        due_at = due_in(zone, now)
        if due_at is None:
            continue
        week = due_at.date()
        # Whoever began to act for a city later this Monday waits for the next one.
        readers = Membership.objects.filter(
            role__in=EDITING_ROLES, user__is_active=True, user__time_zone=zone, created_at__lte=due_at
        ).exclude(user__reminders__week=week)
        rows = [Reminder(user_id=pk, week=week) for pk in readers.values_list("user_id", flat=True).distinct()]
        made += len(rows)
        Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    return made


def due_in(zone: str, now: dt.datetime) -> dt.datetime | None:
    """This week's 08:00 of Monday in `zone`, if that was less than LATEST ago."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    monday = local.date() - dt.timedelta(days=local.weekday())
    due_at = dt.datetime.combine(monday, LEAVES_AT, tzinfo=local.tzinfo)
    # Compared in UTC: two times of one zone are subtracted by the clock on the wall, whatever the change of its hour.
    waited = now.astimezone(dt.UTC) - due_at.astimezone(dt.UTC)
    return due_at if dt.timedelta(0) <= waited < LATEST else None


def send() -> int:
    """Send the reminders that wait; returns how many mails left."""
    return mail.send_due(Reminder.objects.select_related("user"), render)


def render(reminder: Reminder) -> list[EmailMultiAlternatives]:
    """The mail, in the language and on the clock of its reader; none where nothing waits, or it is too late."""
    user = reminder.user
    if not user.is_active or timezone.now() - reminder.created_at > LATEST:
        return []
    with override(user.language), timezone.override(zoneinfo.ZoneInfo(user.time_zone)):
        tasks = tasks_of(user, without=tuple(user.reminders_off))
        if not tasks:
            return []
        headers = {"Message-ID": reminder.message_id}
        context = _context(tasks, user.language)
        return [mail.compose("reminder", to=[user.email], language=user.language, context=context, headers=headers)]


def _context(tasks: list, language: str) -> dict:
    cities = list(dict.fromkeys(task.city.text("name", language).value for task in tasks))
    return {
        "cities": get_text_list(cities, _("and")),
        "several": len(cities) > 1,
        "count": len(tasks),
        "tasks": [_entry(task, language) for task in tasks[:MOST_TASKS]],
        "more": max(0, len(tasks) - MOST_TASKS),
        "workspace_link": absolute_url(reverse("my_city")),
        "choices_link": absolute_url(reverse("reminders")),
    }


def _entry(task, language: str) -> dict:
    return {
        "city": task.city.text("name", language).value,
        "label": task.label,
        "about": task.about,
        "detail": " ".join(task.detail.split())[:300],
        "link": absolute_url(task.path),
    }
