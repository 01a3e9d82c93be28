"""A value of a row as one cell, the same in CSV, XLSX, JSON and GeoJSON."""

import datetime as dt
import re
from typing import Any

Cell = str | int | float | bool | None

SEPARATOR = "; "  # between the items of a list; no address, code or label has it
# A spreadsheet takes a text that begins with one of these for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_LIST_MARK = re.compile(r"^- ", re.MULTILINE)
# XML, and so a spreadsheet, can hold none of these.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def cell(value: Any) -> Cell:
    """`value` as a cell: dates in ISO 8601 and UTC, the items of a list joined, None for what is empty."""
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
    """`value`, with an apostrophe before a text that a spreadsheet would take for a formula.

    A list in Markdown gets the other of its two marks instead. In every format: a cell is the same in all, and stays
    harmless where a program turns one into another.
    """
    if value.startswith("- "):
        return _LIST_MARK.sub("* ", value)
    return "'" + value if value.lstrip(" \u00a0\u202f\ufeff").startswith(FORMULA) else value


def _text(value: str) -> str:
    """Lines end in one way: XML and browsers each have their own."""
    return _NOT_IN_XML.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
