"""Which mails are owed, and since when: of every kind of row that waits to be mailed, and of the newsletter."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from digests.models import Delivery
from members.models import Invitation
from scn_portal.base.mail import MAX_ATTEMPTS, QueuedMail

# The column that says when a mail came to be owed, under the names that it has.
SINCE = ("created_at", "asked_at", "reported_at", "taken_at", "at")
# Where it is said elsewhere. `mail_after` would not do: it moves each time that the mail server is away.
SINCE_ELSEWHERE: dict[str, str | Coalesce] = {
    "Takedown": Coalesce("restored_at", "at"),
    "RestoreDecision": "request__decided_at",
    "ConcernAnswer": "concern__closed_at",
    "ErasureMail": Coalesce("erasure__decided_at", "erasure__asked_at"),
}


@dataclass(frozen=True)
class Owed:
    """How many mails of a kind are to be sent; how many of them were refused so far, and will be tried again; and the
    age of the oldest of the others. That one waits for a worker, or for a mail server that is away."""

    due: int
    refused: int
    oldest_seconds: float


def owed(now: dt.datetime) -> Iterator[tuple[str, Owed]]:
    """Each kind of mail, by the name of its model, with what is owed of it. One query each."""
    for model in models():
        rows = Invitation.objects.open() if model is Invitation else model._default_manager.all()
        yield model._meta.model_name or "", _count(rows.filter(mailed_at=None), since(model), now)
    yield "delivery", _count(Delivery.objects.waiting(), "issue__created_at", now)


def models() -> list[type[QueuedMail]]:
    """All kinds of rows that wait to be mailed."""
    return [model for model in apps.get_models() if issubclass(model, QueuedMail)]


def since(model: type[QueuedMail]) -> str | Coalesce:
    """What says when a row of `model` came to be owed."""
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
