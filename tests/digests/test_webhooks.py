"""What providers of mail tell, by the documents they publish."""

import base64
import hashlib
import hmac
import json
from types import ModuleType

import pytest
from anymail.signals import tracking
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from django.utils import timezone

from digests.bounces import BounceKind, webhooks
from digests.delivery.rendering import fill_template
from digests.models import Delivery
from scn_portal import urls as portal
from scn_portal.base import mail
from scn_portal.base.mail import bulk
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


SECRET = "scn:correct-horse-battery-staple"
SIGNING_KEY = "key-of-mailgun"


@pytest.fixture
def told(client, settings):
    """`told(provider, payload)` posts it as the provider does."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY}
    site = ModuleType("site_with_providers")
    site.urlpatterns = [*webhooks.urlpatterns("mailgun"), *webhooks.urlpatterns("postmark"), *portal.urlpatterns]
    settings.ROOT_URLCONF = site
    webhooks.connect()
    yield lambda provider, payload, secret=SECRET: client.post(
        f"/mail/events/{provider}/tracking/",
        json.dumps(payload),
        content_type="application/json",
        headers={"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {},
    )
    tracking.disconnect(dispatch_uid="digests.bounces.webhooks")


def postmark(delivery: Delivery, **told) -> dict:
    """As its documentation gives it; what it hands back of ours is in Metadata."""
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Name": "Hard bounce",
        "MessageStream": "broadcast",
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Metadata": {"message-id": delivery.message_id},
        "Description": "The server was unable to deliver your message",
        "Details": "smtp;550 5.1.1 user unknown",
        "Email": "reader@example.com",
        "From": "portal@scn.example",
        "BouncedAt": "2026-03-02T09:00:00Z",
        "Inactive": True,
    } | told


def mailgun(delivery: Delivery, key: str = SIGNING_KEY, **told) -> dict:
    """As its documentation gives it, signed."""
    timestamp, token = "1772442001", "c3" * 25
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    event = {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "id": "G9Bn5sl1TC6nu79C8C0bwg",
        "timestamp": 1772442001.5,
        "recipient": "reader@example.com",
        "delivery-status": {"code": 550, "message": "5.1.1 no such user", "description": ""},
        "message": {"headers": {"message-id": delivery.message_id.strip("<>"), "to": "reader@example.com"}},
        "user-variables": {},
        "tags": [],
    }
    return {
        "signature": {"timestamp": timestamp, "token": token, "signature": signature},
        "event-data": event | told,
    }


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({}, "suspended"),
        ({"Type": "BadEmailAddress"}, "suspended"),
        ({"Type": "SoftBounce"}, "active"),
        ({"Type": "Transient"}, "active"),
        ({"Type": "Blocked"}, "active"),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "unsubscribed"),
        ({"RecordType": "Delivery", "Type": ""}, "active"),
        ({"Metadata": {}}, "active"),
        ({"Metadata": {"message-id": ["x"]}}, "active"),
        ({"Metadata": None, "Type": "Unknown"}, "active"),
    ],
)
def test_postmark_tells(told, delivery, changes, after):
    if changes.get("Metadata", {}) is None:
        changes = changes | {"Metadata": {"message-id": None}}
    assert told("postmark", postmark(delivery, **changes)).status_code == 200
    assert standing(delivery) == after


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({}, "suspended"),
        ({"severity": "temporary"}, "active"),
        ({"event": "complained"}, "unsubscribed"),
        ({"event": "delivered"}, "active"),
        ({"message": {"headers": {"message-id": "1@example.org"}}}, "active"),
        ({"message": {}}, "active"),
    ],
)
def test_mailgun_tells(told, delivery, changes, after):
    assert told("mailgun", mailgun(delivery, **changes)).status_code == 200
    assert standing(delivery) == after


def test_a_wrong_signature_or_password_is_refused(told, delivery):
    assert told("mailgun", mailgun(delivery, key="guessed")).status_code == 400
    assert told("mailgun", {"event-data": mailgun(delivery)["event-data"]}).status_code == 400
    for secret in ("scn:wrong", ""):
        assert told("mailgun", mailgun(delivery), secret=secret).status_code == 400
        assert told("postmark", postmark(delivery), secret=secret).status_code == 400
    assert standing(delivery) == "active"


def test_other_providers_and_letters_have_no_address(told, client):
    for path in ("brevo/tracking/", "postmark/inbound/", "mailgun/inbound/"):
        assert client.post(f"/mail/events/{path}").status_code == 404


def test_without_a_provider_there_is_no_such_address(client):
    assert client.post("/mail/events/postmark/tracking/").status_code == 404


def test_the_others_tell_in_their_own_words(delivery, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    ours = json.dumps({"message_id": delivery.message_id})
    ses = {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "reader@example.com", "status": "5.1.1"}],
        },
        "mail": {
            "messageId": "0100", "destination": ["reader@example.com"],
            "headers": [{"name": "X-Metadata", "value": ours}],
        },
    }  # fmt: skip
    brevo = {"event": "hard_bounce", "email": "reader@example.com", "message-id": "<2@x>", "X-Mailin-custom": ours}
    mailjet = {"event": "bounce", "hard_bounce": True, "MessageID": 1, "email": "reader@example.com", "Payload": ours}
    events = [
        ("Amazon SES", AmazonSESTrackingWebhookView.esp_to_anymail_events(None, ses, {})[0]),
        ("Brevo", BrevoTrackingWebhookView().esp_to_anymail_event(brevo)),
        ("Mailjet", MailjetTrackingWebhookView().esp_to_anymail_event(mailjet)),
    ]
    soft = [
        ses | {"bounce": ses["bounce"] | {"bounceType": "Transient"}}, brevo | {"event": "soft_bounce"},
        mailjet | {"hard_bounce": False},
    ]  # fmt: skip
    for (name, event), raw in zip(events, soft, strict=True):
        assert webhooks.bounce_kind(event, name) == BounceKind.HARD
        event.esp_event = raw
        assert webhooks.bounce_kind(event, name) == BounceKind.SOFT
        assert event.metadata == {"message_id": delivery.message_id}
    webhooks.on_tracking_event(None, events[1][1], "Unheard of")
    assert standing(delivery) == "active"


@pytest.mark.parametrize("provider", ["", "mailgun", "postmark", "brevo", "mailjet", "amazon_ses"])
def test_a_mail_bears_what_its_provider_hands_back(settings, delivery, provider):
    settings.MAIL_PROVIDER = provider
    told = webhooks.headers(provider, bulk.PLACEHOLDERS["message_id"])
    context = {"title": "T", "text": f"{bulk.PLACEHOLDERS['unsubscribe']} {bulk.PLACEHOLDERS['preferences']}"}
    headers = {"Message-ID": bulk.PLACEHOLDERS["message_id"], "X-Unsubscribe": bulk.PLACEHOLDERS["unsubscribe"]} | told
    letter = mail.compose("account", to=[bulk.PLACEHOLDERS["address"]], language="en", context=context, headers=headers)
    message = fill_template(bulk.BulkTemplate(letter), delivery).as_bytes().decode()
    assert f"Message-ID: {delivery.message_id}\r\n" in message
    for name in told:
        line = next(line for line in message.replace("\r\n ", " ").split("\r\n") if line.startswith(f"{name}:"))
        assert delivery.message_id in line
