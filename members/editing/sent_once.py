"""A form that is sent twice, by a double click or by reloading, is saved once and gets the same answer both times."""

import hashlib
import json
from dataclasses import dataclass

from django.core.files import File
from django.http import QueryDict

from members.editing.opened import NAME, Opened, words_of
from members.models import SentForm, User


@dataclass(frozen=True)
class Answer:
    """The answer to a saved form: the `address` that is opened next, and the `message` that it shows."""

    address: str
    message: str


def fingerprint(file: File) -> str:
    """A text that is the same only for files with the same content."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)  # the next reader begins at the start of the file
    return digest.hexdigest()


def answered(user: User, opened: Opened, data: QueryDict) -> Answer | None:
    """The answer to this form with exactly these words, if they were saved already; otherwise None."""
    return _answer(SentForm.objects.filter(**_key(user, opened, data)).first())


def claim(user: User, opened: Opened, data: QueryDict) -> Answer | None:
    """Claim these words within a transaction. None for the first caller; others wait for its end and get its answer."""
    sent, is_first = SentForm.objects.get_or_create(**_key(user, opened, data), defaults={"address": "", "message": ""})
    return None if is_first else _answer(sent)


def remember(user: User, opened: Opened, data: QueryDict, answer: Answer) -> None:
    """Keep the answer to the claimed words."""
    SentForm.objects.filter(**_key(user, opened, data)).update(address=answer.address, message=answer.message)


def is_sent(user: User, opened: Opened) -> bool:
    """Whether the form was saved already. Words of it that a slow connection still brings come too late."""
    return SentForm.objects.filter(user=user, opened=opened.number).exists()


def _answer(sent: SentForm | None) -> Answer | None:
    return Answer(sent.address, sent.message) if sent else None


def _key(user: User, opened: Opened, data: QueryDict) -> dict:
    # Other words with the same number do not count as the same form: somebody went back and continued to write.
    words = sorted((name, values) for name, values in words_of(data).items() if name != NAME)
    digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()
    return {"user": user, "opened": opened.number, "words": digest}
