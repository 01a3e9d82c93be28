"""The proxy that is shipped: whoever sends slowly, too much, or a lie about where they come from."""

import http.client
import json
import selectors
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.urls import reverse
from django.utils.translation import override

from tests.trust import stack
from tests.trust.stack import HOST, ROOT, Stack

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

FORM = (
    f"POST /en/newsletter/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100000\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n\r\ne"
)
PATHS_OF_FILES = []
for language in ("en", "fr"):
    with override(language):
        names = ("practice_documents", "lead_picture_page", "pledge_report", "proposed_update")
        PATHS_OF_FILES += [reverse(name, args=[12]) for name in names]
HALF_A_HEADER = f"GET /en/ HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: "


def asked_for(shipped: Stack, senders: int, seconds: float) -> list[tuple[str, int, float]]:
    """What two pages answered, and how fast, while so many connections of each kind never end what they send."""
    answers = []
    with ExitStack() as opened:
        # Half from one address, half from many: the limit on one must not be all that helps.
        for number in range(senders):
            source = "127.0.0.1" if number % 2 else f"127.0.{1 + number // 250}.{1 + number % 250}"
            opened.enter_context(shipped.send(FORM, source))
            opened.enter_context(shipped.send(HALF_A_HEADER, source))
        until = time.monotonic() + seconds
        while True:
            for path in ("/healthz", "/en/"):
                begun = time.monotonic()
                # From many addresses: one may ask fifty times a second, which is less than the proxy answers.
                status = shipped.ask("GET", path, source=f"127.0.8.{1 + len(answers) % 250}")[0]
                answers.append((path, status, time.monotonic() - begun))
            if time.monotonic() >= until:
                return answers


def test_whoever_never_ends_what_they_send_stops_nobody(shipped):
    assert {status for _path, status, _seconds in asked_for(shipped, senders=20, seconds=0)} == {200}


@pytest.mark.soak
def test_200_slow_senders_for_a_minute_and_every_answer_within_a_second(shipped, capsys):
    """They begin anew when the proxy has had enough of them, and go on sending a byte now and then."""
    answers = []
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answers += asked_for(shipped, senders=200, seconds=15)
    slowest = max(seconds for _path, _status, seconds in answers)
    stack.report(capsys, f"{len(answers)} answers beside 400 slow senders: the slowest in {slowest:.3f} s")
    assert {status for _path, status, _seconds in answers} == {200}
    assert slowest < 1


def test_one_address_sends_no_more_than_twenty_forms_at_once_and_can_still_read(shipped):
    with ExitStack() as opened:
        senders = [opened.enter_context(shipped.send(FORM, "127.0.0.9")) for _ in range(30)]
        assert all(b" 429 " in answer for answer in first_answers(senders, 10))
        assert shipped.ask("GET", "/en/", source="127.0.0.9")[0] == 200
        status, headers, page = shipped.ask("POST", "/en/newsletter/", body=b"a=b", source="127.0.0.9")
        assert (status, headers["Retry-After"]) == (429, "10")
        assert "Too many requests at once" in page.decode()
        assert "Trop de demandes à la fois" in page.decode()
        status, headers, answer = shipped.ask("POST", "/api/v1/cities", body=b"{}", source="127.0.0.9")
        assert (status, headers["Content-Type"]) == (429, "application/json")
        assert json.loads(answer)["error"]["code"] == "too_many_requests"


def first_answers(senders: list[socket.socket], count: int) -> list[bytes]:
    """The first `count` answers that come, whosever they are: the proxy's processes need not take them in order."""
    answers = []
    with selectors.DefaultSelector() as waiting:
        for sender in senders:
            waiting.register(sender, selectors.EVENT_READ)
        while len(answers) < count:
            ready = waiting.select(stack.WAIT_SECONDS)
            assert ready, f"{len(answers)} answers of {count}"
            for key, _events in ready:
                answers.append(key.fileobj.recv(4096))
                waiting.unregister(key.fileobj)
    return answers


def test_what_the_proxy_says_itself_is_guarded_and_what_the_portal_says_is_left_alone(shipped):
    names = ("Content-Security-Policy", "X-Content-Type-Options", "Retry-After")
    own, portals = "default-src 'none'; frame-ancestors 'none'", "script-src 'self'"
    for path, part in {"/en/": portals, "/static/css/portal.css": portals, "/metrics": own}.items():
        _status, headers, _page = shipped.ask("GET", path)
        (policy,), (sniffing,), retry = ([*headers.get_all(name, [])] for name in names)
        assert (part in policy, sniffing, retry) == (True, "nosniff", []), path
    status, headers, _page = shipped.ask("GET", "/en/", headers={"Host": "portal.example"})
    assert (status, *(headers[name] for name in names)) == (421, own, "nosniff", None)


def test_while_the_portal_is_away_the_proxy_says_when_to_come_back(tmp_path):
    port, nobody = stack.free_port(), stack.free_port()
    with stack.proxy(tmp_path, port, nobody):
        status, headers, page = Stack(port, nobody, None, tmp_path).ask("GET", "/en/")
    assert (status, headers["Retry-After"], headers["X-Content-Type-Options"]) == (503, "30", "nosniff")
    assert "Back soon" in page.decode()


def test_the_host_and_port_of_site_url_are_the_only_ones(shipped):
    for host in ("portal.example", f"{HOST}1", "127.0.0.1", "127.0.0.1:8001", "", f"x@{HOST}"):
        assert shipped.get("/en/", Host=host)[0] in (400, 421), host
        request = f"GET http://{host}/en/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        with shipped.send(request) as sender:
            assert sender.recv(4096).split()[1] in (b"400", b"421"), host


def test_the_host_that_the_portal_reads_is_that_of_site_url(shipped):
    request = f"GET http://evil.example/en/newsletter/mine/ HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
    with shipped.send(request) as sender:
        answer = sender.recv(65536).decode("latin-1")
    assert answer.startswith("HTTP/1.1 302")
    assert "evil.example" not in answer


def test_large_bodies_pass_only_where_files_are_sent(shipped):
    """Nothing is sent beyond the header: the proxy refuses by that, or waits for the body."""
    for path in ("/en/newsletter/", "/en/accounts/login/", "/api/v1/cities", "/static/css/portal.css"):
        refusal = answer_to_size(shipped, path, 7)
        assert b" 413 " in refusal, path
        assert b"X-Content-Type-Options: nosniff" in refusal, path
    for path in PATHS_OF_FILES:
        assert answer_to_size(shipped, path, 40) == b"", path
        assert b" 413 " in answer_to_size(shipped, path, 48), path


def answer_to_size(shipped: Stack, path: str, megabytes: int) -> bytes:
    """What comes at once to a form of that size; nothing where it is welcome."""
    header = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {megabytes * 1_000_000}\r\n"
    with shipped.send(f"{header}Expect: 100-continue\r\n\r\n", "127.0.0.10") as sender:
        answer = sender.recv(4096)
    return answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_the_forms_with_files_are_those_that_the_proxy_knows():
    templates = {
        path.name for path in (ROOT / "templates").rglob("*.html") if "multipart/form-data" in path.read_text()
    }
    assert templates == {"progress_form.html", "documents.html", "lead_picture.html"}


def test_metrics_are_not_for_the_public(shipped):
    assert [shipped.get(path)[0] for path in ("/metrics", "/metrics/", "//metrics")] == [404, 404, 404]


def test_the_log_of_the_proxy_names_no_reader_and_no_link(shipped):
    shipped.ask("GET", "/en/newsletter/confirm/secret-token/?q=secret-word", source="127.4.5.6")
    shipped.get("/fr/accounts/password/reset/key/secret-key/")
    stack.until(lambda: shipped.log.read_text().count("/reset/key/*") == 1, shipped.log, shipped.web)
    log = shipped.log.read_text()
    assert "127.4.5.0 GET /en/newsletter/confirm/* " in log
    assert "secret" not in log + (shipped.log.parent / "error.log").read_text()
    assert "127.4.5.6" not in log


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """In the place of the portal, what says nothing and writes down the head of each request; its port."""
    heads: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            heads.append(self.request.recv(65536).decode("latin-1"))
            self.request.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_address[1], heads
        server.shutdown()
        thread.join()


LIES = {
    "X-Forwarded-For": "203.0.113.9",
    "X_Forwarded_For": "203.0.113.9",
    "X-Forwarded-Proto": "ftp",
    "X-Forwarded-Host": "evil.example",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9",
    "X-Request-ID": "mine",
    "Proxy": "evil.example",
}


def test_nothing_that_strangers_say_of_themselves_is_handed_on(listener, tmp_path):
    portal_port, heads = listener
    port = stack.free_port()
    with stack.proxy(tmp_path, port, portal_port):
        Stack(port, portal_port, None, tmp_path).get("/en/", **LIES)
    number, head = heads
    assert number.startswith("GET /taken-down ")
    said = dict(line.split(": ", 1) for line in head.strip().splitlines()[1:])
    assert said.pop("X-Request-ID") != "mine"
    assert said == {
        "Host": HOST,
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
        "Connection": "close",
    }
    # What caches have of it is asked for in nobody's name.
    said = dict(line.split(": ", 1) for line in number.strip().splitlines()[1:])
    assert said.pop("X-Request-ID") != "mine"
    assert said == {"Host": HOST, "Connection": "close"}


def test_with_a_certificate_it_speaks_tls_and_believes_the_proxy_before_it(listener, tmp_path):
    """The lines that are comments until PROXY_CERTIFICATE is given."""
    portal_port, heads = listener
    port, tls_port = stack.free_port(), stack.free_port()
    name = ["-subj", "/CN=localhost", "-days", "2", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run(["openssl", "req", "-x509", *name, *files], check=True, capture_output=True)
    values = {"PROXY_CERTIFICATE": str(tmp_path), "PROXY_HTTPS": f"127.0.0.1:{tls_port}", "PROXY_OUTER": "127.0.0.1"}
    with stack.proxy(tmp_path, port, portal_port, **values):
        trusted = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
        trusted.check_hostname = False
        asked = http.client.HTTPSConnection("127.0.0.1", tls_port, context=trusted, timeout=stack.WAIT_SECONDS)
        asked.request("GET", "/en/", headers={"Host": HOST, "X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
        answer = asked.getresponse()
        assert (answer.status, answer.headers["Strict-Transport-Security"]) == (204, "max-age=31536000")
        asked.close()
        trusted.maximum_version = ssl.TLSVersion.TLSv1_2
        trusted.set_ciphers("ECDHE+AES:!AESGCM:!AESCCM")  # those in CBC, which the proxy does not offer
        plain = socket.create_connection(("127.0.0.1", tls_port), stack.WAIT_SECONDS)
        with plain, pytest.raises(ssl.SSLError, match="handshake"):
            trusted.wrap_socket(plain)
    assert "X-Forwarded-Proto: https\r\n" in heads[-1]
    assert "X-Forwarded-For: 203.0.113.9\r\n" in heads[-1]
