"""One id for each request: in its answer, in each log line about it, and in those of the tasks that it starts.

With it whoever runs the portal finds what web, worker and proxy say of one and the same request.
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
# What may come from a proxy: nothing that ends a line or hides in it.
_SOUND = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of the request, or of the task, that this thread is busy with; "" if it is with neither."""
    return _current.get()


def new() -> str:
    return uuid.uuid4().hex


@contextmanager
def of(request_id: str) -> Iterator[None]:
    """Everything inside the block is about this request."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


class RequestIdMiddleware:
    """Takes the id that our proxy gave, or makes one. Outermost, so that every line and every answer has it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "") if settings.TRUSTED_PROXY_COUNT else ""
        request_id = given if _SOUND.fullmatch(given) else new()
        request.request_id = request_id  # for what Django logs about it at the very end
        with of(request_id):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Gives each record the id of its request, as `request_id`; "-" where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        record.request_id = current() or getattr(request, "request_id", "-")
        return True


class JsonFormatter(logging.Formatter):
    """A line of JSON for each record. Nothing else of what a record carries is written: it may say who somebody is."""

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
