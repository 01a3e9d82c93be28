"""Draws the pictures of link previews with Pillow.

1200 × 630 pixels: the seven lines, a title that wraps and shrinks until it fits, the seven stops. Always in light
colours: previews are shown on pages of other sites.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, MARGIN = 1200, 630, 72
PAPER, INK, INK_SOFT, RULE, BORDER = "#fdfcf8", "#1a222c", "#4a535e", "#d9d4c7", "#78808a"
# The colours of the lines in css/tokens.css, light scheme.
LINES = ("#3d3a9c", "#00685f", "#9c1f74", "#125e9c", "#35701b", "#875300", "#ad2419")
FONTS = settings.BASE_DIR / "scn_portal/fonts"
SERIF = FONTS / "source-serif-4/SourceSerif4_600SemiBold.ttf"
SANS = FONTS / "source-sans-3/SourceSans3_600SemiBold.ttf"
WORDMARK = "Strong Cities Network"
# Circles are drawn larger by this factor and scaled down: Pillow does not smooth their edges.
SUPERSAMPLING = 4
MAX_SIZE, MIN_SIZE, LEADING = 112, 44, 1.14
# The top and height of the space between the name of the network and the stops.
TOP, ROOM = 124, 360


@dataclass(frozen=True)
class Picture:
    """The contents of a picture. `filled` and `ringed` are numbers of stops; all others are empty."""

    title: str
    over: str = ""
    under: str = ""
    filled: frozenset[int] = frozenset()
    ringed: frozenset[int] = frozenset()
    colour: str = INK


@cache
def font(path, size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont  # imported here, because most processes draw nothing

    return ImageFont.truetype(path, size)


def png(picture: Picture) -> bytes:
    """`picture` as a PNG of at most 128 colours."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    for number, colour in enumerate(LINES):
        draw.rectangle((WIDTH * number / 7, 0, WIDTH * (number + 1) / 7 - 1, 15), fill=colour)
    draw.text((MARGIN, 56), WORDMARK, INK_SOFT, font(SANS, 32))
    _words(draw, picture)
    _stops(image, draw, picture)
    out = BytesIO()
    image.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _words(draw: "ImageDraw.ImageDraw", picture: Picture) -> None:
    """Draw the title, the line over it and the line under it, centred vertically."""
    around = 52 * bool(picture.over) + 60 * bool(picture.under)
    lines, size = fitted(picture.title, ROOM - around)
    leading = round(size * LEADING)
    top = TOP + max(0, (ROOM - leading * len(lines) - around) // 2)
    if picture.over:
        draw.text((MARGIN, top), *_on_one_line(picture.over, picture.colour))
        top += 52
    for line in lines:
        draw.text((MARGIN - 2, top), line, INK, font(SERIF, size))
        top += leading
    if picture.under:
        draw.text((MARGIN, top + 14), *_on_one_line(picture.under, INK_SOFT))


def _on_one_line(text: str, colour: str) -> tuple[str, str, "ImageFont.FreeTypeFont"]:
    """`text`, its colour and its font at the largest size that fits the width. A text that is too long for the smallest
    size is cut."""
    fits = (size for size in range(36, 22, -2) if font(SANS, size).getlength(text) <= WIDTH - 2 * MARGIN)
    size = next(fits, 22)
    return ellipsized(text, SANS, size), colour, font(SANS, size)


def fitted(title: str, room: int) -> tuple[list[str], int]:
    """`title` in lines at the largest size that fits `room` pixels of height, and this size.

    At the smallest size, a title that is still too long ends in an ellipsis.
    """
    title = " ".join(title.replace("\u202f", "\u00a0").split(" "))
    for size in range(MAX_SIZE, MIN_SIZE - 1, -4):
        lines = wrapped(title, size)
        if len(lines) * round(size * LEADING) <= room:
            return lines, size
    max_lines = room // round(MIN_SIZE * LEADING)
    return [*lines[: max_lines - 1], ellipsized(" ".join(lines[max_lines - 1 :]), SERIF, MIN_SIZE)], MIN_SIZE


def wrapped(title: str, size: int) -> list[str]:
    """`title` in lines that fit the width; a single word that is wider is broken."""
    room, face = WIDTH - 2 * MARGIN, font(SERIF, size)
    lines = [""]
    for word in title.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= room:
            lines[-1] = longer
            continue
        while face.getlength(word) > room:
            head = next(end for end in range(len(word), 0, -1) if face.getlength(word[:end]) <= room)
            lines.append(word[:head])
            word = word[head:]
        lines.append(word)
    return [line for line in lines if line]


def ellipsized(text: str, path, size: int) -> str:
    """`text` on one line, cut with an ellipsis if it is too wide."""
    text, room, face = text.replace("\u202f", "\u00a0"), WIDTH - 2 * MARGIN, font(path, size)
    if face.getlength(text) <= room:
        return text
    while face.getlength(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _stops(image: "Image.Image", draw: "ImageDraw.ImageDraw", picture: Picture) -> None:
    """Draw the seven stops, joined by a line, at the bottom."""
    radius, step, middle = 27, (WIDTH - 2 * MARGIN - 2 * 34) / 6, 546
    draw.rectangle((MARGIN + 34, middle - 2, WIDTH - MARGIN - 34, middle + 1), fill=RULE)
    for index, colour in enumerate(LINES):
        number, x = index + 1, round(MARGIN + 34 + step * index)
        filled, ringed = number in picture.filled, number in picture.ringed
        edge = colour if filled or ringed else BORDER
        if ringed:
            _disc(image, x, middle, radius + 10, colour)
            _disc(image, x, middle, radius + 6, PAPER)
        _disc(image, x, middle, radius, edge)
        if not filled:
            _disc(image, x, middle, radius - 3, PAPER)
        text = PAPER if filled else edge
        draw.text((x, middle - 1), str(number), text, font(SANS, 30), anchor="mm")


def _disc(image: "Image.Image", x: int, y: int, radius: int, colour: str) -> None:
    image.paste(colour, (x - radius, y - radius), _round(radius))


@cache
def _round(radius: int) -> "Image.Image":
    from PIL import Image, ImageDraw

    side = 2 * radius * SUPERSAMPLING
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    return mask.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)
