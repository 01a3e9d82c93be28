"""What is new: practices, pledges, completed pledges, members and deadlines become Items."""

import datetime as dt

from django.apps import apps
from django.db.models import Max, Min

from commitments.models import Milestone, Pledge, ProgressUpdate
from digests.issues.schedule import FIRST_PERIOD
from digests.models import Issue, Item, ItemKind, Tally
from members.models import City
from practices.models import Revision

# A row can be committed after the issue of its period was composed: by a slow request, or a machine whose clock is
# wrong. So each collection looks back this far for news that has no Item yet.
LOOK_BACK = max(FIRST_PERIOD.values())
# A deadline is announced once, when it is this near.
DEADLINE_HORIZON = dt.timedelta(days=30)
# What a worker collected is new enough for a page, so long. It collects more often.
FRESH = dt.timedelta(minutes=15)
COLLECTED = "news"  # the key of its Tally


def collect_items(until: dt.datetime) -> None:
    """Create an Item for each piece of news from before `until` that has none. The caller holds the lock."""
    since = _last_collected(until) - LOOK_BACK
    items = [*_new_practices(since, until), *_new_pledges(since, until), *_completed_pledges(since, until)]
    items += [*_new_members(since, until), *_near_deadlines(until)]
    Item.objects.bulk_create(sorted(items, key=lambda item: item.happened_at), ignore_conflicts=True)


def record_collected(at: dt.datetime) -> None:
    """A worker has collected all that was new then."""
    Tally.objects.update_or_create(key=COLLECTED, defaults={"number": 1, "counted_at": at})


def is_collected(now: dt.datetime) -> bool:
    """Whether a worker has collected lately."""
    return Tally.objects.filter(key=COLLECTED, counted_at__gt=now - FRESH).exists()


def _last_collected(until: dt.datetime) -> dt.datetime:
    """Up to when news has been collected, at the latest `until`."""
    newest_item = Item.objects.aggregate(at=Max("happened_at"))["at"]
    newest_issue = Issue.objects.aggregate(at=Max("ends_at"))["at"]
    # One frequency may have looked beyond the time that another is composed for, so `until` bounds all of them.
    return min(max(filter(None, (newest_item, newest_issue)), default=until), until)


def _new_practices(since: dt.datetime, until: dt.datetime) -> list[Item]:
    known = Item.objects.filter(practice__isnull=False).values("practice")
    rows = Revision.objects.new_between(since, until).exclude(practice__in=known).order_by("public_since", "pk")
    found = rows.values_list("practice", "public_since")
    return [Item(kind=ItemKind.PRACTICE, practice_id=practice, happened_at=at) for practice, at in found]


def _new_pledges(since: dt.datetime, until: dt.datetime) -> list[Item]:
    known = Item.objects.filter(kind=ItemKind.PLEDGE).values("pledge")
    pledges = Pledge.objects.of_listed_cities().filter(published_at__gte=since, published_at__lt=until)
    rows = pledges.exclude(pk__in=known).values_list("pk", "published_at")
    return [Item(kind=ItemKind.PLEDGE, pledge_id=pk, happened_at=at) for pk, at in rows.order_by("published_at", "pk")]


def _completed_pledges(since: dt.datetime, until: dt.datetime) -> list[Item]:
    """Pledges that a standing update has reported as done, and that still are; not those older than the Declaration."""
    known = Item.objects.filter(kind=ItemKind.DONE).values("pledge")
    updates = ProgressUpdate.objects.standing().filter(status=Pledge.Status.DONE, pledge__status=Pledge.Status.DONE)
    updates = updates.filter(created_at__gte=since, created_at__lt=until).exclude(pledge__in=known)
    updates = updates.filter(pledge__in=Pledge.objects.of_listed_cities().since_declaration())
    rows = updates.order_by("pledge").values("pledge").annotate(at=Max("created_at"))
    return [Item(kind=ItemKind.DONE, pledge_id=row["pledge"], happened_at=row["at"]) for row in rows]


def _new_members(since: dt.datetime, until: dt.datetime) -> list[Item]:
    """Cities that were added to the portal in the period."""
    history = apps.get_model("members.CityEvent").objects
    first_events = history.order_by().values("pgh_obj").annotate(at=Min("pgh_created_at"))
    added_at = {row["pgh_obj"]: row["at"] for row in first_events.filter(at__gte=since, at__lt=until)}
    known = Item.objects.filter(kind=ItemKind.MEMBER).values("city")
    # Those that joined this year or last: an import of old members is no news.
    cities = City.objects.filter(pk__in=added_at, status=City.Status.MEMBER, joined_year__gte=until.year - 1)
    pks = cities.exclude(pk__in=known).values_list("pk", flat=True)
    return [Item(kind=ItemKind.MEMBER, city_id=pk, happened_at=added_at[pk]) for pk in pks]


def _near_deadlines(until: dt.datetime) -> list[Item]:
    today = until.date()
    known = Item.objects.filter(kind=ItemKind.DEADLINE).values("milestone")
    milestones = (
        Milestone.objects.of_listed_cities()
        .coming(today)
        .filter(due_on__lt=today + DEADLINE_HORIZON)
        .exclude(pk__in=known)
    )
    return [Item(kind=ItemKind.DEADLINE, milestone=milestone, happened_at=until) for milestone in milestones]
