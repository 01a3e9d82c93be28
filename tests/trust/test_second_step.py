"""The second step of a sign-in: who must have one, the way to it and back, and how its secrets are kept."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from members.models import LostSecondFactor, Notice, RequiredSecondFactor, User
from members.sign_in import lost_factors, second_factor, seeds
from scn_portal.demo import accounts
from tests.factories import (
    PASSWORD,
    CityFactory,
    ModeratorFactory,
    PledgeFactory,
    UserFactory,
    acting_for,
    staff_for_cities,
)
from tests.forms import fields_of
from tests.real_sign_in import LOGIN, app_of, code_of, sign_in

pytestmark = pytest.mark.django_db
STEP = "/en/account/second-step/"


def with_permission(codename: str) -> User:
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


def by_group(codename: str) -> User:
    user, group = UserFactory(), Group.objects.create(name="Some group")
    group.permissions.add(Permission.objects.get(codename=codename))
    user.groups.add(group)
    return user


STAFF = {
    "a moderator": (ModeratorFactory, "/en/desk/"),
    "the newsletter": (lambda: with_permission("run_newsletter"), "/en/desk/newsletter/"),
    "inviting": (lambda: with_permission("add_invitation"), "people"),
    "the facts of cities": (lambda: with_permission("change_city"), "/en/desk/cities/"),
    "by a group": (lambda: by_group("add_invitation"), "people"),
    "the admin": (lambda: UserFactory(is_staff=True), "/en/admin/"),
    "a superuser": (lambda: UserFactory(is_superuser=True), "/en/desk/"),
}


@pytest.mark.parametrize(("made", "page"), STAFF.values(), ids=STAFF)
def test_staff_open_no_page_of_theirs_without_a_second_step(client, made, page):
    user = made()
    page = f"/en/my-city/{CityFactory().slug}/people/" if page == "people" else page
    assert sign_in(client, user, next_to=page).url == page
    assert client.get(page).url == STEP
    assert client.post(page).url == STEP
    assert "Set up a second step now" in client.get(STEP).text.replace("set up", "Set up")
    # The account itself stays open, or nobody could set one up, or sign out.
    for own in ("/en/accounts/2fa/", "/en/accounts/password/change/", "/en/accounts/email/"):
        assert client.get(own).status_code == 200


def set_up_an_app(client) -> tuple[str, str]:
    """Set an app up, as somebody who has just signed in; its secret, and the page that shows the codes."""
    page = client.get("/en/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    shown = client.post("/en/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert shown.url == "/en/accounts/2fa/recovery-codes/"
    return secret, client.get(shown.url).text


@pytest.mark.django_db(transaction=True)
def test_whoever_createsuperuser_made_signs_in_without_a_mail_sets_one_up_and_goes_on(client, monkeypatch, mailoutbox):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="first@example.org", name="First", interactive=False, stdout=StringIO())
    user = User.objects.get()
    assert sign_in(client, user).url == "/en/desk/"
    assert client.get("/en/desk/figures/?x=1").url == STEP
    _secret, page = set_up_an_app(client)
    codes = re.findall(r"\b\d{8}\b", re.search(r'<ol class="codes">.*?</ol>', page, re.DOTALL)[0])
    assert len(set(codes)) == 10
    assert all(f"{code}%0A" in page for code in codes)  # to download, in the page itself
    assert 'href="/en/desk/figures/?x=1"' in page
    for opened in ("/en/desk/figures/", "/en/admin/"):
        assert client.get(opened).status_code == 200
    again = client.get("/en/accounts/2fa/recovery-codes/").text
    assert not [code for code in codes if code in again]
    assert client.get("/en/accounts/2fa/recovery-codes/download/").status_code == 403
    # A code opens the account once, in the place of the app.
    for status in (302, 200):
        other = Client()
        asked = other.post(LOGIN, {"login": user.email, "password": PASSWORD})
        assert other.post(asked.url, {"code": codes[0]}).status_code == status
    assert mailoutbox == []


def test_a_session_that_began_without_it_gives_it_before_it_opens_the_desk(client):
    user = ModeratorFactory()
    stolen = Client()
    sign_in(stolen, user)
    sign_in(client, user)
    secret, _page = set_up_an_app(client)
    asked = stolen.get("/en/desk/").url
    assert asked == "/en/accounts/2fa/reauthenticate/?next=%2Fen%2Fdesk%2F"
    for page in ("/en/accounts/2fa/totp/deactivate/", "/en/accounts/2fa/webauthn/add/", "/en/accounts/email/"):
        assert stolen.get(page).url.startswith("/en/accounts/2fa/reauthenticate/"), page
    assert stolen.post(asked, {"code": code_of(secret), "next": "/en/desk/"}).url == "/en/desk/"
    assert stolen.get("/en/desk/").status_code == 200


@pytest.mark.parametrize("has_passkey", [False, True])
def test_a_passkey_is_asked_for_of_those_alone_who_have_one(client, monkeypatch, has_passkey):
    moderator = ModeratorFactory()
    app_of(moderator)
    if has_passkey:
        Authenticator.objects.create(user=moderator, type=Authenticator.Type.WEBAUTHN, data={})
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.get_credentials", lambda user: [])
    page = client.get(sign_in(client, moderator).url)
    assert page.status_code == 200
    after_a_wrong_code = client.post(page.request["PATH_INFO"], {"code": "000000"})
    for answer in (page, after_a_wrong_code):
        assert ('id="mfa_webauthn_authenticate"' in answer.text) == has_passkey
        assert ('id="js_data"' in answer.text) == has_passkey


def test_staff_do_not_take_their_last_one_away(client):
    user = ModeratorFactory()
    secret = app_of(user)
    assert sign_in(client, user, secret).url == "/en/desk/"
    client.post("/en/accounts/2fa/totp/deactivate/")
    assert second_factor.has_one(user)
    official = acting_for(CityFactory())
    sign_in(client := Client(), official, app_of(official))
    client.post("/en/accounts/2fa/totp/deactivate/")
    assert not second_factor.has_one(official)


def test_what_was_typed_is_given_back_to_whoever_needs_a_second_step_meanwhile(client):
    city = CityFactory()
    user = acting_for(city)
    sign_in(client, user)
    pledge = PledgeFactory(city=city)
    form = fields_of(client.get(f"/en/my-city/pledges/{pledge.pk}/edit/"))
    RequiredSecondFactor.objects.create(city=city, by=user)
    sent = form | {"title_en": "Words that took an hour"}
    answer = client.post(f"/en/my-city/pledges/{pledge.pk}/edit/", sent, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 403
    assert "Words that took an hour" in answer.text
    assert f'href="{STEP}"' in answer.text


# --- Cities ----------------------------------------------------------------------------------------------------------


def test_focal_points_are_led_to_it_and_may_put_it_off(client, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    city = CityFactory()
    user, editor = acting_for(city), acting_for(city, "editor")
    workspace = f"/en/my-city/{city.slug}/"
    sign_in(client, user)
    assert "Make your account safer" in client.get(workspace).text
    assert client.post("/en/account/second-step/later/").url == "/en/my-city/"
    assert "Make your account safer" not in client.get(workspace).text
    time_machine.move_to("2026-06-04T08:00:00Z", tick=False)
    sign_in(client, user)
    assert "Make your account safer" in client.get(workspace).text
    set_up_an_app(client)
    assert "Make your account safer" not in client.get(workspace).text
    sign_in(other := Client(), editor)
    assert "Make your account safer" not in other.get(workspace).text


def test_a_city_requires_it_of_its_people_and_says_who_and_when(client, time_machine):
    time_machine.move_to("2026-05-04T08:00:00Z", tick=False)
    city = CityFactory(name_en="Testford")
    focal, viewer = acting_for(city, name="Ada of Testford"), acting_for(city, "viewer")
    client.force_login(focal)
    people = f"/en/my-city/{city.slug}/people/"
    assert client.post(f"{people}second-step/", {"on": "1"}).url == people
    assert "Ada of Testford has required it on 4 May 2026" in client.get(people).text
    sign_in(client, viewer)
    sign_in(other := Client(), viewer)
    assert other.get(f"/en/my-city/{city.slug}/").url == STEP
    assert "Testford asks everybody who acts for it for a second step" in other.get(STEP).text
    assert other.get("/en/cities/").status_code == 200
    client.post(f"{people}second-step/", {"off": "1"})
    assert other.get(f"/en/my-city/{city.slug}/").status_code == 200


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_a_focal_point_requires_it(client, role):
    city = CityFactory()
    for user in (acting_for(city, role), staff_for_cities()):
        client.force_login(user)
        assert client.post(f"/en/my-city/{city.slug}/people/second-step/", {"on": "1"}).status_code == 404
    assert not RequiredSecondFactor.objects.exists()


# --- Lost ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lost() -> LostSecondFactor:
    """Asked for by one of the staff, for an official."""
    person = acting_for(CityFactory())
    app_of(person)
    return lost_factors.ask(email=person.email.upper(), reason="We met.", by=ModeratorFactory())


def test_the_way_back_takes_two_of_the_staff_and_is_told(client, lost):
    person, secret = lost.person, Authenticator.objects.get(user=lost.person)
    sign_in(signed_in := Client(), person, seeds.decrypt(secret.data["secret"]))
    assert signed_in.get("/en/my-city/").status_code == 200
    second = ModeratorFactory()
    client.force_login(second)
    page = client.get("/en/desk/staff/second-steps/").text
    assert "We met." in page
    client.post(f"/en/desk/staff/second-steps/{lost.pk}/", {"approve": "1"})
    lost.refresh_from_db()
    assert (lost.decided_by, lost.is_approved) == (second, True)
    assert not Authenticator.objects.filter(user=person).exists()
    assert signed_in.get("/en/my-city/").url.startswith(LOGIN)
    assert list(person.notices.order_by("pk").values_list("kind", flat=True)) == ["factor_asked", "factor_removed"]
    assert sign_in(Client(), person).url == "/en/my-city/"


def test_nobody_decides_alone_or_about_themselves(client, lost):
    with pytest.raises(ValidationError, match="neither who asked, nor the person"):
        lost_factors.decide(lost, approve=True, by=lost.asked_by)
    itself = ModeratorFactory()
    app_of(itself)
    with pytest.raises(ValidationError, match="You cannot ask for yourself"):
        lost_factors.ask(email=itself.email, reason="It is me.", by=itself)
    own = lost_factors.ask(email=itself.email, reason="It is they.", by=ModeratorFactory())
    with pytest.raises(ValidationError, match="neither who asked, nor the person"):
        lost_factors.decide(own, approve=True, by=itself)
    for by in (lost.person, with_permission("moderate_revision")):
        with pytest.raises(PermissionDenied):
            lost_factors.decide(lost, approve=True, by=by)
    assert second_factor.has_one(lost.person)
    assert second_factor.has_one(itself)
    client.force_login(lost.asked_by)
    client.post(f"/en/desk/staff/second-steps/{lost.pk}/", {"approve": "1"})
    assert second_factor.has_one(lost.person)


def test_a_refusal_takes_nothing_away_and_a_second_decision_comes_too_late(lost):
    lost_factors.decide(lost, approve=False, by=ModeratorFactory())
    assert second_factor.has_one(lost.person)
    assert Notice.objects.filter(to=lost.person, kind="factor_kept").exists()
    with pytest.raises(ValidationError, match="Somebody else has decided"):
        lost_factors.decide(lost, approve=True, by=ModeratorFactory())


def test_one_asks_in_the_page_and_only_for_an_account_that_has_one(client):
    person = UserFactory()
    client.force_login(ModeratorFactory())
    page = "/en/desk/staff/second-steps/"
    sent = {"email": person.email, "reason": "We met."}
    assert "No open account" in client.post(page, fields_of(client.get(page)) | sent).text
    app_of(person)
    assert client.post(page, fields_of(client.get(page)) | sent).status_code == 302
    assert "already" in client.post(page, fields_of(client.get(page)) | sent).text
    assert LostSecondFactor.objects.get().reason == "We met."


def test_whoever_runs_the_server_has_a_way_too(lost):
    out = StringIO()
    call_command("remove_second_factor", lost.person.email, reason="Called them.", stdout=out)
    assert not second_factor.has_one(lost.person)
    assert Notice.objects.filter(to=lost.person, kind="factor_removed", by=None).exists()
    with pytest.raises(CommandError, match="No account"):
        call_command("remove_second_factor", lost.person.email, reason="Again.")


# --- Secrets ---------------------------------------------------------------------------------------------------------


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        return cursor.fetchone()[0]


def test_secrets_are_encrypted_in_the_database_and_the_key_can_change(settings):
    user = UserFactory()
    secret = app_of(user)
    codes = RecoveryCodes.activate(user).generate_codes()
    assert secret not in stored()
    before = stored()
    settings.SECOND_FACTOR_KEY_FALLBACKS, settings.SECOND_FACTOR_KEY = [settings.SECOND_FACTOR_KEY], "new" * 20
    assert RecoveryCodes.activate(user).generate_codes() == codes
    call_command("encrypt_second_factors", stdout=(out := StringIO()))
    assert out.getvalue().startswith("2 encrypted")
    assert stored() != before
    settings.SECOND_FACTOR_KEY_FALLBACKS = []
    assert RecoveryCodes.activate(user).generate_codes() == codes
    settings.SECOND_FACTOR_KEY = "lost" * 20
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("encrypt_second_factors")


def test_what_was_stored_before_there_was_a_key_is_read_and_then_encrypted():
    user = UserFactory()
    plain = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    authenticator = Authenticator.objects.create(user=user, type="totp", data={"secret": plain})
    assert authenticator.wrap().validate_code(code_of(plain))
    call_command("encrypt_second_factors", stdout=StringIO())
    assert plain not in stored()
    authenticator.refresh_from_db()
    assert seeds.decrypt(authenticator.data["secret"]) == plain


def test_a_lost_key_is_said_in_words(client, settings):
    user = UserFactory()
    app_of(user)
    settings.SECOND_FACTOR_KEY = "lost" * 20
    asked = client.post(LOGIN, {"login": user.email, "password": PASSWORD})
    answer = client.post(asked.url, {"code": "123456"})
    assert answer.status_code == 200
    assert "cannot be checked" in answer.text


# --- The demo ---------------------------------------------------------------------------------------------------------


def test_the_moderator_of_the_demo_needs_no_phone(client, settings):
    settings.DEMO = True
    for name in ("montreal", "mombasa"):
        CityFactory(name_en=name)
    accounts.create_demo_accounts()
    for _ in range(2):  # twice within the same half minute
        asked = client.post(LOGIN, {"login": accounts.MODERATOR, "password": accounts.PASSWORD})
        code = re.search(r"would show this code now: <strong>(\d{6})</strong>", client.get(asked.url).text)[1]
        assert client.post(asked.url, {"code": code}).url == "/en/desk/"
        assert client.get("/en/desk/").status_code == 200
        client.post("/en/accounts/logout/")
    settings.DEMO = False
    asked = client.post(LOGIN, {"login": accounts.MODERATOR, "password": accounts.PASSWORD})
    assert "would show this code" not in client.get(asked.url).text
    assert reverse("mfa_authenticate") == asked.url
