"""No page breaks its own security policy, complains in the console, or asks another host for anything."""

import pytest

from members.models import User
from tests.journeys.addresses import BARE, PUBLIC
from tests.journeys.conftest import log_in

pytestmark = pytest.mark.browser

LISTEN = (
    "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + e.blockedURI))"
)
WORKSPACE = [
    "/en/my-city/", "/en/my-city/montreal/people/", "/en/my-city/montreal/pledges/new/", "/en/accounts/2fa/",
    "/en/accounts/2fa/totp/activate/", "/en/accounts/2fa/webauthn/", "/en/accounts/2fa/webauthn/add/",
    "/en/accounts/sessions/",
]  # fmt: skip
STAFF = ["/en/desk/", "/en/admin/", "/en/admin/members/city/", "/en/admin/members/city/add/"]


@pytest.fixture
def watched(visitor, live_server):
    """A page and the list of what went wrong on it."""
    page, faults = visitor(java_script_enabled=True), []
    page.add_init_script(LISTEN)
    page.on("console", lambda message: faults.append((page.url, message.text)) if is_fault(message) else None)
    page.on("pageerror", lambda error: faults.append((page.url, str(error))))
    page.on("request", lambda asked: None if is_ours(asked.url, live_server) else faults.append((page.url, asked.url)))
    return page, faults


def is_fault(message) -> bool:
    """What Chromium says of a 404 that was asked for is none."""
    return message.type in ("error", "warning") and "status of 404" not in message.text


def is_ours(url: str, live_server) -> bool:
    return url.startswith((live_server.url, "data:", "blob:", "about:"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_public_pages(portal, watched, language):
    page, faults = watched
    for address in PUBLIC[language] + BARE[language]:
        page.goto(address)
    assert faults == []


@pytest.mark.parametrize(
    ("email", "addresses"), [("montreal@scn.example", WORKSPACE), ("staff@scn.example", STAFF)], ids=["city", "staff"]
)
def test_pages_of_people_who_are_logged_in(portal, watched, email, addresses):
    User.objects.filter(email="staff@scn.example").update(is_superuser=True)  # all of the admin is opened, not a part
    page, faults = watched
    log_in(page, email, "en")
    for address in addresses:
        assert page.goto(address).status == 200
    assert faults == []
