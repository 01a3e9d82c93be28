"""Typst within limits: our templates with other people's data, without network, only with our fonts, in a separate
process (`compiling.py`)."""

import datetime as dt
import hashlib
import json
import subprocess
import sys
import threading
from importlib.metadata import version
from typing import Any

from django.conf import settings

from scn_portal.base.made_files.keeping import kept
from scn_portal.base.made_files.wanted import Wanted

TEMPLATES = settings.BASE_DIR / "scn_portal/site/pdf/typst"
FONTS = settings.BASE_DIR / "scn_portal/fonts"
PROGRAM = settings.BASE_DIR / "scn_portal/site/pdf/compiling.py"

MAX_CHARACTERS = 600_000  # of the data: some 150 pages
MAX_BYTES = 8 * 1024 * 1024  # of the PDF
MAX_SECONDS = 15
MAX_AT_ONCE = 2
# To be raised when the templates change, so that no PDF of the old ones is used for the new ones.
EDITION = 2

# At most this many threads typeset, so that the others stay free for readers.
_places = threading.BoundedSemaphore(MAX_AT_ONCE)


class TypesettingError(Exception):
    """There is no PDF: the text is too long, or typesetting took too long."""


def typeset(template: str, data: dict[str, Any], day: dt.date) -> bytes:
    """The PDF of `template` with `data`, dated `day`: the same bytes for the same arguments. Raises TypesettingError.

    It is made while the reader waits, and then kept: ten pages take a tenth of a second, the longest allowed text one
    or two seconds.
    """
    written = json.dumps(data, ensure_ascii=False, sort_keys=True)
    if len(written) > MAX_CHARACTERS:
        raise TypesettingError(f"{template}: {len(written)} characters")
    made = hashlib.sha256(f"{EDITION} {version('typst')} {template} {day} {written}".encode()).hexdigest()
    return kept(Wanted("pdf", "pdf", {"version": made}), lambda: _within_limits(template, written, day))


def _within_limits(template: str, written: str, day: dt.date) -> bytes:
    if not _places.acquire(timeout=MAX_SECONDS):
        raise TypesettingError(f"{template}: {MAX_AT_ONCE} others took longer than {MAX_SECONDS} seconds")
    try:
        made = _compiled(template, written, day)
    finally:
        _places.release()
    if len(made) > MAX_BYTES:
        raise TypesettingError(f"{template}: {len(made)} bytes")
    return made


def _compiled(template: str, written: str, day: dt.date) -> bytes:
    command = [sys.executable, "-I", str(PROGRAM), str(TEMPLATES / template), str(FONTS), day.isoformat()]
    try:
        done = subprocess.run(command, input=written.encode(), capture_output=True, timeout=MAX_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TypesettingError(f"{template}: not ready within {MAX_SECONDS} seconds") from error
    if done.returncode:
        raise TypesettingError(f"{template}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout
