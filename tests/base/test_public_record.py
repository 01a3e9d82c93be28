"""The record of what is public: what makes one, what a removal leaves of it, and the order of two transactions."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from django.db import connection, transaction

from commitments.models import Milestone, Pledge
from commitments.pledges import take_down
from members.models import City
from practices import moderation
from practices.models import Revision
from scn_portal.base.models import PublicKind, PublicRecord
from tests.base.test_made_file_rules import MADE_FILE_RULES
from tests.database import constraints_of, refused_by
from tests.factories import (
    CityFactory,
    CommitmentFactory,
    EndorsementFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    ProgressUpdateFactory,
    RevisionFactory,
    UserFactory,
    commit,
    harmless,
)
from tests.practices.test_searched import wait_for_a_lock

pytestmark = pytest.mark.django_db

SOME_DAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def record_of(kind: str, row) -> PublicRecord | None:
    commit()
    return PublicRecord.objects.filter(kind=kind, key=row.pk).first()


def test_each_kind_of_row_has_a_record_once_it_is_public():
    city = CityFactory()
    pledge = PledgeFactory(city=city)
    milestone, update = MilestoneFactory(pledge=pledge), ProgressUpdateFactory(pledge=pledge)
    practice = RevisionFactory(practice__city=city, status="published").practice
    rows = {"city": city, "pledge": pledge, "milestone": milestone, "update": update, "practice": practice}
    assert set(rows) == set(PublicKind)
    for kind, row in rows.items():
        record = record_of(kind, row)
        assert (record.city_key, record.removed_at) == (city.pk, None)


def test_what_was_never_public_has_no_record():
    former = CityFactory(status="former")
    pledge = PledgeFactory(city=former)
    draft = RevisionFactory(status="submitted")
    assert record_of("city", former) is None
    assert record_of("pledge", pledge) is None
    assert record_of("practice", draft.practice) is None


def test_a_change_gives_the_record_a_higher_number():
    city = CityFactory()
    pledge = PledgeFactory(city=city)
    milestone, update = MilestoneFactory(pledge=pledge), ProgressUpdateFactory(pledge=pledge)
    changes = [
        ("city", city, lambda: City.objects.filter(pk=city.pk).update(population=7)),
        ("city", city, lambda: EndorsementFactory(city=city)),
        ("pledge", pledge, lambda: Pledge.objects.filter(pk=pledge.pk).update(title_fr="Promettre")),
        ("pledge", pledge, lambda: Milestone.objects.filter(pk=milestone.pk).update(title_fr="Jalon")),
        ("pledge", pledge, lambda: take_down(update, reason="A name.", by=UserFactory())),
    ]
    for kind, row, change in changes:
        before = record_of(kind, row)
        change()
        after = record_of(kind, row)
        assert after.pk > before.pk
        assert after.changed_at >= before.changed_at
        assert PublicRecord.objects.filter(kind=kind, key=row.pk).count() == 1


def test_a_draft_of_a_public_practice_is_no_change_of_it():
    live = RevisionFactory(status="published")
    before = record_of("practice", live.practice).pk
    draft = moderation.open_draft(practice=live.practice, by=live.author)
    draft.title_en = "Not yet"
    draft.save()
    moderation.submit(revision=draft, by=live.author, harm=harmless())
    assert record_of("practice", live.practice).pk == before
    moderation.publish(revision=draft, by=ModeratorFactory())
    assert record_of("practice", live.practice).pk > before


def test_what_is_taken_down_leaves_its_record_and_what_comes_back_takes_it_up_again():
    live = RevisionFactory(status="published")
    moderator = ModeratorFactory()
    commit()
    moderation.archive(revision=live, by=moderator, reason="A name.")
    removed = record_of("practice", live.practice)
    assert removed.removed_at is not None
    draft = moderation.open_draft(practice=live.practice, by=live.author)
    moderation.submit(revision=draft, by=live.author, harm=harmless())
    assert record_of("practice", live.practice) == removed
    moderation.publish(revision=Revision.objects.get(pk=draft.pk), by=moderator)
    again = record_of("practice", live.practice)
    assert again.removed_at is None
    assert again.pk > removed.pk


def test_deleted_rows_and_updates_taken_down_are_removed():
    update = ProgressUpdateFactory()
    milestone, pledge = MilestoneFactory(), PledgeFactory()
    keys = [("milestone", milestone.pk), ("pledge", pledge.pk), ("update", update.pk)]
    commit()
    milestone.delete()
    pledge.delete()
    take_down(update, reason="A name.", by=UserFactory())
    commit()
    removed = PublicRecord.objects.removed().values_list("kind", "key")
    assert sorted(removed) == sorted(keys)


def test_when_a_city_leaves_what_it_pledged_is_removed_and_comes_back_with_it():
    update = ProgressUpdateFactory()
    milestone = MilestoneFactory(pledge=update.pledge)
    practice = RevisionFactory(practice__city=update.pledge.city, status="published").practice
    taken_down = ProgressUpdateFactory(pledge=update.pledge)
    commit()
    take_down(taken_down, reason="A name.", by=UserFactory())
    cities = City.objects.filter(pk=update.pledge.city_id)
    commit()
    cities.update(status="former")
    commit()
    left = {("city", cities[0].pk), ("pledge", update.pledge_id), ("milestone", milestone.pk)}
    left |= {("update", update.pk), ("update", taken_down.pk)}
    assert set(PublicRecord.objects.removed().values_list("kind", "key")) == left
    assert record_of("practice", practice).removed_at is None
    cities.update(status="engaged")
    commit()
    assert set(PublicRecord.objects.removed().values_list("kind", "key")) == {("update", taken_down.pk)}


# --- In the database -------------------------------------------------------------------------------------------------


def test_its_rules_hold_in_the_database():
    def add(**fields):
        PublicRecord.objects.create(
            **{"kind": "pledge", "key": 1, "city_key": 1, "changed_at": SOME_DAY, "removed_at": None} | fields
        )

    add()
    broken = {
        "public_record_once_a_row": {},
        "public_record_kind_known": {"kind": "person", "key": 2},
        "public_record_removed_by_a_change": {"key": 3, "removed_at": SOME_DAY + dt.timedelta(days=1)},
    }
    for name, fields in broken.items():
        with refused_by(name):
            add(**fields)
    elsewhere = {"limited_use_once_a_key", "kept_count_once_a_value", *MADE_FILE_RULES}
    assert {*broken, *elsewhere} == constraints_of("base")


def test_the_time_of_a_record_never_goes_backwards():
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    PublicRecord.objects.create(kind="pledge", key=0, city_key=0, changed_at=tomorrow)
    assert record_of("pledge", PledgeFactory()).changed_at >= tomorrow


# --- Two transactions at once ----------------------------------------------------------------------------------------


@contextmanager
def begun_elsewhere(act: Callable) -> Iterator[None]:
    """`act` is done on a connection of its own before what happens inside, and committed after it."""
    done, may_commit = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with transaction.atomic():
                act()
                done.set()
                assert may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert done.wait(10)
    yield
    may_commit.set()
    thread.join(10)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
def test_a_reader_of_the_api_misses_nothing_that_was_begun_before_and_committed_after(client, isolation):
    changed, city = PledgeFactory(), CityFactory()

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        Pledge.objects.filter(pk=changed.pk).update(title_en="Changed")
        PledgeFactory(city=city, title_en="Begun early")

    with begun_elsewhere(write):
        quick = PledgeFactory()
        page = client.get("/api/v1/pledges").json()
        assert [row["id"] for row in page["results"]] == [changed.pk, quick.pk]
    later = client.get(page["resume"]).json()["results"]
    assert sorted(row["title"]["en"] for row in later) == ["Begun early", "Changed"]


@pytest.mark.django_db(transaction=True)
def test_a_removal_that_commits_late_is_not_missed(client):
    late, quick = PledgeFactory(), PledgeFactory()
    key = late.pk
    with begun_elsewhere(late.delete):
        quick.delete()
        page = client.get("/api/v1/removals").json()
    (removal,) = client.get(page["resume"]).json()["results"]
    assert removal["id"] == key


@pytest.mark.django_db(transaction=True)
def test_a_pledge_recorded_while_its_city_leaves_waits_for_it_and_is_never_public(client):
    city, commitment = CityFactory(), CommitmentFactory()

    def record() -> None:
        PledgeFactory(city=city, commitment=commitment)
        connection.close()

    recording = threading.Thread(target=record)
    with begun_elsewhere(lambda: City.objects.filter(pk=city.pk).update(status="former")):
        recording.start()
        wait_for_a_lock()
    recording.join(60)
    assert Pledge.objects.filter(city=city).count() == 1
    assert client.get("/api/v1/pledges").json()["results"] == []
    assert {row["kind"] for row in client.get("/api/v1/removals").json()["results"]} == {"city"}


# --- Before ----------------------------------------------------------------------------------------------------------


def test_the_migrations_record_what_is_there_already():
    city, former = CityFactory(), CityFactory()
    updates = [ProgressUpdateFactory(pledge=PledgeFactory(city=each)) for each in (city, former)]
    MilestoneFactory(pledge=updates[0].pledge)
    gone = ProgressUpdateFactory(pledge=updates[0].pledge)
    archived = RevisionFactory(practice__city=city, status="published")
    RevisionFactory(practice__city=city, status="published")
    RevisionFactory(practice__city=city, status="submitted")
    commit()
    moderation.archive(revision=archived, by=ModeratorFactory(), reason="A name.")
    take_down(gone, reason="A name.", by=UserFactory())
    City.objects.filter(pk=former.pk).update(status="former")
    commit()

    def recorded() -> set[tuple]:
        return {(each.kind, each.key, each.city_key, each.removed_at is None) for each in PublicRecord.objects.all()}

    expected = recorded()
    PublicRecord.objects.all().delete()
    for name in ("members.migrations.0007", "commitments.migrations.0004", "practices.migrations.0006"):
        with connection.cursor() as cursor:
            cursor.execute(import_module(f"{name}_public_record").WHAT_IS_THERE)
    assert recorded() == expected
    assert len(expected) == 10
    times = PublicRecord.objects.filter(kind="update").order_by("pk").values_list("changed_at", flat=True)
    assert list(times) == sorted(times)
