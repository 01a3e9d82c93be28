"""Tables written as CSV, XLSX, JSON or GeoJSON, row by row, in little memory.

Each file carries its licence, date and address where people see them and programs can still read the file.
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

ROWS_PER_CHUNK = 200
BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheets that accents are in UTF-8
# A spreadsheet takes a text that begins with one of these for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
MAX_LENGTH_CELL = 32_767  # in an XLSX file
SEPARATOR = "; "


@dataclass(frozen=True)
class Column:
    """A column: its key for programs, its label for people, the value of a row."""

    key: str
    label: str
    value: Callable[[Any], Any]


@dataclass(frozen=True)
class Table:
    """A table to download. `point` gives the longitude and latitude of a row, or None."""

    name: str
    title: str
    metadata: dict[str, tuple[str, str]]  # key: (label, value)
    columns: list[Column]
    rows: Iterable[Any]
    point: Callable[[Any], Point | None]

    def values(self) -> Iterator[list[Any]]:
        """The rows, as lists in the order of the columns."""
        for row in self.rows:
            yield [column.value(row) for column in self.columns]

    @property
    def metadata_values(self) -> dict[str, str]:
        """Licence, attribution, date and address by key."""
        return {key: value for key, (_label, value) in self.metadata.items()}


def metadata(address: str, labels: dict[str, str]) -> dict[str, tuple[str, str]]:
    """The licence, attribution, date and address of a table, with `labels` for these four keys."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    values = {"licence": LICENCE, "attribution": ATTRIBUTION, "date": today, "address": address}
    return {key: (labels[key], value) for key, value in values.items()}


# --- CSV -------------------------------------------------------------------------------------------------------------


def as_csv(table: Table) -> Iterator[str]:
    """CSV with a header, in chunks. The last columns of each row hold the metadata."""
    # A comment line would break most programs, and a file beside it gets lost.
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    tail = [value for _label, value in table.metadata.values()]
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([column.label for column in table.columns] + [label for label, _value in table.metadata.values()])
    for number, values in enumerate(table.values()):
        writer.writerow([harmless(flat(value)) for value in values] + tail)
        if number % ROWS_PER_CHUNK == ROWS_PER_CHUNK - 1:
            yield _taken(buffer)
    yield _taken(buffer)


def flat(value: Any) -> str | int | float:
    """`value` as one cell: the items of a list joined, an empty text for None."""
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(map(str, value))
    return value if isinstance(value, int | float) else str(value)


def harmless(value: str | int | float) -> str | int | float:
    """`value`, with an apostrophe before a text that a spreadsheet would take for a formula."""
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
    """A temporary file, deleted when the caller closes it: the table on its first sheet, its metadata on the second and
    in the properties of the document."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(file, options) as book:
        comments = "\n".join(f"{label}: {value}" for label, value in table.metadata.values())
        book.set_properties({"title": table.title, "author": ATTRIBUTION, "comments": comments})
        _fill(book, table)
        notes = book.add_worksheet(title_of_notes)
        notes.set_column(0, 1, 40)
        for number, (label, value) in enumerate(table.metadata.values()):
            notes.write_string(number, 0, label)
            notes.write_string(number, 1, value)
    file.seek(0)
    return file


def _fill(book: xlsxwriter.Workbook, table: Table) -> None:
    sheet, bold = book.add_worksheet(table.title), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(table.columns) - 1, 20)
    for position, column in enumerate(table.columns):
        sheet.write_string(0, position, column.label, bold)
    for number, values in enumerate(table.values(), 1):
        for position, value in enumerate(map(flat, values)):
            if isinstance(value, int | float):
                sheet.write_number(number, position, value)
            elif value:
                sheet.write_string(number, position, value[:MAX_LENGTH_CELL])


# --- JSON and GeoJSON ------------------------------------------------------------------------------------------------


def as_json(table: Table) -> Iterator[str]:
    """An object with the metadata and, under `rows`, the rows by column key; in chunks."""
    rows = (_object(table, row) for row in table.rows)
    yield from _members(table.metadata_values | {"title": table.title}, "rows", rows)


def as_geojson(table: Table) -> Iterator[str]:
    """A feature for each row (RFC 7946), its geometry null where its place is not known; in chunks."""
    features = (
        {"type": "Feature", "geometry": _geometry(table.point(row)), "properties": _object(table, row)}
        for row in table.rows
    )
    yield from _members(
        {"type": "FeatureCollection"} | table.metadata_values | {"title": table.title}, "features", features
    )


def _object(table: Table, row: Any) -> dict[str, Any]:
    return {column.key: column.value(row) for column in table.columns}


def _geometry(point: Point | None) -> dict[str, Any] | None:
    return {"type": "Point", "coordinates": point} if point else None


def _members(head: dict[str, str], name: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """`head` with one more member, the array of `rows`, in chunks."""
    written = [_json(head)[:-1] + f', "{name}": [\n']
    for number, row in enumerate(rows):
        written.append((",\n" if number else "") + _json(row))
        if number % ROWS_PER_CHUNK == ROWS_PER_CHUNK - 1:
            yield "".join(written)
            written.clear()
    yield "".join([*written, "\n]}\n"])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
