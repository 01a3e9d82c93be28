"""The database itself refuses a subscription, an issue or a delivery that must not be."""

import datetime as dt

import pytest

from digests.models import Delivery, Item, NextIssue
from scn_portal.base.mail import MAX_ATTEMPTS
from tests.database import constraints_of, refused_by
from tests.factories import (
    SOME_DAY,
    CityFactory,
    ConsentFactory,
    DeliveryFactory,
    IssueFactory,
    PledgeFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db

INSTANT = dt.timedelta(microseconds=1)


def member() -> Item:
    """A city that is new."""
    return Item.objects.create(kind="member", city=CityFactory(), happened_at=SOME_DAY)


def upcoming() -> NextIssue:
    return NextIssue.objects.create(frequency="weekly")


# The constraint, a factory of sound rows, and an .update() of one that must not pass.
BROKEN = [
    ("subscription_confirmed_before_it_ends", SubscriptionFactory, {"confirmed_at": None, "unsubscribed_at": SOME_DAY}),
    ("subscription_language_known", SubscriptionFactory, {"language": "de"}),
    ("subscription_frequency_known", SubscriptionFactory, {"frequency": "hourly"}),
    ("issue_ends_after_it_starts", IssueFactory, {"starts_at": SOME_DAY, "ends_at": SOME_DAY}),
    ("issue_frequency_known", IssueFactory, {"frequency": "hourly"}),
    ("issue_tells_something", IssueFactory, {"items_from": 5, "items_until": 5}),
    ("consent_says_what_to", ConsentFactory, {"statement": ""}),
    ("consent_language_known", ConsentFactory, {"language": "de"}),
    ("consent_form_known", ConsentFactory, {"form": "paper"}),
    ("consent_frequency_known", ConsentFactory, {"frequency": "hourly"}),
    ("item_is_about_what_its_kind_says", member, {"kind": "practice"}),
    ("next_issue_paused_by_someone", upcoming, {"paused_at": SOME_DAY}),
    ("next_issue_frequency_known", upcoming, {"frequency": "hourly"}),
    ("delivery_sent_has_a_time", DeliveryFactory, {"outcome": "sent"}),
    ("delivery_sent_has_a_time", DeliveryFactory, {"mailed_at": SOME_DAY}),
    ("delivery_given_up_is_settled", DeliveryFactory, {"mail_attempts": MAX_ATTEMPTS}),
    ("delivery_has_a_message_id", DeliveryFactory, {"message_id": ""}),
]


@pytest.mark.parametrize(("name", "factory", "change"), BROKEN)
def test_the_database_refuses(name, factory, change):
    row = factory()
    with refused_by(name):
        type(row)._base_manager.filter(pk=row.pk).update(**change)


def test_an_address_subscribes_once_whatever_its_case():
    SubscriptionFactory(email="anna@example.org")
    with refused_by("subscription_email_once"):
        SubscriptionFactory(email="Anna@Example.org")


def test_periods_may_touch_and_never_overlap():
    first = IssueFactory()
    IssueFactory(starts_at=first.ends_at)
    with refused_by("issue_periods_apart"):
        IssueFactory(starts_at=first.starts_at - INSTANT, ends_at=first.starts_at + INSTANT)


def test_an_issue_goes_to_a_subscriber_once():
    delivery = DeliveryFactory()
    with refused_by("delivery_once"):
        DeliveryFactory(issue=delivery.issue, subscription=delivery.subscription)


def test_a_message_id_is_given_once():
    delivery = DeliveryFactory()
    with refused_by("message_id"):
        DeliveryFactory(message_id=delivery.message_id)


def test_a_piece_of_news_is_met_once():
    city, pledge = CityFactory(), PledgeFactory()
    for kind, about in (("member", {"city": city}), ("pledge", {"pledge": pledge}), ("done", {"pledge": pledge})):
        Item.objects.create(kind=kind, happened_at=SOME_DAY, **about)
    with refused_by("item_once_a_city"):
        Item.objects.create(kind="member", city=city, happened_at=SOME_DAY)


def test_every_constraint_was_tried():
    tried_alone = {"subscription_email_once", "issue_periods_apart", "delivery_once"}
    tried_alone |= {  # in tests/digests/test_choosing.py
        "postponement_once_a_frequency", "postponement_frequency_known", "postponement_skipped_before_it_is_carried",
        "item_left_out_by_someone",
    }  # fmt: skip
    tried_alone |= {f"item_once_a_{name}" for name in ("practice", "pledge", "milestone", "city")}  # made by one loop
    assert constraints_of("digests") == {name for name, _factory, _change in BROKEN} | tried_alone


def test_erasing_an_address_erases_the_record_of_its_mails():
    DeliveryFactory().subscription.delete()
    assert not Delivery.objects.exists()
