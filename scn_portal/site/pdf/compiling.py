"""A program that typesets the PDF of a template: `python -I compiling.py TEMPLATE FONTS DATE`, with the data on stdin.

It writes only the PDF to stdout. If the compiler refuses the text, the exit status is 3 and the error message is on
stderr. It imports nothing of Django. As a separate process, it does not leave the memory for typesetting, thirty
megabytes or more, in the web server, and can be stopped if it takes too long.
"""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import typst

REFUSED = 3


def compiled(template: Path, fonts: Path, day: dt.date, written: str) -> bytes:
    """The PDF. Raises typst.TypstError."""
    faces = typst.Fonts(include_system_fonts=False, font_paths=[fonts])
    try:
        return _compile(template, faces, written, day, ["ua-1"])
    except typst.TypstError:
        # PDF/UA refuses a text with a missing glyph. A PDF without that standard is tagged all the same.
        return _compile(template, faces, written, day, ["1.7"])


def _compile(template: Path, faces: typst.Fonts, written: str, day: dt.date, standards: list[Any]) -> bytes:
    return typst.compile(
        template,
        root=template.parent,
        font_paths=faces,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": written},
        pdf_standards=standards,
        timestamp=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
    )


if __name__ == "__main__":
    template, fonts, day = sys.argv[1:]
    try:
        made = compiled(Path(template), Path(fonts), dt.date.fromisoformat(day), sys.stdin.buffer.read().decode())
    except typst.TypstError as error:
        sys.stderr.write(str(error.message))
        raise SystemExit(REFUSED) from error
    sys.stdout.buffer.write(made)
