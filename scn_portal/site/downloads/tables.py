"""Tables written as CSV, XLSX, JSON or GeoJSON, row by row, in little memory.

A cell is the same in each format. Besides the rows, each file has its licence, date and address, if the format allows
this without confusing programs.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol

from scn_portal.base.days import today
from scn_portal.base.licence import ATTRIBUTION, LICENCE
from scn_portal.site.downloads.cells import Cell, cell
from scn_portal.site.downloads.dataset import Point

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

ROWS_PER_CHUNK = 200
BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheets that accents are in UTF-8
MAX_LENGTH_CELL = 32_767  # in an XLSX file


class Readable(Protocol):
    """What a table needs from a column: its header, and the value for a row."""

    @property
    def key(self) -> str: ...

    @property
    def value(self) -> Callable[[Any], Any]: ...


@dataclass(frozen=True)
class Sheet:
    """An additional sheet of a spreadsheet: rows of texts."""

    title: str
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """A table to download. `point` returns the longitude and latitude of a row, or None."""

    name: str
    title: str
    metadata: dict[str, str]
    columns: Iterable[Readable]
    rows: Iterable[Any]
    point: Callable[[Any], Point | None] = lambda row: None

    @property
    def header(self) -> list[str]:
        return [column.key for column in self.columns]

    def cells(self, row: Any) -> list[Cell]:
        """The cells of `row`, in the order of the columns."""
        return [cell(column.value(row)) for column in self.columns]


def metadata(address: str, **more: str) -> dict[str, str]:
    """Licence, attribution, date and address of a table, by key, and `more`."""
    date = today().isoformat()
    return {"licence": LICENCE, "attribution": ATTRIBUTION, "date": date, "address": address, **more}


# --- CSV -------------------------------------------------------------------------------------------------------------


def as_csv(table: Table) -> Iterator[str]:
    """CSV with a header, in chunks."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(table.header)
    for number, row in enumerate(table.rows):
        writer.writerow([_as_text(value) for value in table.cells(row)])
        if number % ROWS_PER_CHUNK == ROWS_PER_CHUNK - 1:
            yield _taken(buffer)
    yield _taken(buffer)


def _as_text(value: Cell) -> Cell:
    """`value`; true and false as Table Schema writes them."""
    return str(value).lower() if isinstance(value, bool) else value


def _taken(buffer: io.StringIO) -> str:
    written = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return written


# --- XLSX ------------------------------------------------------------------------------------------------------------


def write_xlsx(file: IO[bytes], table: Table, *notes: Sheet) -> None:
    """Write a spreadsheet to `file`: the table on its first sheet, then the `notes`, and its metadata in the properties
    of the document. Row by row, in little memory."""
    import xlsxwriter  # imported here, since few processes write a spreadsheet

    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(file, options) as book:
        comments = "\n".join(f"{key}: {value}" for key, value in table.metadata.items())
        # Only the day: with the time of the request, no two files would be the same, and their size would not be the
        # announced one.
        made = dt.datetime.fromisoformat(table.metadata["date"])
        book.set_properties({"title": table.title, "author": ATTRIBUTION, "comments": comments, "created": made})
        _fill(book, table)
        for note in notes:
            _add_notes(book, note)


def _fill(book: "Workbook", table: Table) -> None:
    sheet, bold, header = book.add_worksheet(table.title[:31]), book.add_format({"bold": True}), table.header
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 20)
    for position, key in enumerate(header):
        sheet.write_string(0, position, key, bold)
    for number, row in enumerate(table.rows, 1):
        for position, value in enumerate(table.cells(row)):
            _write(sheet, number, position, value)


def _write(sheet: "Worksheet", row: int, position: int, value: Cell) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, position, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, position, value)
    elif value:
        sheet.write_string(row, position, value[:MAX_LENGTH_CELL])


def _add_notes(book: "Workbook", note: Sheet) -> None:
    sheet = book.add_worksheet(note.title[:31])
    sheet.set_column(0, 3, 40)
    for number, row in enumerate(note.rows):
        for position, text in enumerate(row):
            sheet.write_string(number, position, text)


# --- JSON and GeoJSON ------------------------------------------------------------------------------------------------


def as_json(table: Table) -> Iterator[str]:
    """An object with the metadata and, under `rows`, the rows by column key; in chunks."""
    rows = (_object(table, row) for row in table.rows)
    yield from _members(table.metadata | {"title": table.title}, "rows", rows)


def as_geojson(table: Table) -> Iterator[str]:
    """A feature for each row (RFC 7946), with a null geometry if its place is not known; in chunks."""
    features = (
        {"type": "Feature", "geometry": _geometry(table.point(row)), "properties": _object(table, row)}
        for row in table.rows
    )
    head = {"type": "FeatureCollection"} | table.metadata | {"title": table.title}
    yield from _members(head, "features", features)


def _object(table: Table, row: Any) -> dict[str, Cell]:
    return dict(zip(table.header, table.cells(row), strict=True))


def _geometry(point: Point | None) -> dict[str, Any] | None:
    return {"type": "Point", "coordinates": point} if point else None


def _members(head: dict[str, str], name: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A JSON object in chunks: `head` with one more member `name`, the array of `rows`."""
    written = [_json(head)[:-1] + f', "{name}": [\n']
    for number, row in enumerate(rows):
        written.append((",\n" if number else "") + _json(row))
        if number % ROWS_PER_CHUNK == ROWS_PER_CHUNK - 1:
            yield "".join(written)
            written.clear()
    yield "".join([*written, "\n]}\n"])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
