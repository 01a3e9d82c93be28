"""When an issue is due, what it covers, to whom it goes, and the mail it becomes."""

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import override

from digests.content import Contents, contents, new_pledges
from digests.models import Delivery, Frequency, Issue, Subscription
from practices.models import Revision
from scn_portal import mail

# The first issue ever looks this far back.
FIRST_PERIOD = dt.timedelta(days=7)
# What was stamped before a period ended can be committed after its issue was composed, by a slow request or a machine
# whose clock is behind. The next issue looks back this far for what no issue has told.
LATECOMERS = dt.timedelta(days=1)
# The weekly issue covers what came before Monday, 6:00 UTC.
WEEK_ENDS_AT = dt.time(6, tzinfo=dt.UTC)


def last_boundary(frequency: str, now: dt.datetime) -> dt.datetime:
    """When the period of `frequency` that is over last has ended, at or before `now`."""
    if frequency != Frequency.WEEKLY:
        raise ValueError(f"{frequency!r} is no frequency of the newsletter")
    today = now.astimezone(dt.UTC).date()
    boundary = dt.datetime.combine(today - dt.timedelta(days=today.weekday()), WEEK_ENDS_AT)
    return boundary if boundary <= now else boundary - dt.timedelta(days=7)


def compose_due_issues() -> list[Issue]:
    """Compose the issue of each frequency whose period has ended since its last one. Late or twice: the same issue."""
    now = timezone.now()
    return _composed(lambda frequency: last_boundary(frequency, now))


def compose_issues_now() -> list[Issue]:
    """Compose, of each frequency, an issue with all that is new up to now, whatever the day."""
    now = timezone.now()
    return _composed(lambda frequency: now)


def _composed(until: Callable[[str], dt.datetime]) -> list[Issue]:
    issues = (compose_issue(frequency, until(frequency)) for frequency in Frequency.values)
    return [issue for issue in issues if issue]


@transaction.atomic
def compose_issue(frequency: str, until: dt.datetime) -> Issue | None:
    """The issue from where the last one ended up to `until`, with a Delivery for everybody confirmed by then.

    None, and the period stays open, where there is nothing new or nobody to tell. Safe to call from many places at
    once: one composes, the others wait for it and find nothing left.
    """
    _one_at_a_time(frequency)
    last = Issue.objects.filter(frequency=frequency).order_by("ends_at").last()
    starts_at = last.ends_at if last else until - FIRST_PERIOD
    if until <= starts_at:
        return None
    look_from = starts_at - LATECOMERS if last else starts_at
    practices = Revision.objects.new_between(look_from, until).exclude(practice__issues__frequency=frequency)
    pledges = new_pledges(look_from, until).exclude(issues__frequency=frequency)
    readers = Subscription.objects.active().filter(frequency=frequency, confirmed_at__lte=until)
    if not readers.exists() or not (practices.exists() or pledges.exists()):
        return None
    issue = Issue.objects.create(frequency=frequency, starts_at=starts_at, ends_at=until)
    issue.practices.set([revision.practice_id for revision in practices])
    issue.pledges.set(pledges)
    deliveries = [Delivery(issue=issue, subscription_id=pk) for pk in readers.values_list("pk", flat=True)]
    Delivery.objects.bulk_create(deliveries, batch_size=2000)
    return issue


def _one_at_a_time(frequency: str) -> None:
    """Wait until no other transaction composes an issue of `frequency`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"digests.compose.{frequency}"])


def write_issue(delivery: Delivery, read: Callable[[Issue, str], Contents] = contents) -> list[EmailMultiAlternatives]:
    """The mail of `delivery`; none where nothing the issue told of is public any more.

    `read` may remember: what an issue tells is the same for all readers of a language.
    """
    subscription = delivery.subscription
    language = subscription.language
    told = read(delivery.issue, language)
    if not told:
        return []
    with override(language):
        unsubscribe_link = mail.absolute(subscription.get_unsubscribe_path())
    context = {
        "issue": delivery.issue,
        "contents": told,
        "subscription": subscription,
        "unsubscribe_link": unsubscribe_link,
    }
    headers = {
        "Message-ID": delivery.message_id,
        "List-Id": f"Strong Cities Network <newsletter.{urlsplit(settings.SITE_URL).hostname}>",
        "List-Unsubscribe": f"<{unsubscribe_link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return [mail.compose("digest", to=[subscription.email], language=language, context=context, headers=headers)]
