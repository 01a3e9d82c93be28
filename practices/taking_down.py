"""Taking down a document or the lead picture of a practice, and showing it again. The practice itself stays public.

A file is taken down in every revision that has it, and stays so in later ones. These functions check no permission:
`scn_portal.site.desk.takedown` does.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from practices.models import Attachment, Practice, Revision


@transaction.atomic
def take_document_down(document: Attachment) -> None:
    """Hide the file of `document` from the public. Raises ValidationError if it is not public."""
    _lock(document.revision)
    if not Attachment.objects.public().filter(file=document.file.name).exists():
        raise ValidationError(_("It is not public."))
    Attachment.objects.standing().filter(file=document.file.name).update(taken_down_at=timezone.now())


@transaction.atomic
def show_document(document: Attachment) -> None:
    """Show the file again. Raises ValidationError if it is not taken down."""
    _lock(document.revision)
    if not Attachment.objects.filter(file=document.file.name, taken_down_at__isnull=False).update(taken_down_at=None):
        raise ValidationError(_("It is not taken down."))


@transaction.atomic
def take_picture_down(revision: Revision) -> None:
    """Hide the lead picture of a live `revision` from the public; a pattern takes its place. Raises ValidationError if
    it is not public."""
    _lock(revision)
    same = Revision.objects.filter(
        practice=revision.practice, picture=revision.picture.name, picture_taken_down_at=None
    )
    if not revision.picture or not same.filter(pk=revision.pk).exists():
        raise ValidationError(_("It is not public."))
    same.update(picture_taken_down_at=timezone.now())


@transaction.atomic
def show_picture(revision: Revision) -> None:
    """Show the picture again. Raises ValidationError if it is not taken down."""
    _lock(revision)
    same = Revision.objects.filter(practice=revision.practice, picture=revision.picture.name)
    if not same.filter(picture_taken_down_at__isnull=False).update(picture_taken_down_at=None):
        raise ValidationError(_("It is not taken down."))


def _lock(revision: Revision) -> None:
    # As in `practices.moderation`: the changes of a practice happen one after the other.
    Practice.objects.select_for_update(of=("self",)).get(pk=revision.practice_id)
