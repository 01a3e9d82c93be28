"""Redis is stopped, for real: pages are served, people sign in within their limits, and mails wait in the database."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import AccountMail, Invitation
from members.sign_in import guesses
from scn_portal.celery import app
from scn_portal.demo import embedded
from tests.factories import PASSWORD, CityFactory, ModeratorFactory, acting_for
from tests.forms import fields_of
from tests.journeys.addresses import BARE, PUBLIC
from tests.real_sign_in import app_of, code_of, sign_in, with_password
from tests.site.test_every_address import READ, user_of, world

pytestmark = pytest.mark.django_db
__all__ = ["world"]


@pytest.fixture
def redis_away(tmp_path, settings, monkeypatch):
    """Cache and queue are those of a Redis that ran, and was stopped; its last answer is “ready”."""
    socket = tmp_path / "redis.sock"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"unix://{socket}"}}
    monkeypatch.setattr(app.conf, "broker_url", f"redis+socket://{socket}")
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    with embedded._redis(tmp_path):
        cache.set("was", "here")


def test_ready_as_long_as_pages_can_be_served(client, redis_away):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "away", "migrations": "ok"})


def test_signing_in_a_new_password_and_their_limits_need_no_redis(client, redis_away, mailoutbox):
    user = acting_for(CityFactory())
    secret = app_of(user)
    assert sign_in(client, user, secret).url == "/en/my-city/"
    new = {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"}
    assert client.post("/en/accounts/password/change/", new).status_code == 302
    for status in (302, 302, 302, 429):
        assert client.post("/en/accounts/password/reset/", {"email": user.email}).status_code == status
    mail = AccountMail.objects.filter(template="account/email/password_reset_key").first()
    link = re.sub("^https?://[^/]+", "", mail.values["password_reset_url"])
    form = client.get(link, follow=True)
    third = {"password1": "a-third-long-password", "password2": "a-third-long-password"}
    assert client.post(form.redirect_chain[-1][0], third).status_code == 302
    asked = with_password(client, user, "a-third-long-password")
    assert client.post(asked.url, {"code": code_of(secret, later=1)}).url == "/en/my-city/"


def test_guesses_are_counted_without_redis(client, redis_away, monkeypatch):
    monkeypatch.setattr(guesses, "PASSWORDS", guesses.PASSWORDS._replace(most=3))
    user = acting_for(CityFactory())
    assert [with_password(client, user, "wrong").status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.django_db(transaction=True)
def test_an_invitation_is_owed_and_its_page_does_not_fail(client, redis_away):
    """With real commits: what is handed to the queue is refused there."""
    city = CityFactory()
    client.force_login(acting_for(city))
    people = f"/en/my-city/{city.slug}/people/"
    form = fields_of(client.get(people)) | {"email": "new@example.org", "role": "editor", "language": "fr"}
    assert client.post(people, form).status_code == 302
    assert Invitation.objects.get().mailed_at is None


@pytest.mark.parametrize(
    "addresses",
    [
        ["/en/", "/fr/villes/", "/en/search/?q=police", "/en/charts/", "/api/v1/cities", "/sitemap.xml"],
        pytest.param([*PUBLIC["en"], *PUBLIC["fr"], *BARE["en"], *BARE["fr"]], marks=pytest.mark.soak),
    ],
    ids=["some", "all"],
)
def test_no_public_page_fails(client, redis_away, addresses):
    assert [path for path in addresses if client.get(path).status_code >= 500] == []


@pytest.mark.parametrize("role", ["focal point", "staff"])
@pytest.mark.soak
def test_no_page_of_somebody_signed_in_fails(client, world, redis_away, role):
    client.force_login(user_of(role, world["row of the city"]))
    for name, (arguments, allowed) in READ.items():
        if role in allowed:
            answer = client.get(reverse(name, args=[world.get(each, each) for each in arguments]))
            if answer.streaming:
                list(answer.streaming_content)  # a file, which is closed at its end
            assert answer.status_code < 500, name


def test_the_desk_and_the_workspace_open(client, redis_away):
    city = CityFactory()
    client.force_login(acting_for(city))
    assert client.get(f"/en/my-city/{city.slug}/").status_code == 200
    client.force_login(ModeratorFactory())
    assert client.get("/en/desk/").status_code == 200
