"""The generation: raised by every committed change of what is public, by whatever way, and by nothing else."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from commitments.models import Pledge
from members.models import City
from practices.models import Revision
from scn_portal.base import generation
from scn_portal.base.models import PublicGeneration
from scn_portal.site.models import Takedown
from tests.app_role import as_app
from tests.database import refused_by
from tests.factories import (
    AttachmentFactory,
    CityFactory,
    MilestoneFactory,
    PledgeFactory,
    RevisionFactory,
    UserFactory,
    commit,
)
from tests.site.test_every_address import world  # noqa: F401  # a fixture
from tests.trust.test_addresses import address_of, places  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db


def raised_by(change: Callable[[], object]) -> tuple[bool, bool]:
    """Whether `change`, once committed, raised the generation; and the number of what was taken down."""
    commit()
    before = generation.current()
    change()
    commit()
    after = generation.current()
    assert after.number >= before.number
    assert after.taken_down >= before.taken_down
    return after.number > before.number, after.taken_down > before.taken_down


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


CHANGED, TAKEN_DOWN, NOT_RAISED = (True, False), (True, True), (False, False)


def test_a_change_by_whatever_way_raises_it():
    city = CityFactory()
    City.objects.filter(pk=city.pk).update(status="member")
    city.refresh_from_db()
    assert raised_by(lambda: city.save()) == CHANGED
    assert raised_by(lambda: City.objects.filter(pk=city.pk).update(population=5)) == CHANGED
    assert raised_by(lambda: City.objects.bulk_update([city], ["population"])) == CHANGED
    assert raised_by(lambda: sql("UPDATE members_city SET population = 6 WHERE id = %s", city.pk)) == CHANGED
    assert raised_by(copy_of_a_region) == CHANGED
    assert raised_by(lambda: sql("DELETE FROM members_region WHERE slug = 'copied'")) == CHANGED


def copy_of_a_region() -> None:
    columns = "slug, name, name_fr, name_en"
    with connection.cursor() as cursor, cursor.copy(f"COPY members_region ({columns}) FROM STDIN") as copy:
        copy.write_row(("copied", "Copied", "Copiée", "Copied"))


def test_what_is_not_public_does_not_raise_it():
    draft, writing = PledgeFactory(published_at=None), RevisionFactory()
    user = UserFactory()
    assert raised_by(lambda: Pledge.objects.filter(pk=draft.pk).update(partners="x")) == NOT_RAISED
    assert raised_by(lambda: MilestoneFactory(pledge=draft)) == NOT_RAISED
    assert raised_by(lambda: Revision.objects.filter(pk=writing.pk).update(title_en="Another")) == NOT_RAISED
    assert raised_by(lambda: AttachmentFactory(revision=writing)) == NOT_RAISED
    assert raised_by(lambda: type(user).objects.filter(pk=user.pk).update(name="Another")) == NOT_RAISED
    assert raised_by(lambda: None) == NOT_RAISED


def test_what_goes_away_raises_both():
    pledge, milestone = PledgeFactory(), MilestoneFactory()
    revision = RevisionFactory(status="published")
    now = timezone.now()
    hidden = {"hidden_at": now, "hidden_by": UserFactory(), "hidden_reason": "x"}
    down = {"taken_down_at": now, "taken_down_by": UserFactory(), "taken_down_reason": "x"}
    assert raised_by(lambda: Pledge.objects.filter(pk=pledge.pk).update(**down)) == TAKEN_DOWN
    assert raised_by(lambda: type(milestone).objects.filter(pk=milestone.pk).update(**down)) == TAKEN_DOWN
    assert raised_by(lambda: City.objects.filter(pk=revision.practice.city_id).update(**hidden)) == TAKEN_DOWN
    city = CityFactory()
    taken = {"kind": "picture", "key": 1, "city": city, "by": UserFactory(), "reason": "x"}
    assert raised_by(lambda: Takedown.objects.create(**taken)) == TAKEN_DOWN
    assert raised_by(lambda: Takedown.objects.update(mail_attempts=1)) == NOT_RAISED


def test_a_pledge_of_a_city_that_has_left_raises_it_too():
    """Its page stays public, though no list has it."""
    pledge = PledgeFactory(city=CityFactory(status="former"))
    assert raised_by(lambda: Pledge.objects.filter(pk=pledge.pk).update(partners="x")) == CHANGED


def test_once_a_transaction_and_not_with_what_is_rolled_back():
    city = CityFactory()
    commit()
    before = generation.current()
    with transaction.atomic():
        City.objects.filter(pk=city.pk).update(population=7)
        commit()
        assert generation.current() != before
        transaction.set_rollback(True)
    assert generation.current() == before
    City.objects.filter(pk=city.pk).update(population=8)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    first = generation.current()
    City.objects.filter(pk=city.pk).update(population=9)  # the same transaction, whose number nobody has seen yet
    assert before != first == generation.current()


def test_it_does_not_fall_back_with_the_clock_of_the_machine():
    sql("SELECT setval('base_generation_number', %s)", 2**62)
    assert raised_by(lambda: generation.raise_by_hand(taken_down=True)) == TAKEN_DOWN
    assert generation.current() == generation.Generation(2**62 + 1, 2**62 + 1)


def test_it_is_read_once_in_a_block(monkeypatch):
    asked = []
    ask = generation._ask
    monkeypatch.setattr(generation, "_ask", lambda: asked.append(1) or ask())
    with generation.read_once():
        assert generation.current() == generation.current()
    assert len(asked) == 1
    generation.current()
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_kept_and_is_gone_is_made_anew():
    before = generation.current()
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    assert generation.current() == before
    assert City.objects.count() == 0


def test_the_role_that_serves_raises_it_and_may_not_write_it():
    pledge = PledgeFactory()
    with as_app():
        assert raised_by(lambda: Pledge.objects.filter(pk=pledge.pk).update(partners="x")) == CHANGED
        with refused_by("permission denied"):
            sql("UPDATE base_generation SET number = 1")
        with refused_by("permission denied"):
            sql("SELECT scn_raise_generation()")


@pytest.mark.django_db(transaction=True)
def test_two_transactions_wait_for_each_other_and_neither_fails():
    """One changes a city, the other a region, each the row that the other one waits for last: at once, many times."""
    cities = [CityFactory() for _ in range(2)]
    before, failed = generation.current(), []

    def change(city: City) -> None:
        try:
            for population in range(20):
                City.objects.filter(pk=city.pk).update(population=population)
                with transaction.atomic():
                    sql("UPDATE members_region SET name_en = name_en WHERE id = %s", city.region_id)
                    City.objects.filter(pk=city.pk).update(population=population)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=[city]) for city in cities]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert generation.current().number >= before.number + 80


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_sees_an_older_state_raises_it_all_the_same():
    """REPEATABLE READ: what others committed meanwhile it cannot change."""
    city, other = CityFactory(), CityFactory()
    numbers = [generation.current()]

    def change_elsewhere() -> None:
        City.objects.filter(pk=other.pk).update(hidden_at="2026-03-02T00:00Z", hidden_by=1, hidden_reason="x")
        numbers.append(generation.current())
        connection.close()

    UserFactory(pk=1)
    with transaction.atomic():
        sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        City.objects.filter(pk=city.pk).update(population=5)
        thread = threading.Thread(target=change_elsewhere)
        thread.start()
        thread.join()
    numbers.append(generation.current())
    City.objects.filter(pk=city.pk).update(population=6)
    numbers.append(generation.current())
    first, elsewhere, late, last = numbers
    assert first.number < elsewhere.number < late.number < last.number
    assert first.taken_down < elsewhere.taken_down == late.taken_down == last.taken_down
    assert PublicGeneration.objects.count() == 1
