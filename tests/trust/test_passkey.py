"""A passkey, in Chromium with an authenticator of its own: set up as a second step, and a way in during a lockout."""

import pytest
from django.test import Client

from members.models import User
from members.sign_in import guesses
from scn_portal.demo.accounts import PASSWORD
from tests.factories import CityFactory, ModeratorFactory
from tests.real_sign_in import with_password

pytestmark = [pytest.mark.browser, pytest.mark.soak]
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def moderator(transactional_db) -> User:
    CityFactory()
    user = ModeratorFactory()
    user.set_password(PASSWORD)
    user.save()
    return user


def test_staff_set_a_passkey_up_and_sign_in_with_it_while_a_stranger_guesses(moderator, page):
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto("/en/desk/figures/")
    page.fill("input[name=login]", moderator.email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.get_by_role("link", name="Set up a passkey").click()
    assert page.get_by_label("Sign in with it alone, without my password").is_checked()
    page.locator("#mfa_webauthn_add").click()
    page.get_by_role("link", name="I have kept my codes: go on").click()
    page.wait_for_url("**/en/desk/figures/")
    page.get_by_role("button", name="Sign out").click()
    page.context.clear_cookies()  # a browser that knows nobody
    for _ in range(guesses.PASSWORDS.most + 1):
        answer = with_password(Client(), moderator, "a guess of a stranger")
    assert answer.status_code == 429
    page.goto("/en/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/en/desk/")
    assert page.goto("/en/desk/figures/").status == 200
