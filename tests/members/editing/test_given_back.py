"""A form whose session ended, or whose token is no longer good, comes back whole; and only to a page of ours."""

import pytest
from django.test import Client

from commitments.models import Pledge
from tests.factories import PASSWORD, CommitmentFactory, ModeratorFactory, PledgeFactory, RevisionFactory, acting_for
from tests.forms import fields_of
from tests.real_sign_in import app_of, code_of

pytestmark = pytest.mark.django_db

OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}
TEXT = "<script>alert(1)</script>\r\n“É” " + "long " * 2_000


@pytest.fixture
def browser():
    """A browser that is checked like any other."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def pledge():
    return PledgeFactory(title_en="A title of the database")


def sign_in(browser, user, app: str = "", later: int = 0) -> None:
    """`app` is the secret of the app, whose code of so many half minutes later is typed."""
    form = fields_of(browser.get("/en/accounts/login/"))
    answer = browser.post("/en/accounts/login/", form | {"login": user.email, "password": PASSWORD})
    if app:
        browser.post(answer.url, fields_of(browser.get(answer.url)) | {"code": code_of(app, later)})


def typed(browser, pledge) -> tuple[str, dict]:
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    form = fields_of(browser.get(address)) | {
        "description_en": TEXT, "title_en": "Mine", "commitment": CommitmentFactory(number=2).pk, "extra": ["a", "b"],
    }  # fmt: skip
    return address, form


def unread(value: str) -> str:
    return value.replace("\r\n", "\n")


def test_an_ended_session_gives_all_back_and_after_signing_in_one_press_saves(browser, pledge):
    user = acting_for(pledge.city)
    sign_in(browser, user)
    address, form = typed(browser, pledge)
    browser.session.flush()
    page = browser.post(address, form, headers=OURS)
    assert (page.status_code, page["Cache-Control"]) == (403, "private, no-store")
    assert "Sign in, in a new tab" in page.text
    assert "<script>alert" not in page.text
    for unknown in ("A title of the database", str(user), user.email, str(pledge.city)):
        assert unknown not in page.text
    given = fields_of(page)
    assert {name: unread(given[name]) for name in ("description_en", "title_en", "commitment")} == {
        "description_en": unread(TEXT), "title_en": "Mine", "commitment": str(form["commitment"]),
    }  # fmt: skip
    assert given["extra"] == ["a", "b"]
    sign_in(browser, user)  # in another tab: the token of the page is no longer good
    assert browser.post(address, given, headers=OURS).status_code == 302
    pledge.refresh_from_db()
    assert (pledge.title_en, pledge.commitment.number) == ("Mine", 2)


def test_a_token_that_is_no_longer_good_gives_all_back(browser, pledge):
    user = acting_for(pledge.city)
    sign_in(browser, user)
    address, form = typed(browser, pledge)
    browser.logout()
    sign_in(browser, user)
    page = browser.post(address, form, headers=OURS)
    assert page.status_code == 403
    assert "Press “Save again”." in page.text
    assert browser.post(address, fields_of(page), headers=OURS).status_code == 302
    assert Pledge.objects.get().title_en == "Mine"


def test_whoever_signs_in_as_somebody_else_saves_nothing_in_their_name(browser, pledge):
    sign_in(browser, acting_for(pledge.city))
    address, form = typed(browser, pledge)
    browser.session.flush()
    given = fields_of(browser.post(address, form, headers=OURS))
    sign_in(browser, acting_for(pledge.city))
    page = browser.post(address, given, headers=OURS)
    assert "another account" in page.text
    page = browser.post(address, fields_of(page), headers=OURS)
    assert (page.status_code, fields_of(page)["title_en"]) == (403, "Mine")
    assert Pledge.objects.get().title_en == "A title of the database"


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, {"Origin": "https://evil.example"}]
)
def test_another_site_gets_nothing_back(browser, pledge, headers):
    sign_in(browser, acting_for(pledge.city))
    address, form = typed(browser, pledge)
    given = fields_of(browser.post(address, form | {"csrfmiddlewaretoken": "x" * 32}, headers=OURS))
    for sent in (form | {"csrfmiddlewaretoken": "x" * 32}, given | {"csrfmiddlewaretoken": "x" * 32}):
        page = browser.post(address, sent, headers=headers)
        assert page.status_code == 403
        assert "Mine" not in page.text
    assert Pledge.objects.get().title_en == "A title of the database"


def test_the_proof_of_one_form_is_of_no_use_for_another_address(browser, pledge):
    sign_in(browser, acting_for(pledge.city))
    address, form = typed(browser, pledge)
    given = fields_of(browser.post(address, form | {"csrfmiddlewaretoken": "x" * 32}, headers=OURS))
    given["csrfmiddlewaretoken"] = "x" * 32
    assert browser.post(f"/en/my-city/pledges/{pledge.pk}/report/", given, headers=OURS).status_code == 403
    assert browser.post(address, given | {"again": "forged"}, headers=OURS).status_code == 403
    assert browser.post(address, given, headers=OURS).status_code == 302


def test_a_form_that_is_none_of_these_is_answered_as_before(browser, pledge):
    assert browser.post("/en/accounts/login/", {"login": "typed"}, headers=OURS).status_code == 403
    assert "typed" not in browser.post("/en/accounts/login/", {"login": "typed"}, headers=OURS).text
    signed_out = Client().post(f"/en/my-city/pledges/{pledge.pk}/edit/", {"title_en": "Mine"}, headers=OURS)
    assert signed_out.status_code == 302


def test_a_decision_is_given_back_with_its_reason(browser):
    revision = RevisionFactory(status="submitted")
    moderator = ModeratorFactory()
    app = app_of(moderator)
    sign_in(browser, moderator, app)
    desk = f"/en/desk/{revision.pk}/decide/send_back/"
    form = fields_of(browser.get(desk)) | {"reason": TEXT}
    browser.session.flush()
    given = fields_of(browser.post(desk, form, headers=OURS))
    assert unread(given["reason"]) == unread(TEXT)
    sign_in(browser, moderator, app, later=1)
    assert browser.post(desk, given, headers=OURS).status_code == 302
    revision.refresh_from_db()
    assert revision.status == "sent_back"


def test_signing_out_empties_what_the_browser_keeps_of_pages(client, pledge):
    client.force_login(acting_for(pledge.city))
    assert client.post("/en/accounts/logout/")["Clear-Site-Data"] == '"cache"'
    assert 'autocomplete="off"' in open_form(client, pledge)


def open_form(client, pledge) -> str:
    client.force_login(acting_for(pledge.city))
    return client.get(f"/en/my-city/pledges/{pledge.pk}/edit/").text
