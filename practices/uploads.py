"""What an attached file may be, judged by what is in it and not by its name.

A picture is drawn anew, so that nothing hidden goes with it: where it was taken, say. A PDF is kept as it is; one that
would act by itself on its reader's machine is refused.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_EDGE = 4000
MEDIA_TYPES = {"PDF": "application/pdf", "PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
SUFFIXES = {"PDF": "pdf", "PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
# What Pillow raises on a broken picture; a warning of a bomb is one only where warnings are errors.
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip

# What a PDF can do unasked, or hide. Any letter of a name may be written as #xx.
_NAMES = rb"JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|XFA|SubmitForm|ImportData|GoToE"
_ACTIVE = re.compile(rb"/(" + _NAMES + rb")(?![a-z])")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
# How far before its stream the name of a stream's kind is looked for, and how much is unpacked of all of them.
_HEADER = 2048
_MOST_UNPACKED = 64 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """A file as it will be kept."""

    content: File
    media_type: str


def checked(upload: File) -> Kept:
    """What is to be kept of `upload`. ValidationError where it is too large, of another kind, broken or active."""
    if upload.size > LARGEST:
        raise ValidationError(_("The file is larger than 10 MB. Make it smaller, or link to it under “Sources”."))
    content = upload.read()
    if b"%PDF-" in content[:1024]:
        _check_pdf(content)
        return _kept(content, "PDF")
    return _redrawn(content)


def _kept(content: bytes, kind: str) -> Kept:
    return Kept(ContentFile(content, name=f"document.{SUFFIXES[kind]}"), MEDIA_TYPES[kind])


def _redrawn(content: bytes) -> Kept:
    """The picture, the right way up, and nothing that came with it."""
    try:
        with Image.open(BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as picture:
            # Many telephones put a second picture into the file of the first: Pillow calls that MPO.
            kind = "JPEG" if picture.format == "MPO" else str(picture.format)
            if picture.width * picture.height > MOST_PIXELS:
                raise ValidationError(_("The picture has too many pixels. Make it smaller, then attach it again."))
            drawn = BytesIO()
            _clean(picture, kind).save(drawn, kind, quality=88)
    except Image.UnidentifiedImageError as error:
        raise ValidationError(_("Only PDF, PNG, JPEG and WebP can be attached. Save a text as PDF.")) from error
    except BROKEN as error:
        raise ValidationError(_("This picture is broken, or too large to be opened.")) from error
    return _kept(drawn.getvalue(), kind)


def _clean(picture: Image.Image, kind: str) -> Image.Image:
    upright = ImageOps.exif_transpose(picture)
    seen_through = "A" in upright.getbands() or "transparency" in upright.info
    pixels = upright.convert("RGBA" if seen_through and kind != "JPEG" else "RGB")
    pixels.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return clean


def _check_pdf(content: bytes) -> None:
    """ValidationError unless the PDF is whole, open to all, and does nothing by itself.

    A guard against what is usual, no proof: the names of actions are looked for where they can stand.
    """
    if b"%%EOF" not in content[-2048:]:
        raise ValidationError(_("This PDF is not whole. Save it again, then attach it."))
    spelled_out = _spelled_out(content)
    if b"/Encrypt" in spelled_out:
        raise ValidationError(_("This PDF is protected by a password. Save it without one, then attach it."))
    if _ACTIVE.search(spelled_out) or any(_ACTIVE.search(_spelled_out(part)) for part in _packed_objects(content)):
        raise ValidationError(_("This PDF contains a script, a form or files of its own. Print it to a new PDF first."))


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """What the object streams of the PDF hold: there, as in the PDF itself, actions can stand."""
    spare = _MOST_UNPACKED
    for start in _STREAM.finditer(content):
        header = content[max(0, start.start() - _HEADER) : start.start()].split(b"endobj")[-1]
        if b"/ObjStm" not in _spelled_out(header):
            continue
        end = content.find(b"endstream", start.end())
        if end < 0:
            raise ValidationError(_("This PDF is not whole. Save it again, then attach it."))
        try:
            packed = content[start.end() : end]
            unpacked = zlib.decompressobj().decompress(packed, max(spare, 1))
        except zlib.error as error:
            raise ValidationError(_("This PDF cannot be read. Print it to a new PDF first.")) from error
        spare -= len(unpacked)
        if spare <= 0:
            raise ValidationError(_("This PDF cannot be read. Print it to a new PDF first."))
        yield unpacked


def _spelled_out(content: bytes) -> bytes:
    return _HEX.sub(lambda found: bytes([int(found[1], 16)]), content)
