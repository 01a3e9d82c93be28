"""The number of readers of a frequency, and of deliveries of an issue by outcome, without counting a million rows.

Up to EXACT rows are counted on request. If there are more, a worker counts them with `refresh`, every other minute as
long as an issue is being sent and never again after that. A page reads the last result.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from digests.models import Delivery, Frequency, Issue, Outcome, Subscription, Tally
from scn_portal.base.totals import Total

EXACT = 10_000
# The outcome of each mail is needed while it may bounce, and for its reader; the numbers of an issue stay.
KEEP_DELIVERIES = dt.timedelta(days=180)
BATCH, BATCHES = 10_000, 100

NAMES = {outcome: outcome.name.lower() for outcome in Outcome}
NOTHING_SENT = dict.fromkeys(NAMES.values(), Total(0))


def readers(frequency: str) -> Total:
    """How many readers get the newsletter that often; “more than EXACT” until a worker has counted them."""
    few = Subscription.objects.active().filter(frequency=frequency).order_by()[: EXACT + 1].count()
    kept = 0 if few <= EXACT else _kept(f"readers:{frequency}")
    return Total(max(few, kept)) if few <= EXACT or kept else Total(EXACT, is_exact=False)


def outcomes(issue: Issue) -> dict[str, Total]:
    """How many deliveries of `issue` are `waiting`, `sent`, `empty`, `refused` and `dropped`."""
    kept = dict(Tally.objects.filter(key__in=_keys(issue)).values_list("key", "number"))
    is_final = len(kept) == len(NAMES) and not kept[_key(issue, Outcome.WAITING)]
    if not is_final and issue.deliveries.order_by()[: EXACT + 1].count() <= EXACT:
        return {NAMES[outcome]: Total(number) for outcome, number in _counted(issue).items()}
    return {NAMES[outcome]: Total(kept.get(_key(issue, outcome), 0)) for outcome in Outcome}


def refresh() -> None:
    """Count the readers of each frequency, and the deliveries of each issue that has some waiting or has not been
    counted yet."""
    for frequency in Frequency.values:
        _keep({f"readers:{frequency}": Subscription.objects.active().filter(frequency=frequency).count()})
    final = Tally.objects.filter(key__startswith="issue:", key__endswith=":waiting", number=0).values_list(
        "key", flat=True
    )
    known = {int(key.split(":")[1]) for key in final}
    for issue in Issue.objects.exclude(pk__in=known):
        _keep({_key(issue, outcome): number for outcome, number in _counted(issue).items()})


def forget_old_deliveries() -> int:
    """Delete the deliveries of issues older than KEEP_DELIVERIES, once their numbers are kept. Returns how many.

    Each run deletes only a part, in batches, so that nobody has to wait for it; the next run goes on.
    """
    refresh()
    old = Issue.objects.filter(ends_at__lt=timezone.now() - KEEP_DELIVERIES)
    settled = [issue for issue in old if not issue.deliveries.waiting().exists()]
    return sum(_forget_some(settled) for _batch in range(BATCHES)) if settled else 0


def _forget_some(issues: Iterable[Issue]) -> int:
    pks = [issue.pk for issue in issues]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM digests_delivery WHERE id IN"
            " (SELECT id FROM digests_delivery WHERE issue_id = ANY(%s) LIMIT %s FOR UPDATE SKIP LOCKED)",
            [pks, BATCH],
        )
        return cursor.rowcount


def _counted(issue: Issue) -> dict[Outcome, int]:
    found = Delivery.objects.filter(issue=issue).order_by().values_list("outcome").annotate(number=Count("*"))
    numbers = dict(found)
    return {outcome: numbers.get(outcome.value, 0) for outcome in Outcome}


def _keep(numbers: dict[str, int]) -> None:
    now = timezone.now()
    rows = [Tally(key=key, number=number, counted_at=now) for key, number in numbers.items()]
    Tally.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["number", "counted_at"]
    )


def _kept(key: str) -> int:
    return Tally.objects.filter(key=key).values_list("number", flat=True).first() or 0


def _keys(issue: Issue) -> list[str]:
    return [_key(issue, outcome) for outcome in Outcome]


def _key(issue: Issue, outcome: Outcome) -> str:
    return f"issue:{issue.pk}:{NAMES[outcome]}"
