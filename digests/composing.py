"""When an issue is due, what is new, what the issue covers, and to whom it goes.

Everything here happens under one lock, so items have the order of their ids, and an issue exists once however often
beat, a person and a second beat ask for it.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from commitments.models import Milestone, Pledge, ProgressUpdate
from digests.models import Frequency, Issue, Item, Kind, Subscription, Upcoming
from members.models import City
from practices.models import Revision

# The first issue ever looks this far back.
FIRST_PERIOD: dict[str, dt.timedelta] = {
    Frequency.WEEKLY: dt.timedelta(days=7),
    Frequency.MONTHLY: dt.timedelta(days=31),
}
# What was stamped before a period ended can be committed after its issue was composed, by a slow request or a machine
# whose clock is wrong. Each look for news goes back this far for what is no item yet.
LOOK_BACK = max(FIRST_PERIOD.values())
# Periods end at this time: on Monday, on the first of the month.
ENDS_AT = dt.time(6, tzinfo=dt.UTC)
# A deadline is told when it is this near, once.
AHEAD = dt.timedelta(days=30)


T = TypeVar("T")


class Paused(Exception):
    """Staff have paused this frequency: nothing of it is composed until they resume it."""


def last_boundary(frequency: str, now: dt.datetime) -> dt.datetime:
    """When the period of `frequency` that is over last has ended, at or before `now`. ValueError: no frequency."""
    today = now.astimezone(dt.UTC).date()
    if frequency == Frequency.WEEKLY:
        boundary = dt.datetime.combine(today - dt.timedelta(days=today.weekday()), ENDS_AT)
        return boundary if boundary <= now else boundary - dt.timedelta(days=7)
    if frequency == Frequency.MONTHLY:
        boundary = dt.datetime.combine(today.replace(day=1), ENDS_AT)
        if boundary <= now:
            return boundary
        return dt.datetime.combine((today.replace(day=1) - dt.timedelta(days=1)).replace(day=1), ENDS_AT)
    raise ValueError(f"{frequency!r} is no frequency of the newsletter")


def next_boundary(frequency: str, now: dt.datetime) -> dt.datetime:
    """When the period of `frequency` that runs at `now` ends."""
    last = last_boundary(frequency, now)
    # A step that is surely in the next period and not in the one after.
    return last_boundary(frequency, last + dt.timedelta(days=7 if frequency == Frequency.WEEKLY else 32))


def compose_due_issues() -> list[Issue]:
    """Compose the issue of each frequency whose period has ended since its last one, but for those that are paused.
    Late or twice: the same issue."""
    now = timezone.now()
    return _composed(lambda frequency: last_boundary(frequency, now))


def compose_issues_now() -> list[Issue]:
    """Compose, of each frequency that is not paused, an issue with all that is new up to now, whatever the day."""
    now = timezone.now()
    return _composed(lambda frequency: now)


def _composed(until: Callable[[str], dt.datetime]) -> list[Issue]:
    issues = []
    for frequency in Frequency.values:
        with suppress(Paused):
            issues.append(compose_issue(frequency, until(frequency)))
    return [issue for issue in issues if issue]


@transaction.atomic
def compose_issue(frequency: str, until: dt.datetime) -> Issue | None:
    """The issue from where the last one ended up to `until`, with a Delivery for everybody confirmed by then.

    None, and the period stays open, where there is nothing new or nobody to tell. Raises Paused. Safe to call from
    many places at once: one composes, the others wait for it and find nothing left.
    """
    _one_at_a_time()
    next_one = upcoming(frequency)
    if next_one.paused_at:
        raise Paused
    readers = Subscription.objects.active().filter(frequency=frequency, confirmed_at__lte=until)
    issue = _next(frequency, until) if readers.exists() else None
    if issue is None:
        return None
    issue.save()
    introduce(frequency, fr="", en="")
    _address(issue, readers)
    return issue


def _next(frequency: str, until: dt.datetime) -> Issue | None:
    """The issue up to `until`, not yet saved, with its items gathered; None where there is nothing new."""
    last = Issue.objects.filter(frequency=frequency).order_by("ends_at").last()
    starts_at = last.ends_at if last else until - FIRST_PERIOD[frequency]
    if until <= starts_at:
        return None
    gather(until)
    items = Item.objects.aggregate(newest=Max("pk"), first=Min("pk", filter=Q(happened_at__gte=starts_at)))
    items_until = items["newest"] or 0
    items_from = last.items_until if last else (items["first"] or items_until + 1) - 1
    if items_from >= items_until:
        return None
    next_one = upcoming(frequency)
    return Issue(
        frequency=frequency,
        starts_at=starts_at,
        ends_at=until,
        items_from=items_from,
        items_until=items_until,
        introduction_fr=next_one.introduction_fr,
        introduction_en=next_one.introduction_en,
    )


def _one_at_a_time() -> None:
    """Wait until no other transaction gathers items or composes an issue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('digests.composing'))")


def _address(issue: Issue, readers: QuerySet) -> None:
    """A Delivery of `issue` for each of `readers`, and a beginning for those who have been told nothing yet. In the
    database alone: they may be many."""
    host = urlsplit(settings.SITE_URL).hostname
    readers.filter(told_until=None).update(told_until=issue.items_from)
    chosen, parameters = readers.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO digests_delivery
                (issue_id, subscription_id, message_id, outcome, mail_attempts, mail_after)
            SELECT %s, readers.pk, '<' || gen_random_uuid() || %s, '', 0, now() FROM ({chosen}) AS readers
            ORDER BY readers.pk
            """,
            [issue.pk, f"@{host}>", *parameters],
        )


# --- What is new -----------------------------------------------------------------------------------------------------


def gather(until: dt.datetime) -> None:
    """Make an Item of each piece of news from before `until` that is none yet. Under the lock of the caller."""
    last = Item.objects.aggregate(at=Max("happened_at"))["at"]
    issues = Issue.objects.aggregate(at=Max("ends_at"))["at"]
    told = max((moment for moment in (last, issues) if moment), default=None)
    # Never later than `until`: a frequency may look at a time that another has looked beyond.
    since = (min(told, until) if told else until) - LOOK_BACK
    found = [*_practices(since, until), *_pledges(since, until), *_done(since, until)]
    found += [*_members(since, until), *_deadlines(until)]
    Item.objects.bulk_create(sorted(found, key=lambda item: item.happened_at), ignore_conflicts=True)


def _practices(since: dt.datetime, until: dt.datetime) -> list[Item]:
    told = Item.objects.filter(practice__isnull=False).values("practice")
    revisions = Revision.objects.new_between(since, until).exclude(practice__in=told)
    return [
        Item(kind=Kind.PRACTICE, practice_id=each.practice_id, happened_at=each.public_since)
        for each in reversed(revisions)
    ]


def _pledges(since: dt.datetime, until: dt.datetime) -> list[Item]:
    told = Item.objects.filter(kind=Kind.PLEDGE).values("pledge")
    pledges = Pledge.objects.of_listed_cities().filter(created_at__gte=since, created_at__lt=until)
    rows = pledges.exclude(pk__in=told).values_list("pk", "created_at")
    return [Item(kind=Kind.PLEDGE, pledge_id=pk, happened_at=at) for pk, at in rows.order_by("created_at", "pk")]


def _done(since: dt.datetime, until: dt.datetime) -> list[Item]:
    """Pledges that a standing update has reported as done, and that are."""
    told = Item.objects.filter(kind=Kind.DONE).values("pledge")
    updates = ProgressUpdate.objects.standing().filter(status=Pledge.Status.DONE, pledge__status=Pledge.Status.DONE)
    updates = updates.filter(created_at__gte=since, created_at__lt=until).exclude(pledge__in=told)
    rows = updates.exclude(pledge__city__status=City.Status.FORMER).order_by("pledge")
    rows = rows.values("pledge").annotate(at=Max("created_at"))
    return [Item(kind=Kind.DONE, pledge_id=row["pledge"], happened_at=row["at"]) for row in rows]


def _members(since: dt.datetime, until: dt.datetime) -> list[Item]:
    """Cities that the portal met in the period and that joined this year or last: a list of old members that is
    loaded is no news."""
    history = apps.get_model("members.CityEvent").objects
    met = history.order_by().values("pgh_obj").annotate(at=Min("pgh_created_at")).filter(at__gte=since, at__lt=until)
    when = {row["pgh_obj"]: row["at"] for row in met}
    told = Item.objects.filter(kind=Kind.MEMBER).values("city")
    cities = City.objects.filter(pk__in=when, status=City.Status.MEMBER, joined_year__gte=until.year - 1)
    new = cities.exclude(pk__in=told).values_list("pk", flat=True)
    return [Item(kind=Kind.MEMBER, city_id=pk, happened_at=when[pk]) for pk in new]


def _deadlines(until: dt.datetime) -> list[Item]:
    """Milestones due in the days after `until`."""
    today = until.date()
    told = Item.objects.filter(kind=Kind.DEADLINE).values("milestone")
    near = Milestone.objects.coming(today).filter(due_on__lt=today + AHEAD).exclude(pk__in=told)
    near = near.exclude(pledge__city__status=City.Status.FORMER)
    return [Item(kind=Kind.DEADLINE, milestone=each, happened_at=until) for each in near]


# --- What staff decide -----------------------------------------------------------------------------------------------


def upcoming(frequency: str) -> Upcoming:
    """The next issue of `frequency`, as it is being prepared."""
    return Upcoming.objects.get_or_create(frequency=frequency)[0]


def introduce(frequency: str, *, fr: str, en: str) -> None:
    """Say this at the head of the next issue. In one language alone it is given to all, labelled."""
    Upcoming.objects.filter(pk=upcoming(frequency).pk).update(introduction_fr=fr, introduction_en=en)


def pause(frequency: str, *, by) -> None:
    """Compose nothing of `frequency` until it is resumed; what is on its way goes on. Again: nothing changes."""
    waiting = Upcoming.objects.filter(pk=upcoming(frequency).pk, paused_at=None)
    waiting.update(paused_at=timezone.now(), paused_by=by)


def resume(frequency: str) -> None:
    """Compose again. The next issue begins where the last one ended, so nothing was lost."""
    Upcoming.objects.filter(pk=upcoming(frequency).pk).update(paused_at=None, paused_by=None)


def preview(frequency: str, write: Callable[[Issue], T]) -> T | None:
    """What `write` makes of the issue that would be composed now, had it readers; None where nothing is new. Nothing
    is kept: neither the issue nor its items."""
    now = timezone.now()
    with transaction.atomic():
        _one_at_a_time()
        issue = _next(frequency, now)
        written = write(issue) if issue else None
        transaction.set_rollback(True)
    return written
