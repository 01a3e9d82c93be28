"""Cache and queue behind the real Redis Sentinel: the master is killed, and both go on with the other server."""

import time

import pytest
from django.core.cache import caches
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from members.models import Invitation
from scn_portal.base import sentinel
from scn_portal.celery import app
from tests import celery_worker
from tests.celery_worker import LAST_TASK
from tests.digests.faults import another_worker, until
from tests.factories import CityFactory, acting_for
from tests.forms import fields_of
from tests.scale.sentinels import MASTER, two_and_three
from tests.test_settings import COMPLETE, django
from tests.trust import stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
URL = "sentinel://me:p%40ss@one.example,[fd00::2]:5000/3?master=portal&sentinel_password=other"


def test_an_address_of_sentinels():
    address = sentinel.parse(URL)
    assert address.sentinels == (("one.example", 26379), ("fd00::2", 5000))
    assert (address.master, address.database) == ("portal", 3)
    assert address.credentials == {"username": "me", "password": "p@ss"}
    assert address.of_sentinels["password"] == "other"
    url, options = sentinel.broker(URL)
    assert url == "sentinel://me:p%40ss@one.example:26379/3;sentinel://me:p%40ss@[fd00::2]:5000/3"
    assert (options["master_name"], options["sentinel_kwargs"]["password"]) == ("portal", "other")


def test_an_address_of_one_redis_is_what_it_was():
    assert sentinel.broker("unix:///run/redis.sock?db=2") == ("redis+socket:///run/redis.sock?virtual_host=2", {})
    assert sentinel.broker("redis://:x@host:6379/0") == ("redis://:x@host:6379/0", {})
    assert sentinel.cache_options("redis://host/1") == {}


def test_production_says_what_is_missing_of_an_address_and_not_its_password():
    nameless = "sentinel://:secret@one.example:26379/0"
    done = django("check", **COMPLETE | {"REDIS_URL": nameless, "CACHE_URL": nameless})
    assert done.returncode != 0
    assert done.stderr.count("give sentinel://host:26379,host:26379/0?master=NAME.") == 2
    assert "secret@" not in done.stderr


@pytest.fixture
def servers(settings, monkeypatch):
    """Caches and queue of this process are behind sentinels."""
    with two_and_three() as running:
        more = sentinel.cache_options(running.url(1))
        settings.CACHES = {
            name: known | {"LOCATION": [running.url(1)], "OPTIONS": known["OPTIONS"] | more}
            for name, known in settings.CACHES.items()
        }
        before = {name: app.conf[name] for name in ("broker_url", "broker_transport_options")}
        url, options = sentinel.broker(running.url())
        app.conf.update(broker_url=url, broker_transport_options=before["broker_transport_options"] | options)
        monkeypatch.setattr(app.amqp, "_producer_pool", None)
        yield running
        app.conf.update(before)


def works() -> bool:
    try:
        caches["default"].set("a", 1)
        return caches["default"].get("a") == 1
    except RedisError:
        return False


def test_another_master_is_named_and_cache_and_queue_follow(servers):
    assert works()
    before = servers.master()
    with servers.client(servers.ports[0]) as one:
        one.sentinel_failover(MASTER)
    until(lambda: servers.master() not in (0, before))
    until(works)
    until(lambda: sent(LAST_TASK))
    with servers.client(servers.master()) as master:
        assert LAST_TASK in master.lindex("nobodys", 0)


def sent(task: str) -> bool:
    try:
        app.send_task(task, args=[None], queue="nobodys")
    except OperationalError:
        return False
    return True


@pytest.mark.soak
def test_the_master_is_killed_and_cache_queue_and_mails_go_on(servers, smtp, client, capsys, monkeypatch):
    monkeypatch.setattr(celery_worker, "COMMAND", "--app scn_portal worker --loglevel info")  # as production starts it
    with another_worker(smtp, 2, REDIS_URL=servers.url(), CACHE_URL=servers.url(1)) as worker:
        city = CityFactory()
        client.force_login(acting_for(city))
        people = f"/en/my-city/{city.slug}/people/"
        invite(client, people, "before@example.org")
        until(lambda: len(smtp.messages) == 1)
        assert works()
        dead, begun = servers.kill_the_master(), time.monotonic()
        invite(client, people, "meanwhile@example.org")
        assert client.get("/readyz").status_code == client.get("/en/cities/").status_code == 200
        until(lambda: servers.master() not in (0, dead))
        until(works)
        cache_again = time.monotonic() - begun
        invite(client, people, "after@example.org")  # starts the task that sends both
        until(lambda: len(smtp.messages) == 3)
        tasks_again = time.monotonic() - begun
        until(lambda: not Invitation.objects.filter(mailed_at=None).exists())
        assert worker.is_running
    stack.report(capsys, f"Sentinel: cache again after {cache_again:.1f} s, tasks after {tasks_again:.1f} s")


def invite(client, address: str, email: str) -> None:
    form = fields_of(client.get(address)) | {"email": email, "role": "editor", "language": "en"}
    assert client.post(address, form).status_code == 302
