"""Two web hosts: one is taken out at a time, and no request fails."""

import http.server
import threading
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from scn_portal import serve
from scn_portal.base import draining
from tests.digests.faults import until
from tests.factories import PledgeFactory
from tests.scale.hosts import Nginx, Traffic, haproxy, state_of, two_hosts
from tests.trust import stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_host_that_is_about_to_stop_is_not_ready_and_serves_on(client, monkeypatch):
    server = serve.Server("scn_portal.wsgi:application", workers=1)
    server.drain_seconds = 60
    monkeypatch.setattr(server, "_replace_the_dead", lambda *loaders: True)
    loop = threading.Thread(target=server._serve_loop, args=(None, None))
    loop.start()
    try:
        server.signal_handler_interrupt()
        while client.get("/readyz").status_code == 200:
            assert loop.is_alive()
        assert client.get("/healthz").status_code == client.get("/en/").status_code == 200
        assert client.get("/readyz").json() == {"process": "about to stop"}
        server.signal_handler_interrupt()  # asked twice: at once
        loop.join(60)
        assert not loop.is_alive()
    finally:
        draining.forget()


def test_without_a_balancer_a_server_stops_at_once(client):
    server = serve.Server("scn_portal.wsgi:application", workers=1)
    server.signal_handler_interrupt()
    server._serve_loop(None, None)
    assert client.get("/readyz").status_code == 200


class FilesOf(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def two_releases(tmp_path):
    """Two servers, each with a static file of its own; their ports."""
    with ExitStack() as ending:
        ports = []
        for name in ("old", "new"):
            folder = tmp_path / name / "static"
            folder.mkdir(parents=True)
            (folder / f"{name}.css").write_text(name)
            (folder.parent / "readyz").touch()
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(FilesOf, directory=folder.parent))
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            ending.callback(server.server_close)
            ending.callback(server.shutdown)
            ports.append(server.server_port)
        yield ports


def test_while_hosts_have_two_releases_each_file_is_found(tmp_path, two_releases):
    with Nginx(tmp_path / "nginx", *two_releases).running() as nginx, haproxy(tmp_path, *two_releases) as balanced:
        until(lambda: state_of(tmp_path, "two") == "UP")
        for door in (nginx.door, balanced):
            for name in ("old", "new") * 3:
                assert door.get(f"/static/{name}.css")[::2] == (200, name.encode())
            assert door.get("/static/none.css")[0] == 404


@contextmanager
def behind_nginx(folder):
    """Two hosts, the nginx before them, and the traffic that they have."""
    with (
        two_hosts(folder) as (one, two),
        Nginx(folder / "nginx", one.port, two.port).running() as nginx,
        Traffic(nginx.door, PledgeFactory()) as traffic,
    ):
        yield one, two, nginx, traffic


def test_a_host_that_loses_power_fails_no_page(tmp_path):
    with behind_nginx(tmp_path) as (one, _two, _nginx, traffic):
        traffic.until_more()
        one.kill()
        traffic.until_more()
    # A form in the hands of that host is not sent again; pages are asked for once more.
    assert len(traffic.refused) <= 2
    assert traffic.all_found()


@pytest.mark.soak
def test_behind_nginx_each_host_in_turn_is_taken_out_restarted_and_comes_back(tmp_path, capsys):
    """Out of the list of nginx, a reload, a restart, and back."""
    with behind_nginx(tmp_path) as (one, two, nginx, traffic):
        for host, other in ((one, two), (two, one)) * 3:
            traffic.until_more(3)
            nginx.share_among(other.port)
            host.stop()
            traffic.until_more(3)
            host.start()
            nginx.share_among(one.port, two.port)
        traffic.until_more(3)
    report(capsys, "nginx, six restarts", traffic)


@pytest.mark.soak
def test_behind_haproxy_each_host_in_turn_is_restarted_and_nobody_tells_the_balancer(tmp_path, capsys):
    """Each host has a nginx of its own, as HAProxy does not hold back who sends slowly."""
    with ExitStack() as ending:
        hosts = ending.enter_context(two_hosts(tmp_path, DRAIN_SECONDS="4"))
        doors = [Nginx(tmp_path / str(host.port), host.port, PROXY_OUTER="127.0.0.0/8") for host in hosts]
        for door in doors:
            ending.enter_context(door.running())
        balanced = ending.enter_context(haproxy(tmp_path, *(door.port for door in doors)))
        with Traffic(balanced, PledgeFactory()) as traffic:
            for turn in range(6):
                traffic.until_more(3)
                hosts[turn % 2].stop()
                traffic.until_more(1)
                hosts[turn % 2].start()
                until(lambda: state_of(tmp_path, ("one", "two")[turn % 2]) == "UP")  # noqa: B023  called at once
            traffic.until_more(3)
    report(capsys, "HAProxy, six restarts", traffic)


def report(capsys, what: str, traffic: Traffic) -> None:
    stack.report(
        capsys,
        f"{what}: {len(traffic.answered)} answers, {len(traffic.acknowledged)} forms, {len(traffic.refused)} failed",
    )
    assert traffic.refused == []
    assert traffic.all_found()
