"""What an attached file and a lead picture may be, judged by what is in them and not by their names.

A picture is drawn anew, so that nothing hidden is kept with it, such as where it was taken. A PDF is rewritten without
its metadata, or refused where it would act by itself on its reader's machine (`pdf_cleaning`).
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from scn_portal.base.documents.pdf_cleaning import clean_pdf
from scn_portal.base.one_line import file_name

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_EDGE = 4000
# A lead picture: on the page of its practice; and on cards, some 320 pixels wide on a screen of any density.
LEAD_EDGE, SMALL_EDGE, MIN_LEAD_WIDTH, MIN_LEAD_HEIGHT = 1600, 640, 480, 270
MEDIA_TYPES = {"PDF": "application/pdf", "PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
NOT_ATTACHED = _("Only PDF, PNG, JPEG and WebP can be attached. Save a text as PDF.")
SUFFIXES = {"PDF": "pdf", "PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
# What Pillow raises on a broken picture; a warning of a bomb is one only where warnings are errors.
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip


@dataclass(frozen=True)
class CleanedFile:
    """A file as it is stored and served."""

    content: File
    media_type: str


def clean_upload(upload: File) -> CleanedFile:
    """`upload` as it may be published. Raises ValidationError if it is too large, of another kind, broken or active."""
    file_name(upload.name or "")
    if upload.size > MAX_BYTES:
        raise ValidationError(_("The file is larger than 10 MB. Make it smaller, or link to it under “Sources”."))
    content = upload.read()
    if b"%PDF-" in content[:1024]:
        return _cleaned(clean_pdf(content), "PDF")
    return _redraw(content)


def _cleaned(content: bytes, kind: str) -> CleanedFile:
    return CleanedFile(ContentFile(content, name=f"document.{SUFFIXES[kind]}"), MEDIA_TYPES[kind])


def _redraw(content: bytes) -> CleanedFile:
    """The picture, turned the right way up, without anything else that the file holds."""
    with _opened(content, unknown=str(NOT_ATTACHED)) as picture:
        # Many telephones put a second picture into the file of the first: Pillow calls that MPO.
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        drawn = BytesIO()
        _draw(picture, kind).save(drawn, kind, quality=88)
    return _cleaned(drawn.getvalue(), kind)


@contextmanager
def _opened(content: bytes, *, unknown: str) -> Iterator[Image.Image]:
    """The picture; what it holds may still be broken. Raises ValidationError, also for what breaks in the block."""
    try:
        with Image.open(BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValidationError(_("The picture has too many pixels. Make it smaller, then attach it again."))
            yield picture
    except Image.UnidentifiedImageError as error:
        raise ValidationError(unknown) from error
    except BROKEN as error:
        raise ValidationError(_("This picture is broken, or too large to be opened.")) from error


def _draw(picture: Image.Image, kind: str, edge: int = MAX_EDGE) -> Image.Image:
    upright = ImageOps.exif_transpose(picture)
    is_transparent = "A" in upright.getbands() or "transparency" in upright.info
    pixels = upright.convert("RGBA" if is_transparent and kind != "JPEG" else "RGB")
    pixels.thumbnail((edge, edge))
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return clean


@dataclass(frozen=True)
class LeadPicture:
    """A lead picture as it is stored and served, as JPEG: whole, with its size in pixels, and small, for cards."""

    content: File
    small: File
    width: int
    height: int


def clean_lead_picture(upload: File) -> LeadPicture:
    """`upload` drawn anew in two sizes. Raises ValidationError if it is too large, too small, broken or no picture."""
    file_name(upload.name or "")
    if upload.size > MAX_BYTES:
        raise ValidationError(_("The picture is larger than 10 MB. Make it smaller, then add it again."))
    unknown = str(_("Choose a picture: PNG, JPEG or WebP."))
    with _opened(upload.read(), unknown=unknown) as picture:
        lead = _on_white(_draw(picture, "PNG", LEAD_EDGE))
        if lead.width < MIN_LEAD_WIDTH or lead.height < MIN_LEAD_HEIGHT:
            raise ValidationError(
                _("The picture is too small: it needs at least %(width)d by %(height)d pixels."),
                params={"width": MIN_LEAD_WIDTH, "height": MIN_LEAD_HEIGHT},
            )
        small = lead.copy()
        small.thumbnail((SMALL_EDGE, SMALL_EDGE))
        return LeadPicture(_jpeg(lead), _jpeg(small), lead.width, lead.height)


def _on_white(drawn: Image.Image) -> Image.Image:
    """A JPEG has no transparency: what is transparent becomes white, not black."""
    if drawn.mode != "RGBA":
        return drawn
    white = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(white, drawn).convert("RGB")


def _jpeg(picture: Image.Image) -> File:
    content = BytesIO()
    picture.save(content, "JPEG", quality=82, optimize=True, progressive=True)
    return ContentFile(content.getvalue(), name="picture.jpg")
