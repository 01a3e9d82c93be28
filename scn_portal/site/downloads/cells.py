"""A value of a row as one cell, the same in CSV, XLSX, JSON and GeoJSON."""

import datetime as dt
import re
from typing import Any

Cell = str | int | float | bool | None

SEPARATOR = "; "  # between the items of a list; no address, code or label contains it
# A spreadsheet program treats a text that begins with one of these as a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_LIST_MARK = re.compile(r"^- ", re.MULTILINE)
# XML, and so a spreadsheet, cannot contain these characters.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def cell(value: Any) -> Cell:
    """`value` as a cell: dates in ISO 8601, times in UTC, the items of a list joined, None for an empty value."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return SEPARATOR.join(str(cell(item)) for item in value) or None
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return harmless(_text(str(value))) or None


def harmless(value: str) -> str:
    """`value`, with an apostrophe before it if a spreadsheet program would treat it as a formula.

    In a list in Markdown, "-" is replaced by "*" instead. This is done in every format: cells are the same in all, and
    stay harmless if a program converts one format into another.
    """
    if value.startswith("- "):
        return _LIST_MARK.sub("* ", value)
    return "'" + value if value.lstrip(" \u00a0\u202f\ufeff").startswith(FORMULA) else value


def _text(value: str) -> str:
    """`value` without characters that XML cannot contain, with one kind of line break, since XML and browsers use
    different ones."""
    return _NOT_IN_XML.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
