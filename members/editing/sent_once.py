"""A form that is sent twice, by a double click or by sending it again, is saved once and answered twice alike."""

import hashlib
import json
from dataclasses import dataclass

from django.core.files import File
from django.http import QueryDict

from members.editing.opened import NAME, Opened, words_of
from members.models import SentForm, User


@dataclass(frozen=True)
class Answer:
    """What follows from a saved form: the `address` that is opened, and the `message` that it shows."""

    address: str
    message: str


def fingerprint(file: File) -> str:
    """A text that only a file of the same content has."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)  # who reads it next begins at its beginning
    return digest.hexdigest()


def answered(user: User, opened: Opened, data: QueryDict) -> Answer | None:
    """How these very words of this form were answered, if they were saved already."""
    return _answer(SentForm.objects.filter(**_key(user, opened, data)).first())


def claim(user: User, opened: Opened, data: QueryDict) -> Answer | None:
    """Take these words, in a transaction, for whoever calls first. The others wait for its end, and get its answer."""
    sent, is_first = SentForm.objects.get_or_create(**_key(user, opened, data), defaults={"address": "", "message": ""})
    return None if is_first else _answer(sent)


def remember(user: User, opened: Opened, data: QueryDict, answer: Answer) -> None:
    """Keep how the claimed words were answered."""
    SentForm.objects.filter(**_key(user, opened, data)).update(address=answer.address, message=answer.message)


def is_sent(user: User, opened: Opened) -> bool:
    """Whether the form was saved already: what a slow connection still brings of it comes too late."""
    return SentForm.objects.filter(user=user, opened=opened.number).exists()


def _answer(sent: SentForm | None) -> Answer | None:
    return Answer(sent.address, sent.message) if sent else None


def _key(user: User, opened: Opened, data: QueryDict) -> dict:
    # Other words under the same number are no second sending: somebody went back and wrote on.
    words = sorted((name, values) for name, values in words_of(data).items() if name != NAME)
    digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()
    return {"user": user, "opened": opened.number, "words": digest}
