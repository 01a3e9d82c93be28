"""Checks of attached files and lead pictures, by their content and not by their names.

A picture is redrawn, so that nothing hidden is kept with it, such as where it was taken. A PDF is rewritten without its
metadata, or refused if it would act by itself on a reader's machine (`cleaning`). This is done in a separate process
(`apart`); this process never loads the libraries for pictures and PDFs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents import apart
from scn_portal.base.documents.cleaning.limits import MIN_LEAD_HEIGHT, MIN_LEAD_WIDTH
from scn_portal.base.documents.cleaning.refused import RefusedError
from scn_portal.base.documents.storage import DISK_FULL, LostFile
from scn_portal.base.one_line import file_name

MAX_BYTES = 10 * 1024 * 1024
# A PNG may grow when it is redrawn.
MAX_BYTES_KEPT = 2 * MAX_BYTES
MEDIA_TYPES = {"PDF": "application/pdf", "PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
SUFFIXES = {"PDF": "pdf", "PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
REASONS = {
    "unknown": _("Only PDF, PNG, JPEG and WebP can be attached. Save a text as PDF."),
    "no picture": _("Choose a picture: PNG, JPEG or WebP."),
    "broken picture": _("This picture is broken, or too large to be opened."),
    "too many pixels": _("The picture has too many pixels. Make it smaller, then attach it again."),
    "too large": _("This file takes too much memory to be opened. Make it smaller, then attach it again."),
    "incomplete PDF": _("This PDF is incomplete. Save it again, then attach it."),
    "protected PDF": _("This PDF is protected by a password. Save it without one, then attach it."),
    "broken PDF": _("This PDF cannot be read. Print it to a new PDF first."),
    "active PDF": _("This PDF contains a script, a form or files of its own. Print it to a new PDF first."),
    "busy": _("The portal is working on the files of others. Wait a minute, then choose yours again and send it."),
}


@dataclass(frozen=True)
class CleanedFile:
    """A file as it is stored and served."""

    content: File
    media_type: str


@dataclass(frozen=True)
class LeadPicture:
    """A lead picture as it is stored and served, as JPEG: whole, with its size in pixels, and small, for cards."""

    content: File
    small: File
    width: int
    height: int

    @property
    def size(self) -> int:
        """The bytes of both files."""
        return self.content.size + self.small.size


def clean_upload(upload: File) -> CleanedFile:
    """`upload`, cleaned. Raises ValidationError if it is too large, of another kind, broken or active."""
    file_name(upload.name or "")
    if upload.size > MAX_BYTES:
        raise ValidationError(_("The file is larger than 10 MB. Make it smaller, or link to it under “Sources”."))
    with _refusals_in_words():
        content = _content(upload)
        if b"%PDF-" in content[:1024]:
            return _cleaned(apart.clean("pdf", content).files[0], "PDF")
        drawn = apart.clean("document", content)
        return _cleaned(drawn.files[0], drawn.kind)


def clean_lead_picture(upload: File) -> LeadPicture:
    """`upload`, redrawn in two sizes. Raises ValidationError if it is too large, too small, broken or not a picture."""
    file_name(upload.name or "")
    if upload.size > MAX_BYTES:
        raise ValidationError(_("The picture is larger than 10 MB. Make it smaller, then add it again."))
    with _refusals_in_words(unknown="no picture"):
        drawn = apart.clean("lead", _content(upload))
    whole, small = (ContentFile(content, name="picture.jpg") for content in drawn.files)
    return LeadPicture(whole, small, drawn.width, drawn.height)


def _content(upload: File) -> bytes:
    if isinstance(upload, LostFile):
        raise ValidationError(DISK_FULL)
    return upload.read()


@contextmanager
def _refusals_in_words(*, unknown: str = "unknown") -> Iterator[None]:
    """Raise ValidationError instead of RefusedError; `unknown` is the reason for files of other kinds."""
    try:
        yield
    except RefusedError as error:
        if error.reason == "too small":
            raise _too_small() from error
        reason = unknown if error.reason == "unknown" else error.reason
        raise ValidationError(REASONS[reason], code=reason.replace(" ", "_")) from error


def _too_small() -> ValidationError:
    words = {"width": MIN_LEAD_WIDTH, "height": MIN_LEAD_HEIGHT}
    return ValidationError(
        _("The picture is too small: it needs at least %(width)d by %(height)d pixels."), params=words
    )


def _cleaned(content: bytes, kind: str) -> CleanedFile:
    if len(content) > MAX_BYTES_KEPT:
        raise RefusedError("too large")
    return CleanedFile(ContentFile(content, name=f"document.{SUFFIXES[kind]}"), MEDIA_TYPES[kind])
