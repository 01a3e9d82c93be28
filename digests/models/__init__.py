"""Subscriptions to the newsletter, its news and issues, and their deliveries."""

from digests.models.delivery import Delivery, DeliveryQuerySet, Outcome, Tally
from digests.models.issue import Issue, NextIssue, Postponement
from digests.models.item import Item, ItemKind
from digests.models.subscription import Consent, ConsentOrigin, Frequency, Subscription, SubscriptionQuerySet

__all__ = [
    "Consent",
    "ConsentOrigin",
    "Delivery",
    "DeliveryQuerySet",
    "Frequency",
    "Issue",
    "Item",
    "ItemKind",
    "NextIssue",
    "Outcome",
    "Postponement",
    "Subscription",
    "SubscriptionQuerySet",
    "Tally",
]
