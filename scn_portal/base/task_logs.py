"""The logs of workers and beat: in the format of the settings, with the id of the request that started the task."""

import logging
from contextlib import ExitStack
from typing import Any

from celery import signals

from scn_portal.base import request_ids

# The header of a task that has the id.
HEADER = "request_id"
_running = ExitStack()


def connect() -> None:
    """Connect the signals of Celery, in this process."""
    signals.setup_logging.connect(keep_our_logs)
    signals.before_task_publish.connect(send_request_id)
    signals.task_prerun.connect(take_request_id)
    signals.task_postrun.connect(forget_request_id)


def keep_our_logs(loglevel: int = logging.INFO, **_details: Any) -> None:
    """With this connected, Celery keeps the handlers of the settings. `--loglevel` still sets the level."""
    root = logging.getLogger()
    root.setLevel(min(root.level, loglevel))


def send_request_id(headers: dict[str, Any], **_details: Any) -> None:
    headers[HEADER] = request_ids.current() or request_ids.new()


def take_request_id(task: Any, **_details: Any) -> None:
    """Set the id for a task; a worker process runs one task at a time."""
    _running.close()
    _running.enter_context(request_ids.of(task.request.get(HEADER) or request_ids.new()))


def forget_request_id(**_details: Any) -> None:
    _running.close()
