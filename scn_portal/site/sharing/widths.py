"""The width of text, from a table of the font's widths, so that a badge or a chart is served without loading Pillow."""

import json
from functools import cache

from django.conf import settings

# Pillow measures the same within 4 %: the table does not have the pairs of letters that stand closer together.
TABLE = settings.BASE_DIR / "scn_portal/fonts/source-sans-3/widths.json"
EM = 1000  # units of the table per em


def width(text: str, size: int) -> float:
    """The width of `text` in pixels, in the sans font at `size` pixels."""
    widths, missing = _table()
    return sum(widths.get(letter, missing) for letter in text) * size / EM


@cache
def _table() -> tuple[dict[str, int], int]:
    """The width of each letter, and the width of letters that the font does not have."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    return {letter: int(wide) for wide, letters in table["letters"].items() for letter in letters}, table["missing"]
