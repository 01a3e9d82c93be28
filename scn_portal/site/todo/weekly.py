"""The weekly reminder: at 08:00 on Monday in their own time zone, each person gets a mail with the tasks that wait for
them, or no mail if there are none.

`prepare` creates the rows that are due, one per person and week, which is unique in the database. `send` locks a row,
finds the tasks, sends the mail and stamps the row. Both may run in any number of workers, as often as beat likes.
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
# If no worker ran on Monday, the mail is sent late, but not on the next days: the page shows the same tasks.
LATEST = dt.timedelta(hours=24)
MOST_TASKS = 15


def prepare() -> int:
    """Create the rows that are due now; returns how many are new."""
    now, made = timezone.now(), 0
    acting = User.objects.filter(is_active=True, memberships__role__in=EDITING_ROLES)
    for zone in acting.values_list("time_zone", flat=True).distinct():
        due_at = due_in(zone, now)
        if due_at is None:
            continue
        week = due_at.date()
        # People who began to act for a city later this Monday wait for the next one.
        readers = Membership.objects.filter(
            role__in=EDITING_ROLES, user__is_active=True, user__time_zone=zone, created_at__lte=due_at
        ).exclude(user__reminders__week=week)
        rows = [Reminder(user_id=pk, week=week) for pk in readers.values_list("user_id", flat=True).distinct()]
        made += len(rows)
        Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    return made


def due_in(zone: str, now: dt.datetime) -> dt.datetime | None:
    """08:00 on Monday of this week in `zone`, if that was less than LATEST ago; else None."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    monday = local.date() - dt.timedelta(days=local.weekday())
    due_at = dt.datetime.combine(monday, LEAVES_AT, tzinfo=local.tzinfo)
    # Compared in UTC: Python subtracts two times of one zone by the wall clock, ignoring a change to or from summer
    # time.
    waited = now.astimezone(dt.UTC) - due_at.astimezone(dt.UTC)
    return due_at if dt.timedelta(0) <= waited < LATEST else None


def send() -> int:
    """Send the reminders that wait; returns how many mails were sent."""
    return mail.send_due(Reminder.objects.select_related("user"), render)


def render(reminder: Reminder) -> list[EmailMultiAlternatives]:
    """The mail, in the language and time zone of its reader; none if there are no tasks, or it is too late."""
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
