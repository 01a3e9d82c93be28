"""Handing work to a Celery worker."""

from celery import current_app
from django.db import transaction


def run_after_commit(task: str) -> None:
    """Have a worker run `task`, the dotted name of a task without arguments, once this transaction is committed.

    Nothing is raised where the broker is away: every task started so asks the database what is due, and beat starts it
    again within minutes. By its name, so that the module that starts a task need not import the one that defines it.
    """
    transaction.on_commit(lambda: current_app.send_task(task), robust=True)
