"""Files that are made while the reader waits, and kept: pictures and short PDFs of one version of a row."""

import logging
from collections.abc import Callable
from io import BytesIO

from django.core.exceptions import ValidationError
from django.db import DatabaseError

from scn_portal.base.made_files import asking, making
from scn_portal.base.made_files.storing import opened
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.models import MadeFile

logger = logging.getLogger(__name__)


def kept(wanted: Wanted, make: Callable[[], bytes]) -> bytes:
    """The kept file; made by `make` if nobody has asked for it yet."""
    if (content := content_of(asking.find(wanted))) is not None:
        return content
    content = make()
    try:
        making.keep(wanted, BytesIO(content))
    except (OSError, ValidationError, DatabaseError):  # such as a full disk: the reader still gets the file
        logger.warning("What was made could not be kept.", exc_info=True)
    return content


def content_of(file: MadeFile | None) -> bytes | None:
    """The content of a small file, recording that it was asked for; None if it does not exist."""
    if file is None or not file.name:
        return None
    try:
        with opened(file.name) as stored:
            content = stored.read()
    except FileNotFoundError:
        logger.error("%s is not in the storage.", file)
        file.delete()
        return None
    asking.note_use(file)
    return content
