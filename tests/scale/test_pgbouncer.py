"""Behind the real PgBouncer, in transaction mode, with three sessions of PostgreSQL for everybody.

Everything works, and nothing that one client is told reaches another.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pghistory
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

from commitments.loading import load_declaration
from digests.delivery.stamps import DeliveryStamper
from digests.models import Delivery, Outcome
from members.models import City, Membership, Role
from scn_portal.base import processes
from scn_portal.base.database_roles import starting
from scn_portal.base.postgresql.base import as_long_as_a_worker
from scn_portal.base.postgresql.pooled import leads_through_a_pooler
from scn_portal.site.downloads import datasets
from tests.factories import (
    CityFactory,
    DeliveryFactory,
    EndorsementFactory,
    MilestoneFactory,
    PledgeFactory,
    RevisionFactory,
    acting_for,
)
from tests.forms import fields_of
from tests.real_sign_in import app_of, sign_in
from tests.scale.pgbouncer import SERVERS, connected_through, pgbouncer
from tests.site.test_every_address import READ, user_of, world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
__all__ = ["world"]
FILES = [(name, format) for name, dataset in datasets.DATASETS.items() for format in dataset.formats]
SETTINGS = ("scn.process", "pghistory.context_id", "pghistory.context_metadata", "pgtrigger.ignore")
TIMES = ("statement_timeout", "lock_timeout", "synchronous_commit", "default_transaction_isolation")


@pytest.fixture(scope="module")
def bouncer(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), pgbouncer() as running:
        yield running


def left_behind(bouncer) -> dict[str, set]:
    """What each session of PostgreSQL, asked by a client that says nothing, still knows of those before."""
    known: dict[str, set] = {name: set() for name in (*SETTINGS, *TIMES)}
    barrier = threading.Barrier(SERVERS)

    def ask() -> None:
        with bouncer.raw() as client, client.transaction():
            barrier.wait(60)  # each holds a session of its own
            for name in known:
                known[name].add(client.execute("SELECT current_setting(%s, TRUE)", [name]).fetchone()[0] or "")
            barrier.wait(60)

    with ThreadPoolExecutor(SERVERS) as pool:
        [asked.result() for asked in [pool.submit(ask) for _ in range(SERVERS)]]
    return known


def assert_nothing_is_left(bouncer) -> None:
    left = left_behind(bouncer)
    assert {name: left[name] for name in SETTINGS} == {name: {""} for name in SETTINGS}
    assert left["statement_timeout"] == left["lock_timeout"] == {"0"}
    assert len(left["synchronous_commit"]) == len(left["default_transaction_isolation"]) == 1


def who(model, pk: int) -> list[dict]:
    """Whom history names for each change of a row, the first first."""
    events = model.pgh_event_model.objects.filter(pgh_obj_id=pk).order_by("pgh_id")
    return [event.pgh_context.metadata for event in events.select_related("pgh_context")]


def download(name: str, format: str) -> int:
    """The status of a file that was read to its end."""
    answer = Client().get(f"/en/data/{name}.{format}")
    size = len(b"".join(answer))
    connection.close()
    return answer.status_code if size else 0


def test_downloads_forms_and_signing_in(client, bouncer):
    load_declaration()
    city = CityFactory()
    official, pledge = acting_for(city), PledgeFactory(city=city)
    EndorsementFactory(city=city)
    MilestoneFactory(pledge=pledge)
    RevisionFactory(practice__city=city, status="published")
    secret = app_of(official)
    people = f"/en/my-city/{city.slug}/people/"
    with connected_through(bouncer):
        with ThreadPoolExecutor(4) as pool:  # one alone would have the same session each time
            assert set(pool.map(download, *zip(*FILES * 2, strict=True))) == {200}
        assert b"".join(client.get(reverse("data_package")))[:2] == b"PK"
        assert sign_in(client, official, secret).url == "/en/my-city/"
        form = fields_of(client.get(people)) | {"email": "new@example.org", "role": "editor", "language": "fr"}
        assert client.post(people, form).status_code == 302
    invitation = city.invitations.get()
    assert [each["user"] for each in who(type(invitation), invitation.pk)] == [official.pk]
    assert_nothing_is_left(bouncer)


@pytest.mark.soak
@pytest.mark.parametrize("role", ["focal point", "staff"])
def test_every_page_of_somebody_signed_in(client, world, bouncer, role):
    client.force_login(user_of(role, world["row of the city"]))
    with connected_through(bouncer):
        for name, (arguments, allowed) in READ.items():
            if role in allowed:
                answer = client.get(reverse(name, args=[world.get(each, each) for each in arguments]))
                if answer.streaming:
                    list(answer.streaming_content)
                assert answer.status_code < 400, name
    assert_nothing_is_left(bouncer)


def changes_of_nobody(bouncer, city: City, times: int) -> None:
    """A client that names nobody: what others have said must not be taken for its words."""
    with bouncer.raw() as client:
        for turn in range(times):
            client.execute("UPDATE members_city SET population = %s WHERE id = %s", [turn, city.pk])


def changes_of(number: int, city: City, user: int, times: int) -> None:
    """What one client does: as a person, as a task, as nobody; each within a transaction and without."""
    for turn in range(times):
        named = (
            pghistory.context(user=user),
            processes.named(f"task:t{number}"),
            processes.named(""),
        )[turn % 3]
        with named:
            if turn % 2:
                City.objects.filter(pk=city.pk).update(population=turn)
            else:
                with transaction.atomic():
                    City.objects.filter(pk=city.pk).update(population=turn)
    connection.close()


@pytest.mark.parametrize(
    ("clients", "times"), [(8, 18), pytest.param(40, 600, marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_history_names_the_right_one_while_many_share_few_sessions(bouncer, clients, times):
    nobodys, *cities = [CityFactory() for _ in range(clients + 1)]
    with connected_through(bouncer), ThreadPoolExecutor(clients + 1) as pool:
        done = [pool.submit(changes_of, n, city, 1000 + n, times) for n, city in enumerate(cities)]
        done.append(pool.submit(changes_of_nobody, bouncer, nobodys, times))
        [each.result() for each in done]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_stat_activity WHERE usename = 'scn_app'")
            assert cursor.fetchone()[0] <= SERVERS
    for number, city in enumerate(cities):
        said = Counter(str(each.get("user") or each["process"]) for each in who(City, city.pk)[1:])
        expected = {f"{1000 + number}", f"task:t{number}", "role:scn_app"}
        assert said == Counter(dict.fromkeys(expected, times // 3)), city.pk
    assert {each["process"] for each in who(City, nobodys.pk)[1:]} == {"role:scn_app"}
    assert_nothing_is_left(bouncer)


def test_a_name_that_changes_within_a_transaction(bouncer):
    city = CityFactory()
    with connected_through(bouncer), transaction.atomic():
        for population, name in enumerate(("task:one", "task:two")):
            with processes.named(name):
                City.objects.filter(pk=city.pk).update(population=population)
        City.objects.filter(pk=city.pk).update(population=3)
    said = [each["process"] for each in who(City, city.pk)[1:]]
    assert said == ["task:one", "task:two", "role:scn_app"]


def test_time_outs_hold_and_are_nobody_elses(bouncer):
    city = CityFactory()
    with connected_through(bouncer), connection.cursor() as cursor:
        said = connection.settings_dict["EACH_TRANSACTION"]
        assert said == {"lock_timeout": "5s", "statement_timeout": "15s"}
        said |= {"lock_timeout": "50ms", "statement_timeout": "50ms"}
        for query in ("SELECT pg_sleep(30)", "SELECT pg_sleep(30), '%%', %s"):
            with pytest.raises(OperationalError, match="statement timeout"):
                cursor.execute(query, ["%"] if "%s" in query else None)
        with transaction.atomic():
            City.objects.count()
            with pytest.raises(OperationalError, match="statement timeout"), transaction.atomic():
                cursor.execute("SELECT pg_sleep(30)")
        with bouncer.raw() as holder, holder.transaction():
            holder.execute("SELECT FROM members_city FOR UPDATE")
            said["statement_timeout"] = "30s"
            with pytest.raises(OperationalError, match="lock timeout"):
                City.objects.filter(pk=city.pk).update(population=7)
        assert_nothing_is_left(bouncer)
    with connected_through(bouncer), transaction.atomic(), as_long_as_a_worker(), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30min",)


def test_large_results_stay_on_the_server_within_a_transaction_and_isolation_can_be_chosen(bouncer):
    CityFactory.create_batch(3)
    with connected_through(bouncer):
        assert len(list(City.objects.iterator(chunk_size=1))) == 3
        assert City.objects.bulk_create([]) == []
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            read = City.objects.iterator(chunk_size=1)
            next(read)
            cursor.execute("SELECT count(*) FROM pg_cursors")
            assert cursor.fetchone() == (1,)
            assert len(list(read)) == 2
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE members_city SET population = %s WHERE name_en = %s", [(1, "x"), (2, "y")])


def test_a_delivery_is_stamped_without_waiting_for_the_disk(bouncer):
    delivery = DeliveryFactory(issue__items_until=7)
    with connected_through(bouncer), DeliveryStamper() as stamper:
        stamper.stamp(delivery, Outcome.SENT)
    assert Delivery.objects.get(pk=delivery.pk).outcome == Outcome.SENT
    assert_nothing_is_left(bouncer)


def test_a_pooler_of_which_the_portal_was_not_told_is_refused(bouncer, settings):
    with connected_through(bouncer):
        for settings.POOLER in ("session", "transaction"):
            starting._look(connection)
        settings.POOLER = ""
        with pytest.raises(ImproperlyConfigured, match="SCN_POOLER=transaction"):
            starting._look(connection)


def test_what_needs_a_session_of_its_own_is_refused(bouncer, tmp_path):
    assert not leads_through_a_pooler(connection)
    with connected_through(bouncer, user="postgres"):
        assert leads_through_a_pooler(connection)
        for command in (["migrate", "--verbosity", "0"], ["backup", str(tmp_path)], ["restore", str(tmp_path)]):
            with pytest.raises(CommandError, match="leads to a pooler"):
                call_command(*command)
    assert Membership.objects.filter(role=Role.EDITOR).count() == 0
