"""Bounces and complaints that a mail provider posts to /mail/events/, through django-anymail (an optional part).

Mails leave by SMTP, and some providers replace our Message-ID with one of their own. For these, our Message-ID is also
in a header that comes back with each event.
"""

import json
from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, URLResolver, include, path

from digests.bounces import BounceKind, record_bounce

# The header whose value each provider returns. Mailgun keeps our Message-ID.
HEADERS = {
    "amazon_ses": "X-Metadata",
    "brevo": "X-Mailin-custom",
    "mailjet": "X-MJ-EventPayload",
    "postmark": "X-PM-Metadata-message-id",
}
# Whether a bounce is permanent, from the event of the provider: anymail does not tell hard bounces from soft ones.
IS_PERMANENT: dict[str, Callable[[dict], bool]] = {
    "Amazon SES": lambda event: event.get("bounce", {}).get("bounceType") == "Permanent",
    "Brevo": lambda event: event.get("event") in ("hard_bounce", "invalid_email"),
    "Mailgun": lambda event: event.get("event-data", {}).get("severity") == "permanent",
    "Mailjet": lambda event: event.get("hard_bounce") is True,
    "Postmark": lambda event: event.get("Type") in ("HardBounce", "BadEmailAddress"),
}


def headers(provider: str, message_id: str) -> dict[str, str]:
    """The headers that make `provider` return `message_id` with its events."""
    if provider not in HEADERS:
        return {}
    return {HEADERS[provider]: message_id if provider == "postmark" else json.dumps({"message_id": message_id})}


def urlpatterns(provider: str) -> list[URLPattern | URLResolver]:
    """The webhook of `provider`; anymail checks its password and its signature, if it has one."""
    if not provider:
        return []
    from anymail import urls

    webhooks = [pattern for pattern in urls.urlpatterns if pattern.name == f"{provider}_tracking_webhook"]
    return [path("mail/events/", include((webhooks, "anymail")))]


def connect() -> None:
    """Call `on_tracking_event` for each event that anymail receives."""
    from anymail.signals import tracking

    tracking.connect(on_tracking_event, dispatch_uid="digests.bounces.webhooks")


def on_tracking_event(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """Record a bounce or a complaint. Other events are ignored."""
    kind = bounce_kind(event, esp_name)
    if kind is None:
        return
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    message_id = metadata.get("message_id") or metadata.get("message-id") or event.message_id
    if isinstance(message_id, str):
        record_bounce(message_id, kind)


def bounce_kind(event: Any, esp_name: str) -> BounceKind | None:
    if event.event_type == "complained":
        return BounceKind.COMPLAINT
    is_permanent = IS_PERMANENT.get(esp_name, lambda event: False)
    if event.event_type in ("bounced", "rejected") and is_permanent(event.esp_event):
        return BounceKind.HARD
    return BounceKind.SOFT if event.event_type in ("bounced", "deferred") else None
