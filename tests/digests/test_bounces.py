"""What comes back on a mail of the newsletter: the one door, whoever tells."""

import pytest
from django.utils import timezone

from digests import subscriptions
from digests.bounces import BounceKind, record_bounce
from digests.models import Delivery, Outcome
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery() -> Delivery:
    """A mail of the newsletter that has left."""
    return DeliveryFactory(outcome="sent", mailed_at=timezone.now())


def standing(delivery: Delivery) -> str:
    reader = delivery.subscription
    reader.refresh_from_db()
    return "unsubscribed" if reader.unsubscribed_at else "suspended" if reader.suspended_at else "active"


@pytest.mark.parametrize(
    ("kind", "after"),
    [(BounceKind.HARD, "suspended"), (BounceKind.SOFT, "active"), (BounceKind.COMPLAINT, "unsubscribed")],
)
def test_what_comes_back_decides_whether_mail_still_goes_there(delivery, kind, after):
    assert record_bounce(delivery.message_id, kind)
    assert standing(delivery) == after


@pytest.mark.parametrize("forged", ["<1.2.3@example.org>", "", "\0", "\udcff", "x" * 5000, "' OR 1=1 --"])
def test_only_a_message_id_of_ours_counts(delivery, forged):
    assert not record_bounce(forged, BounceKind.HARD)
    assert standing(delivery) == "active"


def test_told_again_nothing_changes(delivery):
    record_bounce(delivery.message_id, BounceKind.HARD)
    delivery.subscription.refresh_from_db()
    first = delivery.subscription.suspended_at
    record_bounce(delivery.message_id, BounceKind.HARD)
    delivery.subscription.refresh_from_db()
    assert delivery.subscription.suspended_at == first


def test_an_old_report_does_not_undo_that_a_reader_asked_again(delivery):
    record_bounce(delivery.message_id, BounceKind.HARD)
    subscriptions.set_preferences(
        delivery.subscription, language="en", frequency="weekly", topics=[], form="preferences"
    )
    record_bounce(delivery.message_id, BounceKind.HARD)
    assert standing(delivery) == "active"


def test_a_reader_whose_mail_bounced_gets_none_of_those_that_wait(delivery):
    waiting = DeliveryFactory(subscription=delivery.subscription)
    record_bounce(delivery.message_id, BounceKind.HARD)
    waiting.refresh_from_db()
    assert waiting.outcome == Outcome.DROPPED


def test_the_log_names_nobody(delivery, caplog):
    with caplog.at_level("DEBUG"):
        record_bounce(delivery.message_id, BounceKind.HARD)
    assert f"A hard bounce on delivery {delivery.pk}" in caplog.text
    assert delivery.subscription.email not in caplog.text
