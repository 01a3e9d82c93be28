"""The Celery application. Beat only starts tasks; each task finds in the database what is due."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import beat_init, worker_init

from scn_portal.base import memory, task_logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")


class NamedTask(Task):
    """History records the changes of a task under its name: `task:publish_scheduled`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from scn_portal.base import processes  # Django's settings come first

        with processes.named(f"task:{self.name.rpartition('.')[2]}"):
            return super().__call__(*args, **kwargs)


app = Celery("scn_portal", task_cls=NamedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_logs.connect()


@worker_init.connect
def keep_small(**kwargs: Any) -> None:
    """Reduce memory before a worker starts the processes that share it."""
    memory.keep_small()
    app.finalize()
    memory.give_back()


@worker_init.connect
@beat_init.connect
def refuse_as_owner(**kwargs: Any) -> None:
    """Stop a worker or beat whose role has more power in the database than it needs."""
    from django.core.exceptions import ImproperlyConfigured

    from scn_portal.base.database_roles import starting

    try:
        starting.refuse_as_owner()
    except ImproperlyConfigured as error:
        raise SystemExit(f"{error}") from error  # any other exception of a receiver is only logged
