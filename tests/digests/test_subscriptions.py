"""Asking, confirming, giving up: what each request changes, and what it never tells."""

import datetime as dt

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse

from digests import subscriptions
from digests.models import Subscription
from digests.tasks import send_confirmations
from tests.factories import SubscriptionFactory

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    """The worker is called by hand here."""
    monkeypatch.setattr(send_confirmations, "delay", lambda: None)


def ask(email="anna@example.org", language="en") -> Subscription:
    subscriptions.subscribe(email=email, language=language)
    return Subscription.objects.of_address(email).get()


def answers() -> list:
    """The mails that leave now."""
    outbox.outbox.clear()
    send_confirmations()
    return list(outbox.outbox)


def token_of(subscription: Subscription) -> str:
    return subscription.get_confirm_path().rstrip("/").rpartition("/")[2]


def confirmed(token: str) -> Subscription:
    """The subscription that following a link confirms, where the link must work."""
    subscription = subscriptions.confirm(token)
    assert subscription
    return subscription


# --- asking ----------------------------------------------------------------------------------------------------------


def test_a_new_address_gets_a_link_and_nothing_else_yet():
    subscription = ask(language="fr")
    assert not subscription.is_active
    (answer,) = answers()
    assert answer.to == ["anna@example.org"]
    assert answer.extra_headers["Content-Language"] == "fr"
    assert token_of(subscription) in answer.body
    assert not answers(), "one answer a request"


def test_asking_again_within_the_hour_sends_nothing(clock):
    ask()
    answers()
    clock.shift(HOUR - dt.timedelta(seconds=1))
    ask(email="ANNA@example.org", language="fr")
    assert not answers()


def test_asking_again_after_an_hour_sends_the_link_again(clock):
    ask()
    answers()
    clock.shift(HOUR)
    ask()
    (answer,) = answers()
    assert "confirm" in answer.subject


def test_an_active_subscriber_is_told_so_by_mail():
    SubscriptionFactory(email="anna@example.org")
    ask(email="Anna@example.org")
    (answer,) = answers()
    assert answer.subject == "You are already subscribed"
    assert "/newsletter/unsubscribe/" in answer.body


def test_another_language_waits_for_its_confirmation():
    SubscriptionFactory(email="anna@example.org", language="fr")
    subscription = ask(language="en")
    assert subscription.language == "fr"
    (answer,) = answers()
    assert "/newsletter/confirm/" in answer.body
    assert answer.extra_headers["Content-Language"] == "en"
    assert confirmed(token_of(subscription)).language == "en"


def test_whoever_left_gets_a_link_to_come_back(clock):
    SubscriptionFactory(email="anna@example.org", unsubscribed_at=NOON - HOUR)
    subscription = ask()
    assert not subscription.is_active
    (answer,) = answers()
    assert "/newsletter/confirm/" in answer.body
    assert confirmed(token_of(subscription)).is_active


def test_leaving_before_the_answer_is_sent_leaves_it_unsent(clock):
    SubscriptionFactory(email="anna@example.org")
    subscription = ask()
    clock.shift(HOUR)
    subscriptions.unsubscribe(subscription)
    assert not answers()


# --- confirming ------------------------------------------------------------------------------------------------------


def test_following_the_link_confirms_and_again_changes_nothing(clock):
    token = token_of(ask())
    assert confirmed(token).confirmed_at == NOON
    clock.shift(HOUR)
    assert confirmed(token).confirmed_at == NOON


def test_a_link_lasts_a_week(clock):
    token = token_of(ask())
    clock.shift(subscriptions.LINK_LIFETIME + dt.timedelta(seconds=1))
    assert subscriptions.confirm(token) is None


def test_an_old_link_does_not_bring_back_who_left(clock):
    subscription = ask()
    token = token_of(subscription)
    subscriptions.confirm(token)
    clock.shift(HOUR)
    subscriptions.unsubscribe(subscription)
    assert subscriptions.confirm(token) is None
    assert not Subscription.objects.active().exists()


def test_an_old_link_does_not_undo_a_newer_choice_of_language(clock):
    old = token_of(ask(language="en"))
    subscriptions.confirm(old)
    clock.shift(2 * HOUR)
    subscriptions.confirm(token_of(ask(language="fr")))
    assert confirmed(old).language == "fr"


@pytest.mark.parametrize("forge", [lambda token: token[:-1], lambda token: "x" + token, lambda token: "nonsense"])
def test_a_forged_token_confirms_nothing(forge):
    token = token_of(ask())
    assert subscriptions.confirm(forge(token)) is None
    assert not Subscription.objects.active().exists()


def test_an_unsubscribe_token_confirms_nothing():
    subscription = ask()
    assert subscriptions.confirm(subscription.get_unsubscribe_path().split("/")[-2]) is None


def test_the_link_of_an_erased_address_confirms_nothing():
    subscription = ask()
    token = token_of(subscription)
    subscription.delete()
    assert subscriptions.confirm(token) is None


# --- the pages -------------------------------------------------------------------------------------------------------


def is_free_of_cookies(response) -> bool:
    return not response.cookies and "Cookie" not in response.get("Vary", "")


@pytest.fixture
def strict() -> Client:
    """A client as a browser without cookies is: no CSRF token to show."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize(("path", "language"), [("/en/newsletter/", "en"), ("/fr/infolettre/", "fr")])
def test_the_page_offers_its_own_language(client, path, language):
    response = client.get(path)
    assert response.status_code == 200
    assert response.context["form"]["language"].value() == language
    assert is_free_of_cookies(response)
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_asking_leads_to_the_page_that_says_what_happens_next(strict):
    response = strict.post("/en/newsletter/", {"email": "anna@example.org", "language": "fr"}, follow=True)
    assert response.redirect_chain == [(reverse("newsletter_sent"), 302)]
    assert Subscription.objects.get().language == "fr"


def test_the_page_says_the_same_to_everybody(strict):
    SubscriptionFactory(email="known@example.org")
    SubscriptionFactory(email="left@example.org", unsubscribed_at=NOON - HOUR)
    SubscriptionFactory(email="asked@example.org", confirmed_at=None, asked_at=NOON)
    said = {
        strict.post("/en/newsletter/", {"email": f"{who}@example.org", "language": "en"}, follow=True).content
        for who in ("new", "known", "left", "asked")
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"email": "anna", "language": "en"}, "email"),
        ({"email": "", "language": "en"}, "email"),
        ({"email": "a@example.org", "language": "de"}, "language"),
    ],
)
def test_a_fault_is_told_beside_its_field(strict, sent, field):
    response = strict.post("/en/newsletter/", sent)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in response.content.decode()
    assert not Subscription.objects.exists()


def test_the_confirmation_page(client):
    subscription = ask()
    path = subscription.get_confirm_path()
    assert client.head(path).status_code == 405
    assert not Subscription.objects.get().is_active, "a scanner that only looks does not confirm"
    response = client.get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert "anna@example.org" in response.content.decode()
    assert is_free_of_cookies(response)
    assert Subscription.objects.get().is_active


@pytest.mark.parametrize("name", ["newsletter_confirm", "newsletter_unsubscribe"])
def test_a_bad_link_meets_a_page_that_helps(client, name):
    response = client.get(reverse(name, args=["nonsense"]))
    assert response.status_code == 410
    assert reverse("newsletter") in response.content.decode()


def test_opening_the_unsubscribe_link_only_asks(client):
    subscription = SubscriptionFactory()
    response = client.get(subscription.get_unsubscribe_path())
    assert '<form method="post">' in response.content.decode()
    assert is_free_of_cookies(response)
    subscription.refresh_from_db()
    assert subscription.is_active


def test_the_button_unsubscribes(strict):
    subscription = SubscriptionFactory()
    response = strict.post(subscription.get_unsubscribe_path())
    assert response.status_code == 200
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    assert main
    assert "<form" not in main
    subscription.refresh_from_db()
    assert subscription.unsubscribed_at == NOON


def test_a_mail_program_unsubscribes_in_one_click(strict, clock):
    """RFC 8058: no cookie, no referrer, no redirect, and doing it twice is as once."""
    subscription = SubscriptionFactory()
    for _click in range(2):
        response = strict.post(subscription.get_unsubscribe_path(), {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        clock.shift(HOUR)
    subscription.refresh_from_db()
    assert subscription.unsubscribed_at == NOON


def test_an_unconfirmed_address_has_nothing_to_unsubscribe(strict):
    subscription = SubscriptionFactory(confirmed_at=None)
    assert strict.post(subscription.get_unsubscribe_path()).status_code == 200
    subscription.refresh_from_db()
    assert subscription.unsubscribed_at is None


# --- the words of a queryset -----------------------------------------------------------------------------------------


def test_an_address_is_found_in_any_case():
    anna = SubscriptionFactory(email="Anna@example.org")
    assert Subscription.objects.of_address("aNNa@Example.ORG").get() == anna


@pytest.mark.parametrize(
    ("fields", "active"), [({}, True), ({"confirmed_at": None}, False), ({"unsubscribed_at": NOON}, False)]
)
def test_active_means_confirmed_and_not_given_up(fields, active):
    subscription = SubscriptionFactory(**fields)
    assert subscription.is_active is active
    assert Subscription.objects.active().filter(pk=subscription.pk).exists() is active
