"""Sources that no longer answer: a worker looks, at public hosts alone. Here all are on this machine."""

import http.server
import threading

import pytest

from practices import dead_links
from practices.dead_links import Outcome, look_at
from practices.models import SourceCheck
from practices.tasks import check_sources
from tests.factories import RevisionFactory

ASKED: list[str] = []


class Answers(http.server.BaseHTTPRequestHandler):
    """/301 leads to /404, /round to itself, /200 and the like answer so."""

    def do_GET(self) -> None:
        ASKED.append(self.path)
        if self.path in ("/301", "/round"):
            self.send_response(301)
            self.send_header("Location", "/404" if self.path == "/301" else "/round")
        else:
            self.send_response(int(self.path[1:4]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def site(settings):
    settings.CHECK_SOURCES, settings.SOURCE_HOSTS_OF_TESTS = True, ("127.0.0.1",)
    ASKED.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_only_an_answer_that_says_so_means_that_nothing_is_there(site):
    expected = {
        "/200?a=b": Outcome.FOUND, "/404": Outcome.DEAD, "/410": Outcome.DEAD, "/301": Outcome.DEAD,
        "/403": Outcome.UNCLEAR, "/503": Outcome.UNCLEAR, "/round": Outcome.UNCLEAR,
    }  # fmt: skip
    assert {path: look_at(f"{site}{path}") for path in expected} == expected
    assert "/200?a=b" in ASKED


def test_machines_behind_the_portal_are_never_asked(site, settings):
    settings.SOURCE_HOSTS_OF_TESTS = ()
    for address in (f"{site}/200", "http://[::1]/", "http://10.0.0.1/", "ftp://127.0.0.1/", "http://"):
        assert look_at(address) == Outcome.UNCLEAR
    assert ASKED == []


@pytest.mark.django_db
def test_the_worker_looks_once_a_week_at_what_waits(site, time_machine, settings):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    RevisionFactory(status="submitted", sources=[f"{site}/404", f"{site}/200"], website=f"{site}/410")
    RevisionFactory(status="draft", sources=[f"{site}/403"])
    assert (check_sources(), check_sources()) == (3, 0)
    assert dead_links.dead_among([f"{site}/404", f"{site}/410", f"{site}/200"]) == [f"{site}/404", f"{site}/410"]
    time_machine.move_to("2026-05-12T08:00:00Z", tick=False)
    assert check_sources() == 3
    settings.CHECK_SOURCES = False
    SourceCheck.objects.all().delete()
    assert check_sources() == 0
