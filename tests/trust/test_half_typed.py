"""Half-typed text survives an ended session, a 503 and a restart of the web server: after signing in it is there again.

In brief with the test client; with `make soak` on the web server of production, which is stopped and started, closed
for maintenance, and left without its database.
"""

import http.client
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlencode

import lxml.html
import pytest
from django.conf import settings
from django.test import Client, override_settings

from commitments.models import Pledge
from tests.factories import PledgeFactory, acting_for
from tests.forms import fields_of
from tests.members.editing.test_given_back import OURS, sign_in
from tests.trust.web_server import web_server

WORDS = "<b>“É”</b> & \r\n\r\n" + "half a sentence that nobody has elsewhere " * 30
FOREIGN = [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]


def unread(text: str) -> str:
    return text.replace("\r\n", "\n")


@pytest.mark.django_db
def test_words_sent_during_maintenance_come_back_and_are_saved_after_it_whoever_signed_out_meanwhile():
    pledge = PledgeFactory()
    user, browser = acting_for(pledge.city), Client(enforce_csrf_checks=True)
    sign_in(browser, user)
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    form = fields_of(browser.get(address)) | {"description_en": WORDS, "commitment": pledge.commitment_id}
    with override_settings(MAINTENANCE=True):
        page = browser.post(address, form, headers=OURS)
        assert (page.status_code, page["Retry-After"], "no-store" in page["Cache-Control"]) == (503, "300", True)
        assert "<b>“É”" not in page.text
        for headers in FOREIGN:  # no other site shows its words under our name
            assert "half a sentence" not in browser.post(address, form, headers=headers).text
        login = browser.post("/en/accounts/login/", {"login": "a", "password": "secret-words"}, headers=OURS)
        assert "secret-words" not in login.text
        page = browser.post(address, fields_of(page), headers=OURS)  # once more, and it is still away
    given = fields_of(page)
    assert unread(given["description_en"]) == unread(WORDS)
    assert lxml.html.document_fromstring(page.content).xpath("//main//form/@action") == [address]
    browser.session.flush()  # the session has ended too
    given = fields_of(browser.post(address, given, headers=OURS))
    assert unread(given["description_en"]) == unread(WORDS)
    sign_in(browser, user)
    assert browser.post(address, given, headers=OURS).status_code == 302
    pledge.refresh_from_db()
    assert unread(pledge.description_en).strip() == unread(WORDS).strip()


# --- On the web server of production ---------------------------------------------------------------------------------


class Browser:
    """Sends what a browser does, with the cookies of a `session`, to whichever server is there now."""

    def __init__(self, session: Client) -> None:
        self.cookies = {cookie.key: cookie.value for cookie in session.cookies.values()}

    def send(self, server, method: str, path: str, data: dict | None = None) -> SimpleNamespace:
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request(method, path, urlencode(data, doseq=True) if data else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        connection.close()
        return SimpleNamespace(status_code=answer.status, content=content, text=content.decode())


def signed_in(user) -> Browser:
    session = Client()
    session.force_login(user)
    return Browser(session)


@contextmanager
def without_database():
    with web_server(DATABASE_URL="postgres://nobody@127.0.0.1:9/nothing") as server:
        yield server


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_nothing_typed_is_lost_by_a_restart_maintenance_a_database_that_is_away_and_an_ended_session():
    pledge = PledgeFactory(description_en="Before.")
    user = acting_for(pledge.city)
    browser, address = signed_in(user), f"/en/my-city/pledges/{pledge.pk}/edit/"
    with web_server() as server:
        opened = fields_of(browser.send(server, "GET", address)) | {"description_en": WORDS}
        assert browser.send(server, "POST", "/en/editing/keep/", opened).status_code == 200
    with web_server() as server:  # started again: what was being typed is in the form
        again = fields_of(browser.send(server, "GET", address))
        assert unread(again["description_en"]) == unread(WORDS)
        server.process.kill()  # in the middle of it
    newer = again | {"description_en": WORDS + "and the end"}
    with web_server(DJANGO_SETTINGS_MODULE="tests.trust.closed_settings") as server:
        page = browser.send(server, "POST", address, newer)
        assert page.status_code == 503
        given = fields_of(page)
    with without_database() as server:
        page = browser.send(server, "POST", address, given)
        assert page.status_code == 503
        given = fields_of(page)
        assert unread(given["description_en"]) == unread(WORDS) + "and the end"
    del browser.cookies[settings.SESSION_COOKIE_NAME]
    with web_server() as server:
        page = browser.send(server, "POST", address, given)
        assert page.status_code == 403
        given = fields_of(page)
        assert unread(given["description_en"]) == unread(WORDS) + "and the end"
        assert Pledge.objects.get().description_en == "Before."
        browser.cookies |= signed_in(user).cookies
        assert browser.send(server, "POST", address, given).status_code == 302
    assert unread(Pledge.objects.get().description_en) == unread(WORDS) + "and the end"
