"""The pages and mails about an account: the portal's own words and name, whom to ask, and what to do next."""

import re

import pytest

from members.tasks import send_account_mails
from tests.factories import CityFactory, UserFactory, acting_for

pytestmark = pytest.mark.django_db

PAGES = ["login/", "password/reset/", "password/reset/done/", "password/reset/key/done/", "signup/", "inactive/"]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_names_no_host_and_says_whom_to_ask(client, settings, language, path):
    page = client.get(f"/{language}/accounts/{path}").text
    main = page.partition("<main")[2].partition("</main>")[0]
    assert "testserver" not in main
    assert settings.CONTACT_EMAIL in main or path == "login/"
    whom = {"en": "the focal point of your city", "fr": "référent de votre ville"}[language]
    assert whom in " ".join(main.split())
    assert not re.search(r"e-mail|\bmail\b", re.sub(r"<[^>]*>", " ", main), re.IGNORECASE)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_after_a_new_password_comes_a_button_to_sign_in(client, language):
    page = client.get(f"/{language}/accounts/password/reset/key/done/").text
    assert re.search(rf'<a class="button" href="/{language}/accounts/login/">', page)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_unknown_address_is_offered_no_sign_up(client, mailoutbox, settings, language):
    client.post(f"/{language}/accounts/password/reset/", {"email": "nobody@example.org"})
    assert send_account_mails() == 1
    (mail,) = mailoutbox
    text = mail.body + mail.alternatives[0][0]
    assert "signup" not in text
    assert {"en": "No account has this address", "fr": "Aucun compte n’a cette adresse"}[language] == mail.subject
    assert settings.CONTACT_EMAIL in mail.body
    assert {"en": "portal of the Strong Cities", "fr": "portail du Strong Cities"}[language] in mail.body


def test_a_key_is_named_after_the_portal(rf):
    from allauth.core import context
    from allauth.mfa.adapter import get_adapter

    with context.request_context(rf.get("/", headers={"host": "localhost"})):
        assert get_adapter().get_public_key_credential_rp_entity()["name"] == "Strong Cities Network"


@pytest.mark.parametrize(("language", "home"), [("en", "my-city"), ("fr", "ma-ville")])
def test_the_guide_is_linked_from_the_pages_of_the_workspace(client, language, home):
    city = CityFactory()
    client.force_login(acting_for(city))
    people = {"en": "people", "fr": "personnes"}[language]
    for path in (f"{home}/", f"{home}/{city.slug}/{people}/"):
        assert f'href="/{language}/guide/"' in client.get(f"/{language}/{path}").text
    assert client.get(f"/{language}/guide/").status_code == 200


def test_a_closed_account_reads_that_it_is_closed(client):
    UserFactory(email="me@example.org", is_active=False)
    page = client.get("/en/accounts/inactive/").text
    assert "This account is closed" in page
