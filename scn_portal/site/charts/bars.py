"""The layout of a chart: horizontal bars, each under its name, in per cent of the width and in pixels of height."""

from dataclasses import dataclass

from scn_portal.site.charts.figures import Chart, Row
from scn_portal.site.sharing.drawing import INK, LINES
from scn_portal.site.sharing.widths import width

ROW_HEIGHT, LABEL_BASELINE, BAR_TOP, BAR_HEIGHT = 46, 15, 22, 18
FULL = 92  # per cent of the width: the total stands behind the longest bar
MIN_LABELLED = 5  # per cent: a narrower part has no room for its number
# The file is shown without the page, so it must include what the page says around the drawing.
FILE_WIDTH, FILE_MARGIN, TITLE_SIZE, TITLE_LEADING = 680, 24, 20, 27
KEY_HEIGHT, KEY_GAP, FOOT_HEIGHT = 26, 34, 34
SPARE = 1.3  # the reader's own fonts may be wider than the one that texts are measured in


@dataclass(frozen=True)
class Segment:
    """A part of a bar. `start`, `size` and `middle` are in per cent of the width."""

    key: str
    value: int
    start: float
    size: float

    @property
    def middle(self) -> float:
        return round(self.start + self.size / 2, 2)

    @property
    def is_labelled(self) -> bool:
        return self.size >= MIN_LABELLED


@dataclass(frozen=True)
class Bar:
    """The bar of a row: `y` in pixels, `end` in per cent of the width."""

    row: Row
    y: int
    end: float
    colour: str
    segments: list[Segment]

    @property
    def label_y(self) -> int:
        return self.y + LABEL_BASELINE

    @property
    def bar_y(self) -> int:
        return self.y + BAR_TOP

    @property
    def number_y(self) -> int:
        return self.bar_y + 14


def bars_of(chart: Chart) -> list[Bar]:
    """The bars of `chart`, on one scale."""
    most = max((row.total for row in chart.rows), default=0) or 1
    return [_bar(chart, row, most, number * ROW_HEIGHT) for number, row in enumerate(chart.rows)]


def height_of(chart: Chart) -> int:
    return ROW_HEIGHT * len(chart.rows)


def _bar(chart: Chart, row: Row, most: int, y: int) -> Bar:
    segments, start = [], 0.0
    for series, value in zip(chart.series, row.values, strict=True):
        size = round(FULL * value / most, 2)
        if value:
            segments.append(Segment(series.key, value, round(start, 2), size))
        start += size
    colour = LINES[(row.line - 1) % len(LINES)] if row.line else INK
    return Bar(row, y, round(start, 2), colour, segments)


@dataclass(frozen=True)
class Sheet:
    """A chart as a file: the lines of its title, the positions of its key, and its height."""

    title: list[tuple[int, str]]  # (y, words)
    what_y: int
    key: list[tuple[int, int, str, str]]  # (x, y, key of the series, its name)
    bars_y: int
    foot_y: int
    height: int


def sheet_of(chart: Chart) -> Sheet:
    """Everything around the bars of `chart` in its file, from top to bottom."""
    lines = _wrapped(chart.finding, TITLE_SIZE, FILE_WIDTH - 2 * FILE_MARGIN)
    title = [(FILE_MARGIN + 18 + TITLE_LEADING * number, words) for number, words in enumerate(lines)]
    what_y = title[-1][0] + 24
    key, y = _key(chart, what_y + 14) if chart.is_stacked else ([], what_y + 14)
    foot_y = y + 8 + height_of(chart) + FOOT_HEIGHT
    return Sheet(title, what_y, key, y + 8, foot_y, foot_y + FILE_MARGIN - 4)


def _key(chart: Chart, y: int) -> tuple[list[tuple[int, int, str, str]], int]:
    places, x = [], 0
    for series in chart.series:
        wide = KEY_GAP + round(SPARE * width(series.label, 14)) + 8
        if x and x + wide > FILE_WIDTH - 2 * FILE_MARGIN:
            x, y = 0, y + KEY_HEIGHT
        places.append((x, y, series.key, series.label))
        x += wide
    return places, y + KEY_HEIGHT


def _wrapped(text: str, size: int, room: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and SPARE * width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
