"""Limits: how often something may be done, counted in PostgreSQL."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from scn_portal.base import limits
from scn_portal.base.limits import Limit, TooMany, network_of, retry_after, use
from scn_portal.base.models import LimitedUse
from scn_portal.base.tasks import forget_limits
from tests.database import refused_by

NOON = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
THREE_AN_HOUR = Limit("test", 3, limits.HOUR)


def taken(limit: Limit, key: str, times: int) -> int:
    """How many of so many uses are let through."""
    through = 0
    for _ in range(times):
        try:
            use((limit, key))
        except TooMany:
            continue
        through += 1
    return through


@pytest.mark.django_db
def test_a_limit_counts_what_lies_within_its_time_and_not_the_hour_of_the_clock(time_machine):
    time_machine.move_to(NOON + dt.timedelta(minutes=55), tick=False)
    assert taken(THREE_AN_HOUR, "a", 5) == 3
    time_machine.move_to(NOON + dt.timedelta(minutes=65), tick=False)
    with pytest.raises(TooMany) as refused:
        use((THREE_AN_HOUR, "a"))
    assert refused.value.retry_after == retry_after(THREE_AN_HOUR, "a") == 50 * 60
    time_machine.move_to(NOON + dt.timedelta(minutes=115), tick=False)
    assert retry_after(THREE_AN_HOUR, "a") is None
    assert taken(THREE_AN_HOUR, "a", 5) == 3


@pytest.mark.django_db
def test_each_key_has_its_own_count_and_none_is_kept_in_words():
    assert taken(THREE_AN_HOUR, "a@city.example", 4) == 3
    assert taken(THREE_AN_HOUR, "b@city.example", 4) == 3
    assert not [key for key in LimitedUse.objects.values_list("key", flat=True) if "city.example" in key]


@pytest.mark.django_db
def test_a_key_has_one_row_in_the_database():
    use((THREE_AN_HOUR, "a"))
    values = LimitedUse.objects.values("limit", "key", "moments", "forgotten_at").get()
    with refused_by("limited_use_once_a_key"):
        LimitedUse.objects.create(**values)


@pytest.mark.django_db
def test_what_one_limit_refuses_counts_under_none():
    in_all = Limit("test in all", 100, limits.HOUR)
    taken(THREE_AN_HOUR, "a", 3)
    use((in_all, ""))
    with pytest.raises(TooMany, match="test: try again"):
        use((in_all, ""), (THREE_AN_HOUR, "a"))
    assert len(LimitedUse.objects.get(limit="test in all").moments) == 1


@pytest.mark.django_db
def test_a_key_can_begin_anew():
    assert taken(THREE_AN_HOUR, "a", 3) == 3
    limits.forget(THREE_AN_HOUR, "a")
    assert taken(THREE_AN_HOUR, "a", 3) == 3


@pytest.mark.django_db
def test_old_counts_are_deleted(time_machine):
    time_machine.move_to(NOON, tick=False)
    taken(THREE_AN_HOUR, "a", 2)
    time_machine.move_to(NOON + dt.timedelta(minutes=59), tick=False)
    assert forget_limits() == 0
    time_machine.move_to(NOON + dt.timedelta(minutes=60), tick=False)
    assert forget_limits() == 1


@pytest.mark.django_db(transaction=True)
def test_as_many_as_the_limit_pass_when_they_come_at_once():
    def once(_) -> int:
        try:
            return taken(THREE_AN_HOUR, "a", 2)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(once, range(8))) == 3


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", "0.0.0.0/24"),
    ],
)
def test_neighbours_share_a_network(rf, address, network):
    assert network_of(rf.get("/", REMOTE_ADDR=address)) == network
