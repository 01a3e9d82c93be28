"""Invented subscriptions to the newsletter, and the issues of the last weeks."""

import datetime as dt
import random
from collections.abc import Iterator

from django.db import connection
from django.db.models import Max

from commitments.models import Pledge
from digests.models import Frequency, Issue, Item, Outcome, Subscription
from members.models import City, Region
from practices.choices import Status, Theme
from practices.models import Revision
from scn_portal.demo.scale.moments import Moments
from scn_portal.demo.scale.rows import Keys, Row, copy

# The shares of subscriptions.
FOLLOWING, CONFIRMED, ENDED, SUSPENDED, WEEKLY = 0.4, 0.92, 0.08, 0.02, 0.7
WEEKS, MONTHS = 12, 3
# Deliveries are kept only for the last issues.
WEEKS_DELIVERED, MONTHS_DELIVERED = 2, 1
NEWS_OF = dt.timedelta(days=120)
# Of each hundred deliveries.
EMPTY, REFUSED = 5, 1


def write(count: int, *, seed: int, moments: Moments) -> None:
    """Write `count` subscriptions, the news of the last months, their issues, and the deliveries of the last issues."""
    source = random.Random(f"readers:{seed}")
    copy(Subscription, _subscriptions(count, source, moments))
    news = sorted(_news(moments), key=lambda row: (row["happened_at"], row["kind"]))
    keys = Keys(Item)
    copy(Item, (row | {"id": keys()} for row in news))
    issues = [*_issues(Frequency.WEEKLY, 7, WEEKS, moments), *_issues(Frequency.MONTHLY, 30, MONTHS, moments)]
    Issue.objects.bulk_create(issues)
    last = issues[WEEKS - WEEKS_DELIVERED : WEEKS] + issues[-MONTHS_DELIVERED:]
    for issue in last:
        _deliver(issue)


def _subscriptions(count: int, source: random.Random, moments: Moments) -> Iterator[Row]:
    keys, topics = Keys(Subscription), _topics()
    for number, at in enumerate(moments.some(count), start=1):
        confirmed = source.random() < CONFIRMED
        yield {
            "id": keys(), "email": f"reader{number}@scale.example", "language": source.choice(["en", "fr"]),
            "frequency": Frequency.WEEKLY if source.random() < WEEKLY else Frequency.MONTHLY,
            "created_at": at, "confirmed_at": at if confirmed else None,
            "unsubscribed_at": moments.after(at, days=900) if confirmed and source.random() < ENDED else None,
            "suspended_at": moments.after(at, days=900) if confirmed and source.random() < SUSPENDED else None,
            "refusals": 0, "last_item_id": None,
            "topics": sorted(source.sample(topics, source.randint(1, 3))) if source.random() < FOLLOWING else [],
        }  # fmt: skip


def _topics() -> list[str]:
    cities = City.objects.listed().order_by("pk").values_list("slug", flat=True)[:200]
    topics = [*(f"city:{slug}" for slug in cities), *(f"commitment:{number}" for number in range(1, 8))]
    topics += [f"theme:{value}" for value in Theme.values]
    return topics + [f"region:{slug}" for slug in Region.objects.order_by("pk").values_list("slug", flat=True)]


def _news(moments: Moments) -> Iterator[Row]:
    since = moments.now - NEWS_OF
    first = Revision.objects.filter(status=Status.PUBLISHED, number=1, published_at__gte=since)
    listed = City.objects.listed()
    of_listed = first.filter(practice__city__in=listed, published_at__lt=moments.now)
    for practice, at in of_listed.order_by("pk").values_list("practice", "published_at"):
        yield _item("practice", at, practice=practice)
    pledges = Pledge.objects.of_listed_cities().filter(published_at__gte=since, published_at__lt=moments.now)
    for pledge, at in pledges.order_by("pk").values_list("pk", "published_at"):
        yield _item("pledge", at, pledge=pledge)


def _item(kind: str, at: dt.datetime | None, *, practice: int | None = None, pledge: int | None = None) -> Row:
    return {"kind": kind, "happened_at": at, "practice_id": practice, "pledge_id": pledge}


def _issues(frequency: str, days: int, count: int, moments: Moments) -> list[Issue]:
    """Issues one after the other, the last one up to now; none for a period without news."""
    issues = []
    for number in range(count, 0, -1):
        ends_at = moments.now - dt.timedelta(days=days * (number - 1))
        starts_at = ends_at - dt.timedelta(days=days)
        before, last = _last_item(starts_at), _last_item(ends_at)
        issues.append(
            Issue(frequency=frequency, starts_at=starts_at, ends_at=ends_at, created_at=ends_at,
                  items_from=before, items_until=max(last, before + 1))
        )  # fmt: skip
    return issues


def _last_item(until: dt.datetime) -> int:
    """The key of the last item before `until`; 0 if there is none."""
    return Item.objects.filter(happened_at__lt=until).aggregate(last=Max("pk"))["last"] or 0


def _deliver(issue: Issue) -> None:
    """Write the deliveries of `issue`. None of them waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO digests_delivery
                (issue_id, subscription_id, message_id, outcome, mailed_at, mail_attempts, mail_after)
            SELECT %(issue)s, id, format('<%%s.%%s@scale.example>', %(issue)s, id), outcome,
                CASE WHEN outcome = %(sent)s THEN %(at)s END, 0, %(at)s
            FROM (
                SELECT id, CASE WHEN id %% 100 < %(empty)s THEN 'empty' WHEN id %% 100 < %(refused)s THEN 'refused'
                    ELSE %(sent)s END AS outcome
                FROM digests_subscription WHERE frequency = %(frequency)s AND confirmed_at <= %(at)s
                    AND unsubscribed_at IS NULL AND suspended_at IS NULL
            ) AS reader ORDER BY id
            """,
            {"issue": issue.pk, "sent": Outcome.SENT, "at": issue.ends_at, "empty": EMPTY, "refused": EMPTY + REFUSED,
             "frequency": issue.frequency},
        )  # fmt: skip
        cursor.execute(
            "UPDATE digests_subscription SET last_item_id = %s WHERE id IN"
            " (SELECT subscription_id FROM digests_delivery WHERE issue_id = %s)",
            [issue.items_until, issue.pk],
        )
