"""What no browser sends, byte by byte, to a real granian: answered or cut off, never with a fault."""

import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.web_server import WebServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

H = b"Host: 127.0.0.1\r\n"
INNER = b"GET /healthz?smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
OUTER = "/en/nothing-here/"  # 404, which tells it from what was smuggled


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"POST /en/nothing-here/ HTTP/1.1\r\n" + H + b"".join(each + b"\r\n" for each in headers) + b"\r\n" + body


def get(target: bytes = b"/en/nothing-here/", *headers: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    return b"GET " + target + b" " + version + b"\r\n" + H + b"".join(each + b"\r\n" for each in headers) + b"\r\n"


# Two servers in a row could read two requests here, each another one.
SMUGGLING = {
    "length and chunks": post(b"Content-Length: 6", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + INNER),
    "chunks and a length that covers more": post(
        b"Transfer-Encoding: chunked", b"Content-Length: %d" % (5 + len(INNER)), body=b"0\r\n\r\n" + INNER
    ),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: %d" % len(INNER), body=INNER),
    "two lengths in one": post(b"Content-Length: 0, %d" % len(INNER), body=INNER),
    "a length with a sign": post(b"Content-Length: +0", body=INNER),
    "a negative length": post(b"Content-Length: -1", body=INNER),
    "a length with a space before its colon": post(b"Content-Length : 0", body=INNER),
    "a length in hexadecimal": post(b"Content-Length: 0x0", body=INNER),
    "an endless length": post(b"Content-Length: 99999999999999999999999", body=INNER),
    "chunks spelled oddly": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + INNER),
    "chunks behind a tab": post(b"Transfer-Encoding:\tchunked", b"Content-Length: 5", body=b"0\r\n\r\n" + INNER),
    "chunks twice": post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + INNER),
    "a folded header": post(b"X: a", b" Transfer-Encoding: chunked", b"Content-Length: 0", body=INNER),
}
BAD = {
    "line feeds alone": b"POST /en/nothing-here/ HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n",
    "a chunk of no size": post(b"Transfer-Encoding: chunked", body=b"zz\r\nabc\r\n0\r\n\r\n"),
    "an endless chunk": post(b"Transfer-Encoding: chunked", body=b"f" * 17 + b"\r\nabc"),
    "a chunk shorter than it says": post(b"Transfer-Encoding: chunked", body=b"1\r\nabc\r\n0\r\n\r\n"),
    "a chunk of extensions": post(b"Transfer-Encoding: chunked", body=b"1;" + b"a" * 40_000 + b"\r\na\r\n0\r\n\r\n"),
    "endless trailers": post(b"Transfer-Encoding: chunked", body=b"0\r\n" + b"X: a\r\n" * 9000 + b"\r\n"),
    "an absolute address": get(b"http://127.0.0.1/en/nothing-here/"),
    "an absolute address elsewhere": get(b"http://evil.example/healthz"),
    "an address of a proxy": b"CONNECT evil.example:443 HTTP/1.1\r\n" + H + b"\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\n" + H + b"\r\n",
    "no slash": get(b"healthz"),
    "two slashes": get(b"//evil.example/healthz"),
    "a fragment": get(b"/en/#x"),
    "bytes in the address": get(b"/en/\xff\xfe/"),
    "a space in the address": get(b"/en/a b/"),
    "a long address": get(b"/" + b"a" * 70_000),
    "a dot segment": get(b"/en/../../../../etc/passwd"),
    "an encoded dot segment of static files": get(b"/static/%2e%2e/%2e%2e/settings.py"),
    "a NUL in the address": get(b"/static/%00"),
    "a header of 1 MB": get(b"/healthz", b"X: " + b"a" * 1_000_000),
    "a thousand headers": get(b"/healthz", *[b"X-%d: a" % number for number in range(1000)]),
    "a header name with an underscore": get(b"/en/nothing-here/", b"X_Forwarded_For: 1.2.3.4", b"Content_Length: 9"),
    "a header name of odd bytes": get(b"/en/nothing-here/", b"X\xff: a"),
    "a header without a name": get(b"/en/nothing-here/", b": a"),
    "a header without a colon": get(b"/en/nothing-here/", b"abc"),
    "a NUL in a header": get(b"/en/nothing-here/", b"X: a\x00b"),
    "a return in a header": get(b"/en/nothing-here/", b"X: a\rSet-Cookie: b"),
    "two hosts": b"GET /en/nothing-here/ HTTP/1.1\r\n" + H + b"Host: evil.example\r\n\r\n",
    "no host": b"GET /en/nothing-here/ HTTP/1.1\r\n\r\n",
    "a host of odd signs": b"GET /en/nothing-here/ HTTP/1.1\r\nHost: a/b@c\r\n\r\n",
    "an old version": b"GET /en/nothing-here/\r\n",
    "version 1.0": get(version=b"HTTP/1.0"),
    "version 3.7": get(version=b"HTTP/3.7"),
    "the second version unasked": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nothing but lines": b"\r\n" * 5000,
    "a method of our own": b"BREW /en/nothing-here/ HTTP/1.1\r\n" + H + b"\r\n",
    "an upgrade": get(b"/en/nothing-here/", b"Connection: Upgrade", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"),
    "a promise to go on": post(b"Expect: 200-maybe", b"Content-Length: 1", body=b"a"),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), WebServer(tmp_path_factory.mktemp("granian"), workers=1) as started:
        yield started


def said(server: WebServer, request: bytes, *, silence: float = 1) -> bytes:
    """All that comes back until the connection is cut, or so many seconds pass without a word."""
    with closing(socket.create_connection(("127.0.0.1", server.port), 60)) as connected:
        answer = b""
        try:
            connected.sendall(request)
            connected.settimeout(silence)
            while part := connected.recv(65_536):
                answer += part
        except OSError:
            pass
    return answer


def is_well(server: WebServer) -> bool:
    return statuses(said(server, get(b"/healthz", b"Connection: close"), silence=60)) == [200]


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"(?:^|(?<=[\r\n>}]))HTTP/1\.[01] (\d{3})", answer)]


def test_raw_requests_are_answered_or_cut_off(server):
    asked = SMUGGLING | BAD
    with ThreadPoolExecutor(len(asked)) as at_once:
        answers = dict(zip(asked, at_once.map(lambda request: said(server, request), asked.values()), strict=True))
    found = {name: statuses(answer) for name, answer in answers.items()}
    sys.stdout.write(f"{found}\n")
    assert {name: answers[name][:300] for name, codes in found.items() if max(codes, default=0) >= 500} == {}
    assert {name: answers[name][:300] for name in SMUGGLING if 200 in found[name]} == {}
    assert is_well(server)
    assert not [name for name, answer in answers.items() if b"Traceback" in answer]
    for fault in (b"Internal Server Error", b"panicked"):
        assert fault not in server.log.read_bytes()


def test_requests_that_never_end_stop_nobody_else(server):
    """Half a line, half of the headers, a header every now and then: the place of one reader is not taken by them."""
    begun = [
        socket.create_connection(("127.0.0.1", server.port), 60) for _number in range(60)
    ]  # fmt: skip
    for number, each in enumerate(begun):
        each.sendall([b"", b"GE", b"GET /en/ HT", b"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "][number % 4])
    for _time in range(5):
        assert is_well(server)
    for each in begun:
        each.close()
