"""What Sentry hears of a fault: its kind, its place, the id of its request, and no word that anybody typed or read."""

import gzip
import http.server
import json
import os
import subprocess
import sys
import threading

import brotli
import pytest
from django.conf import settings
from sentry_sdk.utils import event_from_exception

from scn_portal.base import request_ids
from scn_portal.base.faults import kind_and_place
from tests.test_settings import COMPLETE, django

FAULT = """
import django; django.setup()
from django.test import Client
from members import middleware

def broken(self, request):
    secret = "canary-of-a-variable"
    raise ValueError(f"canary {request.POST.get('name')} {secret}")

middleware.ReaderLanguageMiddleware.__call__ = broken
answer = Client(raise_request_exception=False).post(
    "/en/newsletter/unsubscribe/canary-of-a-token/?q=canary-of-a-search", {"name": "canary@example.org"},
    headers={"cookie": "sessionid=canary-of-a-session", "authorization": "Basic canary", "x-canary": "canary"},
)
import sentry_sdk, logging
logging.getLogger("portal").error("canary of a line: %s", "canary@example.org")
sentry_sdk.flush(30)
print(answer.status_code, answer["X-Request-ID"])
"""


class Monitor(http.server.BaseHTTPRequestHandler):
    """Takes what Sentry takes."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.headers.get("Content-Encoding"), bytes)
        self.server.received.append(unpack(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def monitor():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Monitor)
    server.received = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_that_an_event_carries_is_kept_but_kinds_and_places():
    try:
        raise ValueError("canary")
    except ValueError as error:
        event, hint = event_from_exception(error)
    event |= {
        "request": {"url": "https://canary"}, "user": {"ip_address": "canary"}, "logentry": {"message": "canary"},
        "breadcrumbs": {"values": ["canary"]}, "extra": {"sys.argv": ["canary"]}, "contexts": {"trace": "canary"},
    }  # fmt: skip
    with request_ids.of("an-id"):
        kept = kind_and_place(event, hint)
    (error,) = kept["exception"]["values"]
    (frame,) = error.pop("stacktrace")["frames"]  # with lines of the code, which say “canary” here
    assert (error["type"], frame["module"], "vars" in frame) == ("ValueError", __name__, False)
    assert kept["tags"] == {"request_id": "an-id"}
    assert "canary" not in str(kept)


@pytest.mark.soak
def test_a_report_has_the_kind_and_the_place_of_a_fault_and_no_words(monitor):
    done = subprocess.run(
        [sys.executable, "-c", FAULT],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "tests.settings", "SCN_TEST_CHILD": "1"}
        | {"SENTRY_DSN": f"http://key@127.0.0.1:{monitor.server_port}/1", "SECRET_KEY": "canary-of-a-key-" * 5},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    status, request_id = done.stdout.split()
    assert status == "500"
    sent = b"\n".join(monitor.received).decode()
    events = [json.loads(line) for line in sent.splitlines() if '"event_id"' in line and '"exception"' in line]
    (error,) = [error for event in events for error in event["exception"]["values"]]
    assert (error["type"], error["stacktrace"]["frames"][-1]["function"]) == ("ValueError", "broken")
    assert any(event["tags"]["request_id"] == request_id for event in events)
    assert "canary" not in sent


@pytest.mark.slow
def test_a_monitor_without_its_part_is_refused_at_the_start(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['sentry_sdk'] = None")
    done = django("check", **COMPLETE | {"SENTRY_DSN": "https://key@sentry.example/1", "PYTHONPATH": f"{tmp_path}:."})
    assert done.returncode != 0
    assert "--extra sentry" in done.stderr
