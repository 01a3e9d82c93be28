"""The pattern in place of a missing lead picture: seven lines, in colour for the commitments that the practice serves.

The page says the same in words. The pattern of a practice never changes.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

LINES = 7


@dataclass(frozen=True)
class PatternLine:
    """A line as the path of an SVG, with a stop if the practice serves the commitment."""

    number: int
    path: str
    served: bool
    x: int
    y: int


def pattern(seed: str, served: Collection[int], width: int, height: int) -> list[PatternLine]:
    """The seven lines in a box of `width` by `height` pixels, which differ for each `seed`; the coloured ones come
    last, on top."""
    digest = hashlib.sha256(seed.encode()).digest()
    ends = sorted(range(LINES), key=lambda row: (digest[row], row))
    lines = [
        _line(
            row + 1, row + 1 in served, (row, ends[row]), (digest[LINES + row], digest[2 * LINES + row]), width, height
        )
        for row in range(LINES)
    ]
    return sorted(lines, key=lambda line: (line.served, line.number))


def _line(
    number: int, served: bool, rows: tuple[int, int], chance: tuple[int, int], width: int, height: int
) -> PatternLine:
    """A line from one row to another, with a bend of 45 degrees. The two bytes `chance` place the bend and the stop."""
    gap = height / (LINES + 1)
    start, end = (round(gap * (row + 1)) for row in rows)
    drop, margin = end - start, width // 8
    bend = margin + round((width - 2 * margin - abs(drop)) * chance[0] / 255)
    after = bend + abs(drop)
    path = f"M0 {start}H{bend}l{abs(drop)} {drop}H{width}"
    # The stop is on the longer of the two level parts.
    if bend > width - after:
        return PatternLine(number, path, served, bend * (96 + chance[1] // 4) // 256, start)
    return PatternLine(number, path, served, after + (width - after) * (96 + chance[1] // 4) // 256, end)
