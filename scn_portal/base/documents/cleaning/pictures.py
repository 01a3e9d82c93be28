"""Pictures redrawn, without anything else in the file, within a known amount of memory.

An unpacked pixel takes four bytes; while a WebP is read, eighteen. A progressive JPEG needs two more bytes for each of
its values. A picture that would need more than MAX_MEMORY is refused because of its header, before it is unpacked.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from .limits import MIN_LEAD_HEIGHT, MIN_LEAD_WIDTH
from .refused import RefusedError

MAX_EDGE = 4000
MAX_EDGE_OF_WEBP = 2500  # writing one takes as much memory again as reading it
# The longest edges of a lead picture: on the page of its practice, and on cards, which are about 320 pixels wide on
# screens of any density.
LEAD_EDGE, SMALL_EDGE = 1600, 640
# Phones take pictures of 12 to 50 million pixels.
MAX_PIXELS = 52_000_000
# Larger pictures are halved while they are unpacked, since those that are kept have an edge of 4000 at most.
WHOLE_PIXELS = 12_600_000
MAX_MEMORY = 185_000_000
BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2}  # others: 4
BYTES_A_PIXEL_OF_WEBP = 18
KINDS = ["PNG", "JPEG", "WEBP"]
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
# The errors that Pillow raises for a broken picture. DecompressionBombWarning is raised only if warnings are errors.
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """The files made from one picture, and the size of the first in pixels."""

    kind: str
    files: list[bytes]
    width: int
    height: int


def pixels_of(content: bytes) -> int:
    """The number of pixels of the picture, from its header. Raises RefusedError if it is not a picture, or needs too
    much memory."""
    with _opened(content) as picture:
        pixels = picture.width * picture.height
        if pixels > MAX_PIXELS or memory_of(picture) > MAX_MEMORY:
            raise RefusedError("too many pixels")
        return pixels


def document(content: bytes) -> Drawn:
    """The picture, rotated as intended and reduced to MAX_EDGE, in the same format. Raises RefusedError."""
    kind, drawn = _drawn(content, MAX_EDGE)
    return Drawn(kind, [_saved(drawn, kind, quality=88)], *drawn.size)


def lead(content: bytes) -> Drawn:
    """A lead picture as JPEG in its two sizes. Raises RefusedError."""
    _kind, drawn = _drawn(content, LEAD_EDGE)
    whole = _on_white(drawn)
    if whole.width < MIN_LEAD_WIDTH or whole.height < MIN_LEAD_HEIGHT:
        raise RefusedError("too small")
    small = whole.copy()
    small.thumbnail((SMALL_EDGE, SMALL_EDGE))
    how = {"quality": 82, "optimize": True, "progressive": True}
    return Drawn("JPEG", [_saved(whole, "JPEG", **how), _saved(small, "JPEG", **how)], *whole.size)


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """The picture, whose content may still be broken. Raises RefusedError, also for errors of Pillow in the block."""
    try:
        with Image.open(BytesIO(content), formats=KINDS) as picture:
            yield picture
    except Image.UnidentifiedImageError as error:
        raise RefusedError("unknown") from error
    except BROKEN as error:
        raise RefusedError("broken picture") from error


def _drawn(content: bytes, edge: int) -> tuple[str, Image.Image]:
    """The kind of the picture, and a new picture of its pixels, reduced to `edge`."""
    kind, pixels, turn = _read(content)
    edge = min(edge, MAX_EDGE_OF_WEBP) if kind == "WEBP" else edge
    pixels.thumbnail((edge, edge))
    if turn is not None:
        pixels = pixels.transpose(turn)
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return kind, clean


def _read(content: bytes) -> tuple[str, Image.Image, Image.Transpose | None]:
    """The kind of the picture, its pixels, and how to rotate them. The unpacked original is freed at the end."""
    with _opened(content) as picture:
        # Many phones put a second picture into the file of the first; Pillow calls this format MPO.
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        return kind, _unpacked(picture, kind), TURNS.get(picture.getexif().get(ORIENTATION, 1))


def memory_of(picture: Image.Image) -> int:
    """The bytes of memory needed to unpack `picture`, according to its header."""
    pixels = picture.width * picture.height
    if picture.format == "WEBP":
        return pixels * BYTES_A_PIXEL_OF_WEBP
    halved = 4 * pixels // _reduction(picture) ** 2
    if picture.format == "PNG":
        return pixels * BYTES_A_PIXEL.get(picture.mode, 4) + halved
    return halved + (_coefficients(picture) if "progressive" in picture.info else 0)


def _coefficients(picture) -> int:
    """The bytes that a progressive JPEG keeps until its last pass."""
    widest, highest = max(part[1] for part in picture.layer), max(part[2] for part in picture.layer)
    share = sum(part[1] * part[2] for part in picture.layer) / (widest * highest)
    return int(2 * share * picture.width * picture.height)


def _reduction(picture: Image.Image) -> int:
    """The factor by which the picture is reduced while it is unpacked."""
    return 1 if picture.width * picture.height <= WHOLE_PIXELS else 2


def _unpacked(picture: Image.Image, kind: str) -> Image.Image:
    """The picture in RGB or RGBA."""
    factor = _reduction(picture)
    if kind == "JPEG" and factor > 1:
        picture.draft(None, (picture.width // factor, picture.height // factor))
        factor = 1
    picture.load()
    is_transparent = "A" in picture.getbands() or "transparency" in picture.info
    mode = "RGBA" if is_transparent and kind != "JPEG" else "RGB"
    return picture.convert(mode) if factor == 1 else _reduced(picture, mode, factor)


def _reduced(picture: Image.Image, mode: str, factor: int) -> Image.Image:
    """The picture in `mode`, reduced by `factor`. It is converted in bands, since the whole picture in `mode` would
    need too much memory."""
    reduced = Image.new(mode, (-(-picture.width // factor), -(-picture.height // factor)))
    rows = 64 * factor
    for top in range(0, picture.height, rows):
        band = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        reduced.paste(band.convert(mode).reduce(factor), (0, top // factor))
    return reduced


def _on_white(drawn: Image.Image) -> Image.Image:
    """The picture on white: a JPEG has no transparency, and transparent parts would become black."""
    if drawn.mode != "RGBA":
        return drawn
    white = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(white, drawn).convert("RGB")


def _saved(picture: Image.Image, kind: str, **how) -> bytes:
    content = BytesIO()
    picture.save(content, kind, **how)
    return content.getvalue()


TASKS: dict[str, Callable[[bytes], Drawn]] = {"document": document, "lead": lead}
