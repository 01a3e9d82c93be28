"""The base as an app: it names each process for history, and repairs the protection of history after each `migrate`."""

import sys
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


def put_in_order(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Replace the functions of history with the portal's own, and give `scn_app`, if it exists, its privileges."""
    from scn_portal.base.database_roles import granting, history

    connection = connections[using]
    with connection.cursor() as cursor:
        there_is_a_role = granting.exists(cursor)
        if not there_is_a_role:
            history.harden(cursor)
    if there_is_a_role:
        granting.apply(connection)


class BaseConfig(AppConfig):
    name = "scn_portal.base"

    def ready(self) -> None:
        from django.contrib.messages.storage.cookie import CookieStorage

        from scn_portal.base import kept, kept_counts, processes
        from scn_portal.base.search import plain

        plain.register()
        kept.register(kept_counts.AllCounts())
        CookieStorage.cookie_name = f"{settings.COOKIE_PREFIX}messages"  # Django has no setting for it
        processes.name_this_process(sys.argv)
        connection_created.connect(processes.tell, dispatch_uid="processes")
        post_migrate.connect(put_in_order, sender=self, dispatch_uid="database_roles")
