"""What a mail provider tells of our mails, at /mail/events/, through django-anymail (an optional part).

We hand over mails by SMTP, and some providers put a Message-ID of their own in the place of ours: those are given ours
in a header that comes back with whatever they tell.
"""

import json
from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, URLResolver, include, path

from digests import bounces
from digests.bounces import Kind

# The header in which each takes what it shall hand back; Mailgun keeps our Message-ID.
HEADERS = {
    "amazon_ses": "X-Metadata",
    "brevo": "X-Mailin-custom",
    "mailjet": "X-MJ-EventPayload",
    "postmark": "X-PM-Metadata-message-id",
}
# What of anymail's «bounced» is for good: it joins hard and soft ones.
FOR_GOOD: dict[str, Callable[[dict], bool]] = {
    "Amazon SES": lambda told: told.get("bounce", {}).get("bounceType") == "Permanent",
    "Brevo": lambda told: told.get("event") in ("hard_bounce", "invalid_email"),
    "Mailgun": lambda told: told.get("event-data", {}).get("severity") == "permanent",
    "Mailjet": lambda told: told.get("hard_bounce") is True,
    "Postmark": lambda told: told.get("Type") in ("HardBounce", "BadEmailAddress"),
}


def headers(provider: str, message_id: str) -> dict[str, str]:
    """What a mail must bear so that `provider` hands back its Message-ID."""
    if provider not in HEADERS:
        return {}
    return {HEADERS[provider]: message_id if provider == "postmark" else json.dumps({"message_id": message_id})}


def urlpatterns(provider: str) -> list[URLPattern | URLResolver]:
    """The address at which `provider` tells, checked by anymail: by a password, and a signature where there is one."""
    if not provider:
        return []
    from anymail import urls

    events = [each for each in urls.urlpatterns if each.name == f"{provider}_tracking_webhook"]
    return [path("mail/events/", include((events, "anymail")))]


def listen() -> None:
    """Hear what anymail is told."""
    from anymail.signals import tracking

    tracking.connect(hear, dispatch_uid="digests.providers")


def hear(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """Take note of a bounce or a complaint; of what else a provider tells nothing is kept."""
    kind = kind_of(event, esp_name)
    if kind is None:
        return
    told = event.metadata if isinstance(event.metadata, dict) else {}
    message_id = told.get("message_id") or told.get("message-id") or event.message_id
    if isinstance(message_id, str):
        bounces.note(message_id, kind)


def kind_of(event: Any, esp_name: str) -> Kind | None:
    if event.event_type == "complained":
        return Kind.COMPLAINT
    if event.event_type in ("bounced", "rejected") and esp_name in FOR_GOOD and FOR_GOOD[esp_name](event.esp_event):
        return Kind.HARD
    return Kind.SOFT if event.event_type in ("bounced", "deferred") else None
