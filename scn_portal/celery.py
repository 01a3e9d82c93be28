"""The Celery application. Beat only wakes the work: what is due is a question to the database."""

import os

from celery import Celery

from scn_portal.base import task_logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")

app = Celery("scn_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_logs.connect()
