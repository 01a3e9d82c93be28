"""What an attached file may be, judged by what is in it and not by its name.

A picture is drawn anew, so that nothing hidden is kept with it, such as where it was taken. A PDF is rewritten without
its metadata, or refused where it would act by itself on its reader's machine (`practices.pdf_cleaning`).
"""

import struct
from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from practices.pdf_cleaning import clean_pdf

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_EDGE = 4000
MEDIA_TYPES = {"PDF": "application/pdf", "PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
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
    try:
        with Image.open(BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as picture:
            # Many telephones put a second picture into the file of the first: Pillow calls that MPO.
            kind = "JPEG" if picture.format == "MPO" else str(picture.format)
            if picture.width * picture.height > MAX_PIXELS:
                raise ValidationError(_("The picture has too many pixels. Make it smaller, then attach it again."))
            drawn = BytesIO()
            _draw(picture, kind).save(drawn, kind, quality=88)
    except Image.UnidentifiedImageError as error:
        raise ValidationError(_("Only PDF, PNG, JPEG and WebP can be attached. Save a text as PDF.")) from error
    except BROKEN as error:
        raise ValidationError(_("This picture is broken, or too large to be opened.")) from error
    return _cleaned(drawn.getvalue(), kind)


def _draw(picture: Image.Image, kind: str) -> Image.Image:
    upright = ImageOps.exif_transpose(picture)
    is_transparent = "A" in upright.getbands() or "transparency" in upright.info
    pixels = upright.convert("RGBA" if is_transparent and kind != "JPEG" else "RGB")
    pixels.thumbnail((MAX_EDGE, MAX_EDGE))
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return clean
