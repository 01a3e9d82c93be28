"""The caches before the portal, as they are shipped: nginx and Varnish, each before granian and PostgreSQL.

What the portal was asked is counted by itself (METRICS_DIR), so that a hit is one that it knows nothing of. Fresh is
one second here, so that nobody waits for ten. Redis is away all the while: none of this needs it.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from commitments.pledges import take_down
from scn_portal.base import generation
from scn_portal.base.http import proxy_rules
from scn_portal.demo import embedded
from tests.factories import CityFactory, PledgeFactory, acting_for
from tests.trust import stack
from tests.trust.stack import HOST, Stack

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SESSION = {"Cookie": "sessionid=somebody"}


class Relay:
    """PostgreSQL at a port of this machine, which can be cut off."""

    def __init__(self) -> None:
        self.port = stack.free_port()
        self._open: list[socket.socket] = []

    def __enter__(self) -> "Relay":
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        for each in (self._listening, *self._open):
            with_shutdown(each)
        self._open.clear()

    def _accept(self) -> None:
        path = next(Path(connection_settings["HOST"]).glob(".s.PGSQL.*[0-9]"))
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(path))
            self._open += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=copy, args=[source, target], daemon=True).start()


def with_shutdown(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    with_shutdown(target)


connection_settings = connection.settings_dict


class Cached:
    """A portal behind a proxy that keeps what is public. It counts what it is asked."""

    def __init__(self, running: Stack, counts: Path, database: Relay):
        self.stack, self.counts, self.database = running, counts, database

    def get(self, path: str, **headers: str) -> tuple[int, str, bytes]:
        """Status, what the cache did, and the body."""
        status, answered, body = self.stack.ask("GET", path, headers=headers)
        return status, answered.get("X-Cache", ""), body

    def is_kept(self, path: str) -> bool:
        return self.get(path)[1] == "HIT"

    def asked(self) -> Counter[tuple[str, str]]:
        """How often the portal answered, by view and status."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(self.counts))
        samples = [sample for metric in registry.collect() for sample in metric.samples]
        counted = [sample for sample in samples if sample.name == "scn_requests_total"]
        return Counter({(each.labels["view"], each.labels["status"]): int(each.value) for each in counted})

    def asked_by(self, ask: Callable[[], object]) -> dict[tuple[str, str], int]:
        """What the portal was asked during `ask`, but for the number of what was taken down."""
        before = self.asked()
        ask()
        return {key: count for key, count in (self.asked() - before).items() if key[0] not in ("taken_down", "healthz")}

    def until(self, happens: Callable[[], bool]) -> None:
        stack.until(happens, self.stack.log, self.stack.web)


@contextmanager
def caching_stack(folder: Path) -> Iterator[Cached]:
    nowhere = f"unix://{folder}/no-redis.sock"
    with Relay() as database:
        url = f"postgres://{connection_settings['USER']}@127.0.0.1:{database.port}/{connection_settings['NAME']}"
        environment = {
            "METRICS_DIR": str(folder / "counts"),
            "SCN_TEST_FRESH_SECONDS": "1",
            "DATABASE_URL": url,
            "CACHE_URL": nowhere,
            "REDIS_URL": nowhere,
        }
        with stack.running(folder, **environment) as running:
            yield Cached(running, folder / "counts", database)


@pytest.fixture(scope="module")
def behind_nginx(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Cached]:
    with django_db_blocker.unblock(), caching_stack(tmp_path_factory.mktemp("cached")) as cached:
        yield cached


@pytest.fixture(scope="module")
def behind_varnish(behind_nginx, tmp_path_factory) -> Iterator[Cached]:
    """The same portal behind Varnish."""
    port = stack.free_port()
    with stack.varnish(tmp_path_factory.mktemp("varnish"), port, behind_nginx.stack.portal_port) as log:
        running = Stack(port, behind_nginx.stack.portal_port, behind_nginx.stack.web, log)
        yield Cached(running, behind_nginx.counts, behind_nginx.database)


@pytest.fixture(params=["nginx", "varnish"])
def cached(request) -> Cached:
    return request.getfixturevalue(f"behind_{request.param}")


def test_a_second_reader_is_answered_by_the_proxy(cached):
    assert cached.get("/en/guide/")[0] == 200
    cached.until(lambda: cached.is_kept("/en/guide/"))
    status, answered, body = cached.stack.ask("GET", "/en/guide/")
    assert (status, answered["Cache-Control"][:6], "</html>" in body.decode()) == (200, "public", True)
    assert "script-src 'self'" in answered["Content-Security-Policy"]
    again = cached.stack.ask("GET", "/en/guide/", headers={"If-None-Match": answered["ETag"]})
    assert (again[0], again[2]) == (304, b"")


def test_what_is_no_longer_fresh_is_asked_for_and_not_built_again(cached):
    """By a 304 of the portal, which nobody waits for."""
    cached.until(lambda: cached.is_kept("/en/method/"))
    before = cached.asked()
    cached.until(lambda: cached.get("/en/method/") and cached.asked()["method", "304"] > before["method", "304"])
    assert cached.asked()["method", "200"] == before["method", "200"]


def test_two_hundred_junk_addresses_are_one(cached):
    def ask() -> None:
        for number in range(200):
            junk = (
                f"utm_source={number}",
                f"x{number}=1&w",
                f"q=a&fbclid={number}",
                f"junk{number}&q=a&other={number}",
            )
            status, _did, _body = cached.get(f"/en/pledges/?{junk[number % 4]}")
            assert status == 200

    built = cached.asked_by(ask)
    assert set(built) <= {("pledge_list", "200"), ("pledge_list", "304")}
    assert built["pledge_list", "200"] == 2  # with and without “q=a”


def test_what_the_proxy_cannot_tell_the_portal_leads_away_from_and_nobody_keeps(behind_nginx):
    for _ in range(2):
        status, answered, _body = behind_nginx.stack.ask("GET", "/en/about/?a=1&q=2&b=3&q=4&c=5")
        assert (status, answered["Location"], answered["X-Cache"]) == (302, "/en/about/", "MISS")


def test_nobody_puts_an_answer_in_the_place_of_another_by_a_path_that_proxies_write_in_another_way(behind_nginx):
    """nginx keeps an answer under the path as it reads it, without “/../”, and asks the portal for what was sent."""
    for astray, meant in (
        ("/api/v1/../../en/privacy/", "/en/privacy/"),
        ("/api/%2e%2e/fr/vie-privee/", "/fr/vie-privee/"),
        ("/api//v1/cities", "/api/v1/cities"),
        ("/api/v1/pledges%3Flimit=1?", "/api/v1/pledges?limit=1"),
    ):
        assert behind_nginx.get(astray)[0] == 404, astray
        assert behind_nginx.get(meant)[0] == 200, astray


def test_fifty_at_once_have_a_page_built_once(cached):
    path = "/en/charts/" if cached.stack.log.name == "access.log" else "/fr/graphiques/"

    def ask() -> None:
        with ThreadPoolExecutor(50) as readers:
            assert {status for status, _did, _body in readers.map(lambda _: cached.get(path), range(50))} == {200}

    assert cached.asked_by(ask)["charts", "200"] == 1


def test_whoever_has_a_session_is_answered_by_the_portal_and_kept_for_nobody(cached):
    cached.until(lambda: cached.is_kept("/en/about/"))
    status, answered, _body = cached.stack.ask("GET", "/en/about/", headers=SESSION)
    assert (status, answered["Cache-Control"]) == (200, "private, no-store")
    for path in ("/en/accounts/login/", "/en/my-city/", "/healthz", "/"):
        assert {cached.get(path)[1] for _ in range(3)} <= {"MISS", "EXPIRED", ""}, path


def test_a_change_is_there_once_what_was_kept_is_no_longer_fresh(cached):
    city = CityFactory(name_en="Firstname")
    path = f"/en/cities/{city.slug}/"
    cached.until(lambda: cached.is_kept(path))
    type(city).objects.filter(pk=city.pk).update(name_en="Secondname")
    cached.until(lambda: b"Secondname" in cached.get(path)[2])


def test_what_was_taken_down_is_gone_though_a_stale_answer_was_kept(cached):
    """And nobody told the proxy: it asks for the number of what was taken down."""
    city = CityFactory()
    pledge, by = PledgeFactory(city=city), acting_for(city)
    path = f"/en/pledges/{pledge.pk}/"
    cached.until(lambda: cached.is_kept(path))
    cached.until(lambda: not cached.is_kept(path))  # stale: it may be given while a fresh one is asked for
    take_down(pledge, reason="A name.", by=by)
    answers = []
    cached.until(lambda: answers.append(cached.get(path)[0]) or answers[-1] == 410)
    assert {cached.get(path)[0] for _ in range(20)} == {410}


def test_pages_are_served_while_postgresql_is_away_and_what_was_taken_down_stays_so(cached):
    city = CityFactory()
    pledge, by = PledgeFactory(city=city), acting_for(city)
    path, other = f"/en/pledges/{pledge.pk}/", f"/en/cities/{city.slug}/"
    cached.until(lambda: cached.is_kept(path))
    take_down(pledge, reason="A name.", by=by)
    cached.until(lambda: cached.get(path)[0] == 410)
    cached.until(lambda: cached.is_kept(other))
    with cut_off(cached.database):
        cached.until(lambda: not cached.is_kept(other))
        assert {cached.get(other)[0] for _ in range(20)} == {200}
        assert cached.get(path)[0] in (410, 503)
        assert cached.get("/en/compare/")[0] == 503
    cached.until(lambda: cached.get("/en/compare/")[0] == 200)


@contextmanager
def cut_off(database: Relay) -> Iterator[None]:
    database.__exit__()
    try:
        yield
    finally:
        database.__enter__()


def test_a_purge_by_address(cached, settings, capsys):
    port = cached.stack.port
    kind = "nginx" if cached.stack.log.name == "access.log" else "varnish"
    settings.PURGE_CACHES, settings.SITE_URL = [f"{kind}+http://127.0.0.1:{port}"], f"http://{HOST}"
    cached.until(lambda: cached.is_kept("/en/legal-notice/"))
    call_command("purge", "/en/legal-notice/")
    assert "127.0.0.1" in capsys.readouterr().out
    refused = cached.stack.ask("PURGE", "/en/legal-notice/", source="127.0.0.7")
    assert refused[0] in (405, 403)
    with pytest.raises(CommandError, match="begins with a slash"):
        call_command("purge", "en/legal-notice/")
    settings.PURGE_CACHES = []
    with pytest.raises(CommandError, match="names no cache"):
        call_command("purge", "/en/legal-notice/")
    before = generation.current()
    call_command("purge", everything=True)
    assert generation.current().taken_down > before.taken_down


def test_a_purge_by_nginx_has_the_answer_built_anew_and_only_for_its_operator(behind_nginx):
    behind_nginx.until(lambda: behind_nginx.is_kept("/en/join/"))
    assert behind_nginx.get("/en/join/", **{"X-Refresh": "yes"})[1] == "BYPASS"
    stranger = behind_nginx.stack.ask("GET", "/en/join/", headers={"X-Refresh": "yes"}, source="127.0.0.7")
    assert stranger[1]["X-Cache"] != "BYPASS"


def test_the_proxies_know_our_addresses_and_their_parameters():
    assert proxy_rules.outdated() == [], "`manage.py proxy_rules` writes them"
    assert {"cities", "villes", "search"} <= set(proxy_rules.areas())
    assert not {"my-city", "newsletter", "accounts", "desk"} & set(proxy_rules.areas())


@pytest.mark.soak
def test_pages_are_served_for_a_minute_after_postgresql_was_stopped(tmp_path):
    """A server of its own, which is stopped as an operator stops it; nginx as shipped, fresh for ten seconds."""
    with ExitStack() as ending, ExitStack() as database:
        # PostgreSQL runs as somebody else, for whom the folder of a test is closed.
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        environment = {"DATABASE_URL": embedded.database_url(folder), "SCN_TEST_CHILD": "1"}
        database.enter_context(embedded.running(folder))
        for command in ("migrate", "load_declaration"):
            subprocess.run(
                [sys.executable, "-m", "django", command, "--verbosity", "0"],
                cwd=stack.ROOT, env=os.environ | environment, check=True,
            )  # fmt: skip
        running = ending.enter_context(stack.running(tmp_path, **environment))
        for path in ("/en/", "/fr/engagements/"):
            stack.until(lambda path=path: running.get(path)[1]["X-Cache"] == "HIT", running.log, running.web)
        database.close()
        answers: Counter[tuple[int, str]] = Counter()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for path in ("/en/", "/fr/engagements/"):
                status, answered, _body = running.get(path)
                answers[status, answered["X-Cache"]] += 1
        assert {status for status, _did in answers} == {200}
        assert answers[200, "STALE"] > 0
        assert running.get("/en/charts/")[0] == 503
