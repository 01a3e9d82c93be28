"""What a reader who asks for a file gets: the current file; an older one while a newer one is made; or none yet."""

import logging

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scn_portal.base import generation
from scn_portal.base.limits import TooMany, network_of
from scn_portal.base.made_files import asking
from scn_portal.base.made_files.serving import file_response
from scn_portal.base.made_files.wanted import Wanted
from scn_portal.base.models import MadeFile
from scn_portal.base.strangers import FILES_MADE, FILES_MADE_IN_ALL

logger = logging.getLogger(__name__)


def delivered(
    request: HttpRequest, wanted: Wanted, file: MadeFile | None, content_type: str
) -> HttpResponseBase | None:  # fmt: skip
    """The file, or None if it is queued. `file` is its row, from `asking.find`. Raises TooMany if the file would have
    to be made, and the reader's network, or all readers together, have exceeded their limit."""
    now = generation.current()
    if file and asking.is_current(file, now):
        if response := _sent(request, file, content_type):
            return response
        file = None
    stands_in = file is not None and asking.may_stand_in(file, now)
    try:
        _queue(request, wanted)
    except TooMany:
        if not stands_in:
            raise
    if not file or not stands_in or (response := _sent(request, file, content_type)) is None:
        return None
    response["Cache-Control"] = "no-store"  # caches must not keep it as the current file
    return response


def _queue(request: HttpRequest, wanted: Wanted) -> None:
    asking.ask(wanted, (FILES_MADE, network_of(request)), (FILES_MADE_IN_ALL, ""))


def _sent(request: HttpRequest, file: MadeFile, content_type: str) -> HttpResponseBase | None:
    try:
        response = file_response(request, file, content_type)
    except FileNotFoundError:
        logger.error("%s is not in the storage; it will be made again.", file)
        file.delete()
        return None
    asking.note_use(file)
    return response
