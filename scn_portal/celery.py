"""The Celery application. Beat only wakes the work: what is due is a question to the database."""

import os

from celery import Celery, signals

from scn_portal.base import redaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")

app = Celery("scn_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


# Celery replaces the handlers of the settings by its own.
@signals.after_setup_logger.connect
@signals.after_setup_task_logger.connect
def redact_logs(logger, **_details) -> None:
    """No address and no token in what workers and beat log."""
    redaction.redact_handlers(logger)
