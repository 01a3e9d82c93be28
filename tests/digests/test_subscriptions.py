"""Asking, confirming, giving up: what each request changes, and what it never tells."""

import datetime as dt

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse

from digests import subscriptions
from digests.models import Consent, Outcome, Subscription
from digests.tasks import send_confirmations
from tests.factories import CityFactory, ConsentFactory, DeliveryFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.django_db

# What the form sends.
SENT = {"email": "anna@example.org", "language": "en", "frequency": "weekly", "scope": "everything"}
NOON = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def ask(email="anna@example.org", language="en", **wanted) -> Subscription:
    subscriptions.subscribe(email=email, language=language, **wanted)
    return Subscription.objects.of_address(email).get()


def answers() -> list:
    """The mails that leave now."""
    outbox.outbox.clear()
    send_confirmations()
    return list(outbox.outbox)


def token_of(subscription: Subscription) -> str:
    """The token of the link that answers the last request."""
    latest = subscription.consents.latest("pk")
    return latest.get_confirm_path().rstrip("/").rpartition("/")[2]


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
    ask(email="ANNA@example.org")
    assert not answers()


def test_an_address_gets_three_answers_an_hour_at_most():
    for frequency, language in [("weekly", "en"), ("weekly", "fr"), ("monthly", "fr"), ("monthly", "en")]:
        ask(frequency=frequency, language=language)
    assert len(answers()) == 3
    assert Consent.objects.count() == 3


def test_each_request_is_kept_as_the_proof():
    CityFactory(slug="montreal")
    subscription = ask(topics=["city:montreal"], frequency="monthly", form="follow")
    consent = subscription.consents.get()
    assert (consent.form, consent.language, consent.frequency) == ("follow", "en", "monthly")
    assert consent.topics == ["city:montreal"]
    assert consent.statement == subscriptions.statement()
    assert (consent.asked_at, consent.confirmed_at) == (NOON, None)
    confirmed(token_of(subscription))
    consent.refresh_from_db()
    assert consent.confirmed_at == NOON


def test_asking_again_after_an_hour_sends_the_link_again(clock):
    ask()
    answers()
    clock.shift(HOUR + dt.timedelta(seconds=1))
    ask()
    (answer,) = answers()
    assert "confirm" in answer.subject


def test_an_active_subscriber_is_told_so_by_mail():
    SubscriptionFactory(email="anna@example.org")
    ask(email="Anna@example.org")
    (answer,) = answers()
    assert answer.subject == "You are already subscribed"
    assert "/newsletter/unsubscribe/" in answer.body
    assert "/newsletter/preferences/" in answer.body


def test_the_answer_says_what_was_asked_for():
    CityFactory(slug="montreal", name_en="Montreal")
    ask(topics=["city:montreal"], frequency="monthly")
    (answer,) = answers()
    assert "* Every month, in English\n* Montreal\n\nThe link works" in answer.body


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


def test_an_older_link_that_is_followed_after_a_newer_one_does_not_undo_its_choices(clock):
    old = token_of(ask(language="en", frequency="weekly"))
    clock.shift(2 * HOUR)
    new = token_of(ask(language="fr", frequency="monthly"))
    subscriptions.confirm(new)
    late = confirmed(old)
    assert (late.language, late.frequency) == ("fr", "monthly")


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


def test_who_is_active_keeps_what_they_follow_and_gets_the_new_topic_too():
    for slug in ("oslo", "montreal"):
        CityFactory(slug=slug)
    SubscriptionFactory(email="anna@example.org", topics=["city:oslo"])
    assert confirmed(token_of(ask(topics=["city:montreal"]))).topics == ["city:montreal", "city:oslo"]


def test_confirming_a_topic_takes_nothing_from_who_gets_everything():
    CityFactory(slug="oslo")
    SubscriptionFactory(email="anna@example.org", topics=[])
    assert confirmed(token_of(ask(topics=["city:oslo"], language="fr"))).topics == []


def test_whoever_comes_back_is_told_nothing_of_the_time_between():
    subscription = SubscriptionFactory(
        email="anna@example.org", unsubscribed_at=NOON - HOUR, last_item_id=5, refusals=2
    )
    back = confirmed(token_of(ask()))
    assert (back.pk, back.last_item_id, back.refusals) == (subscription.pk, None, 0)


# --- preferences, refusals -------------------------------------------------------------------------------------------


def wish(subscription: Subscription, **wanted) -> Subscription:
    wanted = {"language": "en", "frequency": "weekly", "topics": [], "form": "preferences"} | wanted
    subscriptions.set_preferences(subscription, **wanted)
    return Subscription.objects.get()


def test_preferences_hold_at_once_and_are_kept_as_a_consent():
    subscription = SubscriptionFactory(last_item_id=7)
    changed = wish(subscription, language="fr", frequency="monthly", topics=["theme:education", "city:nowhere"])
    assert (changed.language, changed.frequency, changed.last_item_id) == ("fr", "monthly", 7)
    consent = subscription.consents.get()
    assert (consent.form, consent.confirmed_at, consent.mailed_at) == ("preferences", NOON, NOON)
    assert not answers(), "there is nothing to confirm"


@pytest.mark.parametrize("stopped", ["unsubscribed_at", "suspended_at"])
def test_setting_preferences_starts_it_again(stopped):
    assert wish(SubscriptionFactory(**{stopped: NOON - HOUR}, refusals=3)).is_active


def test_looking_at_an_account_keeps_nothing_and_saving_does():
    user = UserFactory(email="Anna@example.org", language="fr")
    subscription = subscriptions.of_account(user)
    assert not Subscription.objects.exists()
    saved = wish(subscription, form="account")
    assert saved.is_active
    assert subscriptions.of_account(user) == saved


def test_the_third_refusal_in_a_row_suspends():
    subscription = SubscriptionFactory()
    for active in (True, True, False):
        subscriptions.record_refusal(subscription)
        subscription.refresh_from_db()
        assert subscription.is_active is active


@pytest.mark.parametrize("stop", [subscriptions.unsubscribe, subscriptions.suspend])
def test_stopping_drops_what_waits(stop):
    delivery = DeliveryFactory()
    stop(delivery.subscription)
    delivery.refresh_from_db()
    assert delivery.outcome == Outcome.DROPPED


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
    response = strict.post("/en/newsletter/", {**SENT, "language": "fr"}, follow=True)
    assert response.redirect_chain == [(reverse("newsletter_sent"), 302)]
    assert Consent.objects.get().language == "fr"


def test_the_page_says_the_same_to_everybody(strict):
    SubscriptionFactory(email="known@example.org")
    SubscriptionFactory(email="left@example.org", unsubscribed_at=NOON - HOUR)
    ConsentFactory(subscription__email="asked@example.org", subscription__confirmed_at=None, asked_at=NOON)
    said = {
        strict.post("/en/newsletter/", {**SENT, "email": f"{who}@example.org"}, follow=True).content
        for who in ("new", "known", "left", "asked")
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"email": "anna"}, "email"),
        ({"email": ""}, "email"),
        ({"language": "de"}, "language"),
        ({"frequency": "hourly"}, "frequency"),
        ({"scope": "chosen"}, "topics"),
        ({"scope": "chosen", "topics": ["city:nowhere"]}, "topics"),
    ],
)
def test_a_fault_is_told_beside_its_field(strict, sent, field):
    response = strict.post("/en/newsletter/", SENT | sent)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in response.content.decode()
    assert not Subscription.objects.exists()


def test_the_confirmation_page(client):
    subscription = ask()
    path = subscription.consents.get().get_confirm_path()
    assert client.head(path).status_code == 405
    assert not Subscription.objects.get().is_active, "a scanner that only looks does not confirm"
    response = client.get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert "anna@example.org" in response.content.decode()
    assert is_free_of_cookies(response)
    assert Subscription.objects.get().is_active


@pytest.mark.parametrize("name", ["newsletter_confirm", "newsletter_unsubscribe", "newsletter_preferences"])
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
    assert '<form method="post"' not in response.content.decode()
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
