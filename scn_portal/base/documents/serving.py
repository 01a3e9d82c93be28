"""Answers with stored files, which never change."""

from pathlib import PurePath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag


def file_response(request, name: str, **options) -> HttpResponseBase:
    """The stored file, or 304 if the reader has it; `options` are those of FileResponse. Raises Http404 if there is no
    such file."""
    etag = quote_etag(PurePath(name).stem)
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    response = response or _opened(name, options)
    response.headers["ETag"] = etag
    # If a browser shows the file as a page after all, nothing in it runs or counts as part of this site.
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


def document_response(request, document) -> HttpResponseBase:
    """The file of a `KeptDocument` as a download, since as a page it could act in the name of the portal."""
    return file_response(
        request,
        document.file.name,
        as_attachment=True,
        filename=document.filename,
        content_type=document.media_type,
    )


def _opened(name: str, options: dict) -> FileResponse:
    try:
        return FileResponse(default_storage.open(name, "rb"), **options)
    except FileNotFoundError as error:
        raise Http404 from error
