"""An id for each request: in its answer, in each log line about it, and in those of the tasks that it starts.

With it, operators find what the web server, the worker and the proxy log about the same request.
"""

import datetime as dt
import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# The ids accepted from a proxy: no line ends or invisible characters.
_SOUND = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of the request or task on which this thread works; "" if there is none."""
    return _current.get()


def new() -> str:
    return uuid.uuid4().hex


@contextmanager
def of(request_id: str) -> Iterator[None]:
    """Inside the block, `request_id` is the current id."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


class RequestIdMiddleware:
    """Takes the id from our proxy, or makes one. It is the outermost, so that every log line and answer has the id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "") if settings.TRUSTED_PROXY_COUNT else ""
        request_id = given if _SOUND.fullmatch(given) else new()
        request.request_id = request_id  # for Django's log line about it at the very end
        with of(request_id):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Gives each record the id of its request, as `request_id`; "-" if there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        record.request_id = current() or getattr(request, "request_id", "-")
        return True


class JsonFormatter(logging.Formatter):
    """A line of JSON for each record. Other values of a record are not written, since they may identify a person."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "process": f"{record.processName}:{record.process}",
            "message": record.getMessage(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)
