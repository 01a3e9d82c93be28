"""Sending a made file: compressed if the reader accepts that, a part of it if a part is asked for, 304 if the reader
has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date, quote_etag
from whitenoise.responders import SlicedFile, StaticFile

from scn_portal.base.made_files.storing import is_packed, opened
from scn_portal.base.models import MadeFile

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Form:
    """How a file is sent: the `length` in bytes of what is sent, compressed or not, and its ETag."""

    length: int
    etag: str
    packed: bool = False
    unpacking: bool = False


def file_response(request: HttpRequest, file: MadeFile, content_type: str) -> HttpResponseBase:
    """The file, the requested part of it, or 304. Raises FileNotFoundError if the storage has lost it."""
    form, made_at = _form(request, file), int(file.made_at.timestamp()) if file.made_at else 0
    response: HttpResponseBase | None = get_conditional_response(request, etag=form.etag, last_modified=made_at)
    if response is None:
        response = _sent(request, file, form)
        response["Content-Type"] = content_type
    response["ETag"], response["Last-Modified"] = form.etag, http_date(made_at)
    if is_packed(file.name):
        patch_vary_headers(response, ["Accept-Encoding"])
    response.own_etag = True  # as CachingMiddleware reads it
    return response


def _form(request: HttpRequest, file: MadeFile) -> Form:
    if not is_packed(file.name):
        return Form(file.stored_size or 0, quote_etag(file.sha256))
    # CompressionMiddleware leaves only the encoding that the reader prefers in this header.
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Form(file.stored_size or 0, quote_etag(f"{file.sha256}-gzip"), packed=True)
    return Form(file.size or 0, quote_etag(file.sha256), unpacking=True)


def _sent(request: HttpRequest, file: MadeFile, form: Form) -> HttpResponse | StreamingHttpResponse:
    requested = _requested(request, form)
    if requested and requested[0] > requested[1]:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{form.length}"})
    stored = opened(file.name) if form.unpacking else default_storage.open(file.name, "rb")
    start, end = requested or (0, form.length - 1)
    response = StreamingHttpResponse(Chunks(SlicedFile(stored, start, end) if requested else stored))
    response["Content-Length"] = str(end - start + 1)
    response["Accept-Ranges"] = "none" if form.unpacking else "bytes"
    if form.packed:
        response["Content-Encoding"] = "gzip"
    if requested:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end}/{form.length}"
    return response


def _requested(request: HttpRequest, form: Form) -> tuple[int, int] | None:
    """The first and last byte of the requested part; None for the whole file, or if the header cannot be read."""
    header = request.headers.get("Range", "")
    if not header or form.unpacking or request.headers.get("If-Range", form.etag) != form.etag:
        return None
    try:
        start, end = StaticFile.parse_byte_range(header)
    except ValueError:
        return None
    last = form.length - 1
    return (max(start + form.length, 0) if start < 0 else start), last if end is None else min(end, last)


class Chunks:
    """The rest of a file in chunks. The response closes it once it is sent or aborted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._file.read(CHUNK):
            yield chunk

    def close(self) -> None:
        self._file.close()
