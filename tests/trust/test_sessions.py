"""How long a session lasts, which acts ask for the password again, and the one door for passwords."""

import re
import time

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.models import AccountMail, Invitation
from members.sign_in import session_ends
from tests.factories import PASSWORD, CityFactory, ModeratorFactory, PledgeFactory, UserFactory, acting_for
from tests.forms import fields_of
from tests.real_sign_in import LOGIN, app_of, sign_in, with_password

pytestmark = pytest.mark.django_db
AGAIN = "/en/accounts/reauthenticate/"


@pytest.fixture
def clock(time_machine):
    """`clock(hours)` moves the time on by so many hours, from a day in May."""
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    return lambda hours: time_machine.shift(hours * 3600)


# --- The end of a session --------------------------------------------------------------------------------------------


def test_a_session_of_the_staff_ends_after_eight_hours_however_much_it_is_used(client, clock):
    user = ModeratorFactory()
    sign_in(client, user, app_of(user))
    for hours in (3, 3, 1.9):
        clock(hours)
        assert client.get("/en/desk/").status_code == 200
    clock(0.2)
    answer = client.get("/en/desk/")
    assert answer.url == f"{LOGIN}?next=/en/desk/&ended=1"
    assert "Your session has ended" in client.get(answer.url).text
    assert "Your session has ended" not in client.get(LOGIN).text


def test_a_session_of_an_official_ends_after_twelve_hours_without_use(client, clock):
    sign_in(client, acting_for(CityFactory()))
    for hours in (11.9, 11.9):
        clock(hours)
        assert client.get("/en/my-city/").status_code == 200
    clock(12.1)
    assert client.get("/en/my-city/").url == f"{LOGIN}?next=/en/my-city/&ended=1"


def test_a_session_of_an_official_ends_after_fourteen_days(client, clock):
    user = acting_for(CityFactory())
    client.post(LOGIN, {"login": user.email, "password": PASSWORD, "remember": "on"})
    used = client.session
    clock(14 * 24 - 1)
    used[session_ends.SEEN] = int(time.time()) - 3600  # it was used all the time
    used.save()
    assert client.get("/en/my-city/").status_code == 200
    clock(1.1)
    assert "ended=1" in client.get("/en/my-city/").url


def test_what_was_typed_when_a_session_ended_is_given_back(client, clock):
    city = CityFactory()
    sign_in(client, acting_for(city))
    address = f"/en/my-city/pledges/{PledgeFactory(city=city).pk}/edit/"
    form = fields_of(client.get(address)) | {"title_en": "Words that took an hour"}
    clock(13)
    answer = client.post(address, form, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 403
    assert "Words that took an hour" in answer.text
    assert "Your session has ended" in answer.text


def test_public_pages_ask_for_no_session_and_no_query_about_it(client, clock):
    sign_in(client, ModeratorFactory())
    clock(9)
    stranger = Client()
    for path in ("/en/about/", "/en/declaration/"):
        stranger.get(path)  # what a process remembers
        with CaptureQueriesContext(connection) as told:
            answer = client.get(path)
        assert not [query for query in told.captured_queries if re.search("session|members_user", query["sql"])]
        assert "Cookie" not in answer.get("Vary", "")
        assert "sessionid" not in answer.cookies


def test_a_page_in_use_writes_its_session_now_and_then(client, clock):
    sign_in(client, UserFactory())
    before = client.session[session_ends.SEEN]
    clock(0.05)
    client.get("/en/my-city/")
    assert client.session[session_ends.SEEN] == before
    clock(0.05)
    client.get("/en/my-city/")
    assert client.session[session_ends.SEEN] > before


def test_a_session_from_before_there_was_an_end_begins_now(client, clock):
    user = acting_for(CityFactory())
    sign_in(client, user)
    session = client.session
    for name in (session_ends.SIGNED_IN, session_ends.SEEN):
        del session[name]
    session.save()
    assert client.get("/en/my-city/").status_code == 200
    clock(12.1)
    assert "ended=1" in client.get("/en/my-city/").url


# --- Asked again -----------------------------------------------------------------------------------------------------


def answered_again(client, asked, password: str = PASSWORD):
    """The answer once the password was given again."""
    assert asked.url.startswith(AGAIN), asked.url
    form = fields_of(client.get(asked.url))
    return client.post(AGAIN, form | {"password": password})


def test_publishing_asks_again_after_a_quarter_of_an_hour_and_is_then_done(client, clock):
    city = CityFactory()
    sign_in(client, acting_for(city))
    first, second = PledgeFactory(city=city, published_at=None), PledgeFactory(city=city, published_at=None)
    clock(0.24)
    page = f"/en/my-city/pledges/{first.pk}/publish/"
    assert client.post(page, fields_of(client.get(page))).url == f"/en/my-city/pledges/{first.pk}/"
    clock(0.02)
    page = f"/en/my-city/pledges/{second.pk}/publish/"
    asked = client.post(page, fields_of(client.get(page)))
    assert not city.pledges.filter(pk=second.pk, published_at__isnull=False).exists()
    wrong = answered_again(client, asked, "wrong")
    assert wrong.status_code == 200
    done = answered_again(client, asked)
    assert done.url == f"/en/my-city/pledges/{second.pk}/"
    second.refresh_from_db()
    assert second.published_at


def test_inviting_asks_again_and_keeps_what_was_typed(client, clock):
    city = CityFactory()
    sign_in(client, acting_for(city))
    clock(0.3)
    people = f"/en/my-city/{city.slug}/people/"
    form = fields_of(client.get(people)) | {"email": "new@example.org", "role": "editor", "language": "fr"}
    asked = client.post(people, form)
    assert not Invitation.objects.exists()
    assert answered_again(client, asked).url == people
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.language) == ("new@example.org", "editor", "fr")
    # Asked a moment ago: not again.
    assert client.post(f"/en/my-city/invitations/{invitation.pk}/again/").url == people


def test_changing_a_role_asks_again_and_an_answer_with_an_error_is_sent_on_to_its_own_address(client, clock):
    city = CityFactory()
    last = acting_for(city)
    membership = acting_for(city, "editor").memberships.get()
    sign_in(client, last)
    clock(0.3)
    page = f"/en/my-city/people/{membership.pk}/role/"
    asked = client.post(page, {"role": "viewer", "reason": ""})
    membership.refresh_from_db()
    assert membership.role == "editor"
    assert answered_again(client, asked).url == f"/en/my-city/{city.slug}/people/"
    membership.refresh_from_db()
    assert membership.role == "viewer"
    clock(0.3)
    own = f"/en/my-city/people/{last.memberships.get().pk}/role/"
    refused = answered_again(client, client.post(own, {"role": "viewer", "reason": ""}))
    assert refused.status_code == 200
    assert "would be left without a focal point" in refused.text
    assert f'action="{own}"' in refused.text


def test_sending_an_issue_and_a_role_in_the_admin_ask_again(client, clock):
    user = ModeratorFactory(is_staff=True, is_superuser=True)
    sign_in(client, user, app_of(user))
    clock(0.3)
    page = "/en/desk/newsletter/weekly/send/"
    assert client.post(page).url.startswith(AGAIN)
    colleague = UserFactory()
    page = f"/en/admin/members/user/{colleague.pk}/change/"
    sent = {"name": "Somebody", "language": "en", "time_zone": "UTC", "is_active": "on", "is_staff": "on"}
    sent |= {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    asked = client.post(page, fields_of(client.get(page)) | sent)
    colleague.refresh_from_db()
    assert not colleague.is_staff
    assert answered_again(client, asked).status_code == 302
    colleague.refresh_from_db()
    assert colleague.is_staff


# --- One door --------------------------------------------------------------------------------------------------------


def test_the_admin_has_no_door_of_its_own(client):
    user = ModeratorFactory(is_staff=True, is_superuser=True)
    assert client.get("/en/admin/login/?next=/en/admin/").url == f"{LOGIN}?next=%2Fen%2Fadmin%2F"
    form = {"username": user.email, "password": PASSWORD}
    assert client.post("/en/admin/login/", form).url.startswith(LOGIN)
    assert "sessionid" not in client.cookies
    sign_in(client, user, app_of(user))
    assert client.post("/en/admin/login/", form).url == "/en/admin/"
    assert client.get("/en/admin/password_change/").url == "/en/accounts/password/change/"
    new = {"old_password": PASSWORD, "new_password1": "another-long-one", "new_password2": "another-long-one"}
    assert client.post("/en/admin/password_change/", new).url == "/en/accounts/password/change/"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert client.get(f"/en/admin/members/user/{user.pk}/password/").status_code in (302, 404)
    assert "mfa" not in client.get("/en/admin/").text  # nor do second steps change there


def test_an_official_in_the_admin_is_refused_and_not_sent_round(client):
    sign_in(client, acting_for(CityFactory()))
    answer = client.get("/en/admin/", follow=True)
    assert answer.status_code == 403


def test_a_new_password_ends_the_other_sessions_and_is_told(client, django_capture_on_commit_callbacks):
    user = acting_for(CityFactory())
    sign_in(other := Client(), user)
    sign_in(client, user)
    new = {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"}
    assert client.post("/en/accounts/password/change/", new).status_code == 302
    assert other.get("/en/my-city/").url.startswith(LOGIN)
    assert AccountMail.objects.filter(template="account/email/password_changed", email=user.email).exists()
    assert with_password(Client(), user).status_code == 200
    assert with_password(Client(), user, "another-long-password").status_code == 302
    assert UserSession.objects.filter(user=user).count() == 1
    assert django_settings.ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE
