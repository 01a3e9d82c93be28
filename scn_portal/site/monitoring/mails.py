"""Mails that have to be sent, and since when: for every kind of row that waits to be mailed, and for the newsletter."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from digests.models import Delivery
from members.models import Invitation
from scn_portal.base.mail import MAX_ATTEMPTS, QueuedMail

# The names of the column that says since when a mail has to be sent.
SINCE = ("created_at", "asked_at", "reported_at", "taken_at", "at")
# For other models, the lookup that says it. `mail_after` cannot be used, since it changes each time that the mail
# server is down.
SINCE_ELSEWHERE: dict[str, str | Coalesce] = {
    "Takedown": Coalesce("restored_at", "at"),
    "RestoreDecision": "request__decided_at",
    "ConcernAnswer": "concern__closed_at",
    "ErasureMail": Coalesce("erasure__decided_at", "erasure__asked_at"),
}


@dataclass(frozen=True)
class Owed:
    """The number of mails of a kind that have to be sent; how many of them were refused and will be tried again; and
    the age of the oldest of the others, which waits for a worker or for a mail server that is down."""

    due: int
    refused: int
    oldest_seconds: float


def owed(now: dt.datetime) -> Iterator[tuple[str, Owed]]:
    """Each kind of mail, by the name of its model, with its numbers. One query for each kind."""
    for model in models():
        rows = Invitation.objects.open() if model is Invitation else model._default_manager.all()
        yield model._meta.model_name or "", _count(rows.filter(mailed_at=None), since(model), now)
    yield "delivery", _count(Delivery.objects.waiting(), "issue__created_at", now)


def models() -> list[type[QueuedMail]]:
    """All kinds of rows that wait to be mailed."""
    return [model for model in apps.get_models() if issubclass(model, QueuedMail)]


def since(model: type[QueuedMail]) -> str | Coalesce:
    """The column or expression for the time since when the mail of a row of `model` has to be sent."""
    if elsewhere := SINCE_ELSEWHERE.get(model.__name__):
        return elsewhere
    columns = {field.name for field in model._meta.fields}
    found = [name for name in SINCE if name in columns]
    return found[0] if found else "mail_after"


def _count(rows: QuerySet, since: str | Coalesce, now: dt.datetime) -> Owed:
    never_tried = Q(mail_attempts=0)
    found = rows.filter(mail_attempts__lt=MAX_ATTEMPTS).aggregate(
        due=Count("pk"), refused=Count("pk", filter=~never_tried), oldest=Min(since, filter=never_tried)
    )
    oldest = found["oldest"]
    return Owed(found["due"], found["refused"], max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
