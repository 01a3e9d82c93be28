"""Composing an issue: its period, its range of items, and a Delivery for each reader.

Everything here happens under one lock, so the ids of items rise in the order of their commits, and an issue exists
once, however many workers and people compose it at the same time.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from digests.issues.choosing import items_of, record_composed
from digests.issues.contents import keys_of, public_among
from digests.issues.news import collect_items, is_collected, record_collected
from digests.issues.schedule import FIRST_PERIOD, last_boundary
from digests.models import Frequency, Issue, Item, NextIssue, Subscription
from scn_portal.base.postgresql.base import as_long_as_a_worker


class Paused(Exception):
    """Staff have paused this frequency: none of its issues is composed until they resume it."""


def compose_due_issues() -> list[Issue]:
    """Compose the issue of each frequency, unless paused, whose period has ended since its last one. Safe to repeat."""
    now = timezone.now()
    return _compose_each(lambda frequency: last_boundary(frequency, now))


def compose_issues_now() -> list[Issue]:
    """Compose an issue of each frequency, unless paused, with everything new up to now, whatever the day."""
    now = timezone.now()
    return _compose_each(lambda frequency: now)


def _compose_each(until: Callable[[str], dt.datetime]) -> list[Issue]:
    issues = []
    for frequency in Frequency.values:
        with suppress(Paused):
            issues.append(compose_issue(frequency, until(frequency)))
    return [issue for issue in issues if issue]


@transaction.atomic
def compose_issue(frequency: str, until: dt.datetime) -> Issue | None:
    """Create the issue from the end of the last one up to `until`, with a Delivery for each reader confirmed by then.

    None, and the period stays open, where nothing is new or there are no readers. Raises Paused. Concurrent calls
    wait for each other: one creates the issue, the others return None.
    """
    lock_issues()
    next_issue = NextIssue.of(frequency)
    if next_issue.paused_at:
        raise Paused
    readers = Subscription.objects.active().filter(frequency=frequency, confirmed_at__lte=until)
    issue = draft_issue(frequency, until) if readers.exists() else None
    if issue is None:
        return None
    issue.save()
    record_composed(issue)
    next_issue.introduction_fr = next_issue.introduction_en = ""
    next_issue.save(update_fields=["introduction_fr", "introduction_en"])
    with as_long_as_a_worker():  # staff may send it from a page, to a million readers
        _create_deliveries(issue, readers)
    return issue


def lock_issues() -> None:
    """Wait until no other transaction collects items or composes an issue, and keep it so until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('digests.composing'))")


@transaction.atomic
def collect_news() -> None:
    """Collect what is new now, so that the pages of the staff need not. Safe to repeat.

    What is no longer public before any issue had it is forgotten: once it is public again, it is news.
    """
    lock_issues()
    now = timezone.now()
    collect_items(now)
    last = Issue.objects.aggregate(last=Max("items_until"))["last"] or 0
    new = Item.objects.filter(pk__gt=last, left_out_at=None, postponements=None)
    new.exclude(pk__in=[key.item for key in keys_of(public_among(new))]).delete()
    record_collected(now)


def draft_issue(frequency: str, until: dt.datetime, *, for_page: bool = False) -> Issue | None:
    """The issue up to `until`, not saved, with its items collected; None where it has nothing. Under the lock.

    All that is new may be left out or put off: the period then stays open.
    """
    issue = period_so_far(frequency, until, for_page=for_page)
    return issue if issue and items_of(issue).exists() else None


def period_so_far(frequency: str, until: dt.datetime, *, for_page: bool = False) -> Issue | None:
    """The same, whatever staff take out of it; None where nothing is new.

    `for_page` takes what a worker collected in the last minutes.
    """
    last = Issue.objects.filter(frequency=frequency).order_by("ends_at").last()
    starts_at = last.ends_at if last else until - FIRST_PERIOD[frequency]
    if until <= starts_at:
        return None
    if not (for_page and is_collected(until)):
        collect_items(until)
    items_from, items_until = _item_range(last, starts_at)
    if items_from >= items_until:
        return None
    next_issue = NextIssue.of(frequency)
    return Issue(
        frequency=frequency,
        starts_at=starts_at,
        ends_at=until,
        items_from=items_from,
        items_until=items_until,
        introduction_fr=next_issue.introduction_fr,
        introduction_en=next_issue.introduction_en,
    )


def _item_range(last: Issue | None, starts_at: dt.datetime) -> tuple[int, int]:
    """The issue after `last` covers the items after the first id, up to and including the second."""
    items = Item.objects.aggregate(newest=Max("pk"), first=Min("pk", filter=Q(happened_at__gte=starts_at)))
    until = items["newest"] or 0
    return (last.items_until if last else (items["first"] or until + 1) - 1), until


def _create_deliveries(issue: Issue, readers: QuerySet) -> None:
    """A Delivery of `issue` for each of `readers`; new readers begin with this issue."""
    host = urlsplit(settings.SITE_URL).hostname
    readers.filter(last_item_id=None).update(last_item_id=issue.items_from)
    # In the database alone, since there may be a million. A Message-ID begins with what rises, as rows are added, so
    # that its index grows at one end: in the order of random ones each row would touch another page, which takes twice
    # as long. The rest of it nobody can guess: it is what reports of bounces name.
    selected, parameters = readers.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO digests_delivery
                (issue_id, subscription_id, message_id, outcome, mail_attempts, mail_after)
            SELECT %s, readers.pk, %s || lpad(to_hex(readers.pk), 10, '0') || '.' || gen_random_uuid() || %s, '', 0,
                now()
            FROM ({selected}) AS readers ORDER BY readers.pk
            """,
            [issue.pk, f"<{issue.pk:08x}", f"@{host}>", *parameters],
        )
