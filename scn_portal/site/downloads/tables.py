"""Tables to take away: rows written out as CSV, XLSX, JSON or GeoJSON, one after the other, in little memory.

Each says its licence, its date and where it came from, where its readers see it and no program stumbles over it.
"""

import csv
import datetime as dt
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from scn_portal.base.licence import ATTRIBUTION, LICENCE

Point = tuple[float, float]

AT_ONCE = 200
BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheets that accents are in UTF-8
# A spreadsheet takes what begins so for a formula and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_CELL = 32_767  # of an XLSX file
SEPARATOR = "; "


@dataclass(frozen=True)
class Column:
    """A column: its name for programs, its name for people, and what a row has there."""

    key: str
    label: str
    value: Callable[[Any], Any]


@dataclass(frozen=True)
class Table:
    """What is taken away. `point` says where a row lies, as longitude and latitude, if that is known."""

    name: str
    title: str
    about: dict[str, tuple[str, str]]  # key: (label, value)
    columns: list[Column]
    rows: Iterable[Any]
    point: Callable[[Any], Point | None]

    def values(self) -> Iterator[list[Any]]:
        """The rows, as lists in the order of the columns."""
        for row in self.rows:
            yield [column.value(row) for column in self.columns]

    @property
    def told(self) -> dict[str, str]:
        """Licence, source, date and address, by their names for programs."""
        return {key: value for key, (_label, value) in self.about.items()}


def about(address: str, labels: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What every table says of itself: licence, attribution, date, address."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    told = {"licence": LICENCE, "attribution": ATTRIBUTION, "date": today, "address": address}
    return {key: (labels[key], value) for key, value in told.items()}


# --- CSV -------------------------------------------------------------------------------------------------------------


def as_csv(table: Table) -> Iterator[str]:
    """With a header, and in the last columns of each row what the table says of itself: a comment line would break
    most programs, and a file of its own gets lost."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    tail = [value for _label, value in table.about.values()]
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([column.label for column in table.columns] + [label for label, _value in table.about.values()])
    for number, values in enumerate(table.values()):
        writer.writerow([harmless(flat(value)) for value in values] + tail)
        if number % AT_ONCE == AT_ONCE - 1:
            yield _taken(buffer)
    yield _taken(buffer)


def flat(value: Any) -> str | int | float:
    """`value` as one cell: items of a list one after the other, nothing where nothing is known."""
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(map(str, value))
    return value if isinstance(value, int | float) else str(value)


def harmless(value: str | int | float) -> str | int | float:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it. A number stays a number."""
    if isinstance(value, str) and value.lstrip(" \u00a0\u202f\ufeff").startswith(FORMULA):
        return "'" + value
    return value


def _taken(buffer: io.StringIO) -> str:
    written = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return written


# --- XLSX ------------------------------------------------------------------------------------------------------------


def as_xlsx(table: Table, title_of_notes: str) -> IO[bytes]:
    """A file that vanishes when it is closed: the table on its first sheet, what it says of itself on the second and in
    the properties of the document."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(file, options) as book:
        comments = "\n".join(f"{label}: {value}" for label, value in table.about.values())
        book.set_properties({"title": table.title, "author": ATTRIBUTION, "comments": comments})
        _fill(book, table)
        notes = book.add_worksheet(title_of_notes)
        notes.set_column(0, 1, 40)
        for number, (label, value) in enumerate(table.about.values()):
            notes.write_string(number, 0, label)
            notes.write_string(number, 1, value)
    file.seek(0)
    return file


def _fill(book: xlsxwriter.Workbook, table: Table) -> None:
    sheet, bold = book.add_worksheet(table.title), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(table.columns) - 1, 20)
    for column, each in enumerate(table.columns):
        sheet.write_string(0, column, each.label, bold)
    for number, values in enumerate(table.values(), 1):
        for column, value in enumerate(map(flat, values)):
            if isinstance(value, int | float):
                sheet.write_number(number, column, value)
            elif value:
                sheet.write_string(number, column, value[:LONGEST_CELL])


# --- JSON and GeoJSON ------------------------------------------------------------------------------------------------


def as_json(table: Table) -> Iterator[str]:
    """An object with what the table says of itself, then its rows, by the names for programs."""
    rows = (_object(table, row) for row in table.rows)
    yield from _members(table.told | {"title": table.title}, "rows", rows)


def as_geojson(table: Table) -> Iterator[str]:
    """A feature for each row (RFC 7946), without a geometry where no place is known."""
    features = (
        {"type": "Feature", "geometry": _geometry(table.point(row)), "properties": _object(table, row)}
        for row in table.rows
    )
    yield from _members({"type": "FeatureCollection"} | table.told | {"title": table.title}, "features", features)


def _object(table: Table, row: Any) -> dict[str, Any]:
    return {column.key: column.value(row) for column in table.columns}


def _geometry(point: Point | None) -> dict[str, Any] | None:
    return {"type": "Point", "coordinates": point} if point else None


def _members(head: dict[str, str], name: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """`head` with one member more, the array of `rows`, a few at a time."""
    written = [_json(head)[:-1] + f', "{name}": [\n']
    for number, row in enumerate(rows):
        written.append((",\n" if number else "") + _json(row))
        if number % AT_ONCE == AT_ONCE - 1:
            yield "".join(written)
            written.clear()
    yield "".join([*written, "\n]}\n"])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
