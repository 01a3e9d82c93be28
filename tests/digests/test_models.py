"""The database itself refuses what must not be."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from digests.models import Delivery, Subscription
from tests.factories import SOME_DAY, DeliveryFactory, IssueFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(days=7)


def refused(constraint: str):
    return pytest.raises(IntegrityError, match=constraint)


def test_an_address_subscribes_once_whatever_its_case():
    SubscriptionFactory(email="anna@example.org")
    with refused("subscription_email_once"):
        SubscriptionFactory(email="Anna@Example.org")


def test_only_a_confirmed_subscription_ends():
    with refused("subscription_confirmed_before_it_ends"):
        SubscriptionFactory(confirmed_at=None, unsubscribed_at=SOME_DAY)


@pytest.mark.parametrize("field", ["language", "asked_language"])
def test_the_language_is_one_of_ours(field):
    with refused("subscription_language_known"):
        SubscriptionFactory(**{field: "de"})


def test_the_frequency_is_one_of_ours():
    with refused("subscription_frequency_known"), transaction.atomic():
        SubscriptionFactory(frequency="hourly")
    with refused("issue_frequency_known"):
        IssueFactory(frequency="hourly")


def test_a_period_ends_after_it_starts():
    with refused("issue_ends_after_it_starts"):
        IssueFactory(starts_at=SOME_DAY, ends_at=SOME_DAY)


def test_periods_may_touch():
    IssueFactory(starts_at=SOME_DAY, ends_at=SOME_DAY + WEEK)
    IssueFactory(starts_at=SOME_DAY + WEEK, ends_at=SOME_DAY + 2 * WEEK)


def test_periods_never_overlap():
    IssueFactory(starts_at=SOME_DAY, ends_at=SOME_DAY + WEEK)
    with refused("issue_periods_apart"):
        IssueFactory(starts_at=SOME_DAY + WEEK - dt.timedelta(microseconds=1), ends_at=SOME_DAY + 2 * WEEK)


def test_an_issue_goes_to_a_subscriber_once():
    delivery = DeliveryFactory()
    with refused("delivery_once"):
        DeliveryFactory(issue=delivery.issue, subscription=delivery.subscription)


def test_a_message_id_is_given_once_and_never_empty():
    delivery = DeliveryFactory()
    with refused("message_id"), transaction.atomic():
        DeliveryFactory(message_id=delivery.message_id)
    with refused("delivery_has_a_message_id"):
        DeliveryFactory(message_id="")


def test_erasing_an_address_erases_the_record_of_its_mails():
    DeliveryFactory().subscription.delete()
    assert not Delivery.objects.exists()


def test_an_address_is_found_in_any_case():
    anna = SubscriptionFactory(email="Anna@example.org")
    assert Subscription.objects.of_address("aNNa@Example.ORG").get() == anna


@pytest.mark.parametrize(
    ("fields", "active"),
    [
        ({}, True),
        ({"confirmed_at": None}, False),
        ({"unsubscribed_at": SOME_DAY}, False),
    ],
)
def test_active_means_confirmed_and_not_given_up(fields, active):
    subscription = SubscriptionFactory(**fields)
    assert subscription.is_active is active
    assert Subscription.objects.active().filter(pk=subscription.pk).exists() is active
