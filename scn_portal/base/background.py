"""Handing work to a Celery worker."""

from celery import current_app
from django.db import transaction


def run_after_commit(task: str) -> None:
    """Send `task`, the dotted name of a task without arguments, to a worker once this transaction is committed.

    Raises nothing if the broker is down: every such task finds what is due in the database, and beat starts it again
    within minutes. It takes a name, so that the caller need not import the module of the task.
    """
    transaction.on_commit(lambda: current_app.send_task(task), robust=True)
