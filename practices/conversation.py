"""Questions of the staff to a city about a text, the answers, and remarks that the staff write for each other.

None of these changes the text or its status.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from members.models import City, User
from practices.models import Message, Practice, Remark, Revision
from practices.models.querysets import LONG
from practices.permissions import is_moderator, writes_for_its_city
from scn_portal.base.background import run_after_commit


def ask(*, revision: Revision, by: User, words: str, language: str) -> Message:
    """Ask the author and the focal points; they get a mail with a link. Raises PermissionDenied unless `by` is a
    moderator, for a text of a city that they act for, and for a draft."""
    _require_desk(revision, by)
    return _say(Message.Kind.QUESTION, revision, by=by, words=words, language=language)


def answer(*, revision: Revision, by: User, words: str, language: str) -> Message:
    """Answer for the city of the text; the staff who asked get a mail. Raises PermissionDenied if `by` does not write
    for that city."""
    if not writes_for_its_city.test(by, revision):
        raise PermissionDenied
    return _say(Message.Kind.ANSWER, revision, by=by, words=words, language=language)


def _require_desk(revision: Revision, by: User) -> None:
    if not is_moderator.test(by) or not Revision.objects.at_the_desk_of(by).filter(pk=revision.pk).exists():
        raise PermissionDenied


@transaction.atomic
def _say(kind: str, revision: Revision, *, by: User, words: str, language: str) -> Message:
    message = Message.objects.create(revision=revision, kind=kind, by=by, words=words, language=language)
    run_after_commit("practices.tasks.send_notices")
    return message


def remark(*, revision: Revision, by: User, words: str) -> Remark:
    """Write a remark that only staff read. Raises PermissionDenied unless `by` is a moderator, for a text
    of a city that they act for, and for a draft."""
    _require_desk(revision, by)
    return Remark.objects.create(revision=revision, by=by, words=words)


def messages_of(practice: Practice) -> QuerySet[Message]:
    """The questions and answers about all versions of `practice`, the oldest first."""
    return Message.objects.filter(revision__practice=practice).select_related("by", "revision").order_by("at", "pk")


def waiting_questions(cities: Iterable[City]) -> list[Message]:
    """The first question about each practice of `cities` that nobody has answered since; two queries at most."""
    said = Message.objects.filter(revision__practice__city__in=list(cities)).order_by("at", "pk")
    waiting: dict[int, Message] = {}
    for message in said.select_related("revision__practice").defer(*(f"revision__{name}" for name in LONG)):
        if message.kind == Message.Kind.ANSWER:
            waiting.pop(message.revision.practice_id, None)
        else:
            waiting.setdefault(message.revision.practice_id, message)
    return list(waiting.values())
