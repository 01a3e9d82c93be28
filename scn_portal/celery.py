"""The Celery application. Beat only wakes the work: what is due is a question to the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")

app = Celery("scn_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_as_owner(**kwargs: Any) -> None:
    """A worker or beat that is mightier in the database than it needs to be does not start."""
    from django.core.exceptions import ImproperlyConfigured

    from scn_portal.base.database_roles import starting

    try:
        starting.refuse_as_owner()
    except ImproperlyConfigured as error:
        raise SystemExit(f"{error}") from error  # any other exception of a receiver is only logged
