"""Pictures drawn anew, without anything else that the file holds, in memory that is known beforehand.

A pixel takes four bytes once it is unpacked, in a WebP eighteen while it is read; a progressive JPEG keeps two more for
every value of it. What would need more than MAX_MEMORY is refused by its header, before any of it is unpacked.
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
# A lead picture: on the page of its practice; and on cards, some 320 pixels wide on a screen of any density.
LEAD_EDGE, SMALL_EDGE = 1600, 640
# Telephones take 12 to 50 million.
MAX_PIXELS = 52_000_000
# Larger ones are halved while they are unpacked: what is kept has an edge of 4000 at most.
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
# What Pillow raises on a broken picture; a warning of a bomb is one only where warnings are errors.
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """Files made of one, each whole, and the size in pixels of the first."""

    kind: str
    files: list[bytes]
    width: int
    height: int


def pixels_of(content: bytes) -> int:
    """How many pixels the picture has, by its header. Raises RefusedError if it is none, or takes too much memory."""
    with _opened(content) as picture:
        pixels = picture.width * picture.height
        if pixels > MAX_PIXELS or memory_of(picture) > MAX_MEMORY:
            raise RefusedError("too many pixels")
        return pixels


def document(content: bytes) -> Drawn:
    """The picture turned the right way up, of the same kind, made smaller to MAX_EDGE. Raises RefusedError."""
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
    """The picture; what it holds may still be broken. Raises RefusedError, also for what breaks in the block."""
    try:
        with Image.open(BytesIO(content), formats=KINDS) as picture:
            yield picture
    except Image.UnidentifiedImageError as error:
        raise RefusedError("unknown") from error
    except BROKEN as error:
        raise RefusedError("broken picture") from error


def _drawn(content: bytes, edge: int) -> tuple[str, Image.Image]:
    """The kind of the picture, and a new one of the same pixels."""
    kind, pixels, turn = _read(content)
    edge = min(edge, MAX_EDGE_OF_WEBP) if kind == "WEBP" else edge
    pixels.thumbnail((edge, edge))
    if turn is not None:
        pixels = pixels.transpose(turn)
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return kind, clean


def _read(content: bytes) -> tuple[str, Image.Image, Image.Transpose | None]:
    """The kind of the picture, its pixels, and how to turn them. What was unpacked is given up at the end."""
    with _opened(content) as picture:
        # Many telephones put a second picture into the file of the first: Pillow calls that MPO.
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        return kind, _unpacked(picture, kind), TURNS.get(picture.getexif().get(ORIENTATION, 1))


def memory_of(picture: Image.Image) -> int:
    """The bytes that unpacking `picture` takes, by what its header says."""
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
    """By how much the picture is made smaller while it is unpacked."""
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
    """The picture in `mode`, smaller by `factor`. Done by bands: the whole in `mode` would take too much memory."""
    reduced = Image.new(mode, (-(-picture.width // factor), -(-picture.height // factor)))
    rows = 64 * factor
    for top in range(0, picture.height, rows):
        band = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        reduced.paste(band.convert(mode).reduce(factor), (0, top // factor))
    return reduced


def _on_white(drawn: Image.Image) -> Image.Image:
    """A JPEG has no transparency: what is transparent becomes white, not black."""
    if drawn.mode != "RGBA":
        return drawn
    white = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(white, drawn).convert("RGB")


def _saved(picture: Image.Image, kind: str, **how) -> bytes:
    content = BytesIO()
    picture.save(content, kind, **how)
    return content.getvalue()


TASKS: dict[str, Callable[[bytes], Drawn]] = {"document": document, "lead": lead}
