"""Files of progress updates: received with a form, then attached to the update that the form creates.

Received files are kept until the form is valid, so that no file is lost if another field has an error. Files that never
became part of an update are deleted after KEEP_WAITING, unless they belong to a proposed update.
"""

import datetime as dt
from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.db.models import Sum
from django.utils import timezone

from commitments.models import Pledge, ProgressUpdate, UpdateDocument
from members import proposals
from members.models import Proposal, User
from scn_portal.base.documents.fields import TitledFile
from scn_portal.base.documents.folders import Folder

KEEP_WAITING = dt.timedelta(days=7)

FOLDER = Folder(
    "updates",
    names=lambda: UpdateDocument.objects.order_by().values_list("file", flat=True),
    bytes_of=lambda city: UpdateDocument.objects.filter(pledge__city=city).aggregate(bytes=Sum("size"))["bytes"] or 0,
)


def receive(files: Iterable[TitledFile], *, pledge: Pledge, language: str, by: User) -> list[UpdateDocument]:
    """Keep `files` for an update of `pledge`."""
    return [
        UpdateDocument.objects.create(
            pledge=pledge, title=each.title, language=language, by=by, file=each.cleaned.content,
            media_type=each.cleaned.media_type, size=each.cleaned.content.size,
        )
        for each in files
    ]  # fmt: skip


def received(pledge: Pledge, *, by: User, proposal: Proposal | None = None):
    """The files that `by` has sent for an update of `pledge` that does not exist yet; with `proposal`, the files of
    that proposal."""
    waiting = UpdateDocument.objects.waiting().filter(pledge=pledge)
    if proposal is None:
        return waiting.filter(by=by).exclude(pk__in=_proposed(pledge))
    return waiting.filter(by=by) | waiting.filter(pk__in=proposal.fields.get("received", []))


def attach(documents: Iterable[UpdateDocument], update: ProgressUpdate) -> None:
    """Attach the waiting `documents` to `update`."""
    keys = [document.pk for document in documents]
    UpdateDocument.objects.waiting().filter(pledge=update.pledge, pk__in=keys).update(update_row=update)


def forget_waiting() -> int:
    """Delete documents, with their files, that were received long ago and never became part of an update. Returns how
    many."""
    old = UpdateDocument.objects.waiting().filter(received_at__lt=timezone.now() - KEEP_WAITING)
    gone = 0
    for document in old.select_related("pledge"):
        if document.pk not in _proposed(document.pledge):
            document.delete()
            default_storage.delete(document.file.name)
            gone += 1
    return gone


def _proposed(pledge: Pledge) -> list[int]:
    return [key for each in proposals.updates_of(f"update:{pledge.pk}") for key in each.fields.get("received", [])]
