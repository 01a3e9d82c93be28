"""What a page weighs on the wire at a first visit, measured by the browser."""

import pytest
from django.test.testcases import LiveServerThread

from tests.journeys.addresses import WEIGHED

pytestmark = pytest.mark.browser


@pytest.fixture
def served(portal):
    """The portal with its static files as they are really served: the usual test server hands them out itself, past
    the middlewares that compress."""
    server = LiveServerThread("127.0.0.1", lambda application: application)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


def test_a_first_visit_is_light(served, visitor):
    weights = {address: weight_of(visitor(java_script_enabled=True), served + address) for address in WEIGHED}
    assert min(weights.values()) > 1_000  # something was measured
    assert {address: weight for address, weight in weights.items() if weight > WEIGHED[address]} == {}


def weight_of(page, address: str) -> int:
    """The bytes that came over the wire, headers included, for the page and all that it asks for."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    return int(sum(received))
