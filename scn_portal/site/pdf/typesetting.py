"""Typst, held to its limits: our templates, other people's data, no network and no fonts but our own."""

import datetime as dt
import hashlib
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeoutError
from functools import cache
from typing import Any

import typst
from django.conf import settings

from scn_portal.base.made_files.keeping import kept
from scn_portal.base.made_files.wanted import Wanted

TEMPLATES = settings.BASE_DIR / "scn_portal/site/pdf/typst"
FONTS = settings.BASE_DIR / "scn_portal/fonts"

MAX_CHARACTERS = 600_000  # of the data: some 150 pages
MAX_BYTES = 8 * 1024 * 1024  # of the PDF
MAX_SECONDS = 15
MAX_AT_ONCE = 2
# Raised when the templates change, so that no PDF of the old ones is taken for one of the new.
EDITION = 2

logger = logging.getLogger(__name__)


class TypesettingError(Exception):
    """There is no PDF: too much text, or too little time."""


def typeset(template: str, data: dict[str, Any], day: dt.date) -> bytes:
    """The PDF of `template` with `data`, dated `day`: the same bytes for the same arguments. TypesettingError.

    Made while its reader waits, and then kept: ten pages take a tenth of a second, the longest allowed one or two.
    """
    written = json.dumps(data, ensure_ascii=False, sort_keys=True)
    if len(written) > MAX_CHARACTERS:
        raise TypesettingError(f"{template}: {len(written)} characters")
    version = hashlib.sha256(f"{EDITION} {typst.__version__} {template} {day} {written}".encode()).hexdigest()
    return kept(Wanted("pdf", "pdf", {"version": version}), lambda: _within_limits(template, written, day))


def _within_limits(template: str, written: str, day: dt.date) -> bytes:
    # A thread cannot be ended: one that takes too long goes on, and the others are few.
    work = _pool().submit(_compiled, template, written, day)
    try:
        made = work.result(timeout=MAX_SECONDS)
    except FuturesTimeoutError as error:
        work.cancel()
        raise TypesettingError(f"{template}: not ready within {MAX_SECONDS} seconds") from error
    if len(made) > MAX_BYTES:
        raise TypesettingError(f"{template}: {len(made)} bytes")
    return made


def _compiled(template: str, written: str, day: dt.date) -> bytes:
    try:
        return _compile(template, written, day, ["ua-1"])
    except typst.TypstError as error:
        # PDF/UA takes no text that lacks a glyph. Without its stamp the PDF is tagged all the same.
        logger.info("%s is no PDF/UA: %s", template, error.message)
    try:
        return _compile(template, written, day, ["1.7"])
    except typst.TypstError as error:
        raise TypesettingError(f"{template}: {error.message}") from error


def _compile(template: str, written: str, day: dt.date, standards: list[Any]) -> bytes:
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": written},
        pdf_standards=standards,
        timestamp=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
    )


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="typst")


@cache
def _fonts() -> typst.Fonts:
    """Those of the wheel and our own; never the machine's, so that a page breaks everywhere alike."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
