"""People: logging in, a forgotten password, and what somebody without a city meets."""

import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from members.models import User
from members.tasks import send_account_mails
from tests.factories import PASSWORD, CityFactory, ModeratorFactory, UserFactory, acting_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["me@example.org", "ME@EXAMPLE.ORG", "Me@Example.org"])
def test_logging_in_by_address_in_whatever_case(client, typed):
    acting_for(CityFactory(), email="me@example.org")
    response = client.post("/en/accounts/login/", {"login": typed, "password": PASSWORD})
    assert (response.status_code, response.url) == (302, "/en/my-city/")
    assert client.get("/en/my-city/").context["user"].email == "me@example.org"


@pytest.mark.parametrize(
    ("login", "password"),
    [("me@example.org", "wrong-password"), ("nobody@example.org", PASSWORD), ("", ""), ("\0", "\0")],
)
def test_a_wrong_address_or_password_lets_nobody_in(client, login, password):
    UserFactory(email="me@example.org")
    response = client.post("/en/accounts/login/", {"login": login, "password": password})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert "sessionid" not in client.cookies


def test_somebody_made_inactive_cannot_log_in(client):
    UserFactory(email="me@example.org", is_active=False)
    client.post("/en/accounts/login/", {"login": "me@example.org", "password": PASSWORD})
    assert client.get("/en/my-city/").status_code == 302


@pytest.mark.parametrize(
    ("language", "subject", "greeting"),
    [("fr", "Choisir un nouveau mot de passe", "Bonjour"), ("en", "Choose a new password", "Hello")],
)
def test_a_forgotten_password_is_reset_by_a_mail_in_the_language_of_its_reader(
    client, mailoutbox, language, subject, greeting
):
    UserFactory(email="me@example.org", language=language)
    # Asked for on a page in the other language: the mail follows the person, not the page.
    page = "fr" if language == "en" else "en"
    assert client.post(f"/{page}/accounts/password/reset/", {"email": "Me@Example.org"}).status_code == 302
    send_account_mails()
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["me@example.org"], subject)
    assert greeting in mail.body
    assert mail.extra_headers["Content-Language"] == language

    path = re.search(r"http://[^/\s]+(/\w\w/accounts/password/reset/key/[^\s>]+)", mail.body)[1]
    form = client.get(path, follow=True)
    action = form.redirect_chain[-1][0]
    new = {"password1": "another-long-password", "password2": "another-long-password"}
    assert client.post(action, new).status_code == 302
    client.logout()
    login = {"login": "me@example.org", "password": "another-long-password"}
    assert client.post("/en/accounts/login/", login).status_code == 302
    client.logout()
    assert client.get(path, follow=True).context.get("token_fail") is True


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("Strong-Cities-2025!", False), ("melbourne-2018", False), ("qwertyuiop123", False), ("elevenchars", False),
        ("Amina Diallo 12", False),
        ("strong horses of 3 cities", True), ("84719203847561", True), ("melbourne-4x9tq7wz", True),
    ],
)  # fmt: skip
def test_a_new_password_is_none_that_is_tried_first(password, is_taken):
    try:
        validate_password(password, User(email="amina@ville.example", name="Amina Diallo"))
    except ValidationError:
        assert not is_taken
    else:
        assert is_taken


def test_an_unknown_address_gets_the_same_answer_as_a_known_one(client, mailoutbox):
    UserFactory(email="me@example.org")
    answers = {
        (response.status_code, response.url)
        for address in ("me@example.org", "nobody@example.org")
        for response in [client.post("/en/accounts/password/reset/", {"email": address})]
    }
    assert len(answers) == 1


@pytest.mark.parametrize("language", ["en", "fr"])
def test_somebody_without_a_city_meets_an_explanation(client, language):
    client.force_login(UserFactory(language=language))
    response = client.get({"en": "/en/my-city/", "fr": "/fr/ma-ville/"}[language])
    assert response.status_code == 200
    assert "site/cities/my_cities.html" in [template.name for template in response.templates]
    explanation = {
        "en": "Your account does not act for a city yet.",
        "fr": "Votre compte n’agit encore pour aucune ville.",
    }
    assert explanation[language] in response.text


def test_whoever_acts_for_several_cities_chooses(client):
    first, second = CityFactory(name_en="Alphaford"), CityFactory(name_en="Betaford")
    user = acting_for(first)
    user.memberships.create(city=second, role="viewer")
    client.force_login(user)
    assert list(client.get("/en/my-city/").context["cities"]) == [first, second]
    assert client.get("/en/my-city/betaford/").context["city"] == second


@pytest.mark.parametrize("role", ["focal_point", "editor", "viewer"])
def test_the_workspace_of_a_city_opens_to_whoever_acts_for_it(client, role):
    city = CityFactory()
    client.force_login(acting_for(city, role))
    assert client.get(f"/en/my-city/{city.slug}/").status_code == 200
    assert client.get(f"/en/my-city/{CityFactory().slug}/").status_code == 404


def test_a_moderator_has_no_door_to_a_workspace(client):
    city = CityFactory()
    client.force_login(ModeratorFactory())
    assert client.get(f"/en/my-city/{city.slug}/").status_code == 404


@pytest.mark.parametrize("path", ["/en/my-city/", "/fr/ma-ville/", "/en/desk/", "/fr/bureau/"])
def test_closed_pages_send_the_reader_to_log_in_and_back(client, path):
    response = client.get(path)
    assert (response.status_code, response.url) == (302, f"/{path[1:3]}/accounts/login/?next={path}")


def test_times_are_shown_in_the_zone_of_the_reader(client, time_machine):
    time_machine.move_to("2026-05-04T22:30:00Z", tick=False)
    city = CityFactory()
    client.force_login(acting_for(city, time_zone="Africa/Nairobi"))
    invited = {"email": "new@example.org", "role": "viewer", "language": "en"}
    client.post(f"/en/my-city/{city.slug}/people/", invited)
    # Two weeks later, when it is already the 19th in Nairobi.
    assert "open until 19 May 2026" in client.get(f"/en/my-city/{city.slug}/people/").text
