"""A million readers: an issue composed in little memory, its deliveries claimed at once, counted without a scan,
forgotten in time."""

import datetime as dt
import resource
import sys
import time

import pytest
from django.db import connection
from django.utils import timezone

from digests import tallies
from digests.delivery import send
from digests.issues import compose
from digests.models import Delivery, Issue, Outcome, Subscription, Tally
from digests.tasks import count_deliveries, forget_old_deliveries
from scn_portal.base.totals import Total
from tests.factories import CityFactory, ModeratorFactory, RevisionFactory

MILLION = 1_000_000


def subscribe(count: int) -> None:
    """COPY so many confirmed readers, a third of whom follow one commitment."""
    with connection.cursor() as cursor:
        columns = "email, language, frequency, topics, created_at, confirmed_at, refusals"
        now = timezone.now()
        with cursor.copy(f"COPY digests_subscription ({columns}) FROM STDIN") as copy:
            for number in range(count):
                topics = ["commitment:3"] if number % 3 == 0 else []
                copy.write_row((f"reader{number}@example.org", "fr", "weekly", topics, now, now, 0))
        cursor.execute("ANALYZE digests_subscription")


def news() -> None:
    RevisionFactory(
        practice__city=CityFactory(), status="published", published_at=timezone.now() - dt.timedelta(hours=1)
    )


def composed() -> Issue:
    issue = compose.compose_issue("weekly", timezone.now() + dt.timedelta(seconds=1))
    assert issue
    return issue


def plan_of(queryset) -> str:
    return queryset.explain(analyze=True, buffers=True)


@pytest.mark.django_db
def test_message_ids_rise_with_the_rows_and_cannot_be_guessed():
    news()
    subscribe(30)
    issue = composed()
    ids = list(Delivery.objects.filter(issue=issue).order_by("subscription_id").values_list("message_id", flat=True))
    assert len(ids) == 30
    assert ids == sorted(ids)
    assert all(each.startswith(f"<{issue.pk:08x}") and each.endswith(">") for each in ids)
    assert len({each.partition(".")[2] for each in ids}) == 30


@pytest.mark.django_db
def test_beyond_what_is_counted_at_once_the_desk_shows_what_a_worker_counted(client, monkeypatch):
    news()
    subscribe(8)
    issue = composed()
    Delivery.objects.filter(pk=issue.deliveries.first().pk).update(outcome=Outcome.SENT, mailed_at=timezone.now())
    live = tallies.NOTHING_SENT | {"waiting": Total(7), "sent": Total(1)}
    assert (tallies.readers("weekly"), tallies.outcomes(issue)) == (Total(8), live)
    monkeypatch.setattr(tallies, "EXACT", 5)
    assert tallies.readers("weekly") == Total(5, is_exact=False)  # nobody has counted yet
    assert tallies.outcomes(issue)["sent"] == Total(0)
    count_deliveries()
    assert (tallies.readers("weekly"), tallies.outcomes(issue)) == (Total(8), live)
    client.force_login(ModeratorFactory())
    page = " ".join(client.get("/en/desk/newsletter/").text.split())
    assert "Sent: 1 · waiting: 7 · refused: 0" in page
    # Once nothing waits the numbers stay, and are not counted again.
    issue.deliveries.waiting().update(outcome=Outcome.EMPTY)
    count_deliveries()
    counted_at = Tally.objects.get(key=f"issue:{issue.pk}:sent").counted_at
    count_deliveries()
    assert Tally.objects.get(key=f"issue:{issue.pk}:sent").counted_at == counted_at
    assert tallies.outcomes(issue) == live | {"waiting": Total(0), "empty": Total(7)}


@pytest.mark.django_db
def test_deliveries_of_long_ago_are_forgotten_and_their_numbers_kept(monkeypatch):
    news()
    subscribe(8)
    issue = composed()
    Issue.objects.filter(pk=issue.pk).update(
        starts_at=timezone.now() - dt.timedelta(days=190), ends_at=timezone.now() - dt.timedelta(days=181)
    )
    assert forget_old_deliveries() == 0  # they still wait
    issue.deliveries.update(outcome=Outcome.SENT, mailed_at=timezone.now())
    monkeypatch.setattr(tallies, "BATCH", 3)
    assert forget_old_deliveries() == 8
    assert not issue.deliveries.exists()
    assert tallies.outcomes(issue)["sent"] == Total(8)
    assert forget_old_deliveries() == 0


@pytest.mark.parametrize("readers", [3000, pytest.param(MILLION, marks=pytest.mark.soak)])
@pytest.mark.django_db
def test_many_readers_take_little_memory_and_claims_and_counts_little_reading(readers, monkeypatch):
    """All in one transaction, so dead rows stay: claims go on from where the last one ended, all the same."""
    if readers != MILLION:
        monkeypatch.setattr(tallies, "EXACT", 1000)
    news()
    subscribe(readers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    issue = composed()
    seconds = time.perf_counter() - started
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sys.stdout.write(f"{readers} readers: composed in {seconds:.1f} s, {more:.0f} MB more\n")
    assert more < 30
    assert Delivery.objects.filter(issue=issue).count() == readers
    assert Subscription.objects.filter(last_item_id=issue.items_from).count() == readers
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE digests_delivery")
    taken = [send.claim() for _claim in range(3)]
    assert len({delivery.pk for batch in taken for delivery in batch}) == 3 * send.BATCH
    assert "delivery_due" in plan_of(Delivery.objects.due(timezone.now())[: send.BATCH])
    tallies.refresh()
    with connection.execute_wrapper(no_scan_of_all):
        assert tallies.outcomes(issue)["waiting"] == Total(readers)
        assert tallies.readers("weekly") == Total(readers)


def no_scan_of_all(execute, sql, params, many, context):
    """Refuse a count without a limit."""
    assert "COUNT" not in sql or "LIMIT" in sql, sql
    return execute(sql, params, many, context)
