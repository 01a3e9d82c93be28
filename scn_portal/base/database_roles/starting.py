"""In production, the web server and the workers start only as a role that owns nothing."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from scn_portal.base.postgresql.pooled import leads_through_a_pooler

_IS_TOO_MIGHTY = """
    SELECT current_user::text, EXISTS (
        SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreaterole)
    ) OR EXISTS (
        SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'MEMBER')
    )
"""


def refuse_as_owner() -> None:
    """Called when the web server, a worker or beat starts. In production, raises ImproperlyConfigured for a superuser,
    for a role that can create roles, and for the owner of the tables or a role that may become the owner, since no
    protection in the database would hold against this process. Raises it also for a pooler that the settings do not
    mention.

    If the database is away, the check is made at the first connection.
    """
    if not settings.PRODUCTION:
        return
    connection_created.connect(_look, dispatch_uid="database_roles")
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    connection.close()


def _look(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_IS_TOO_MIGHTY)
        role, is_too_mighty = cursor.fetchone()
    if is_too_mighty:
        connection.close()  # otherwise, the next query would use it
        raise ImproperlyConfigured(
            f"DATABASE_URL: {role} is a superuser or owns the tables. Web, worker and beat connect as scn_app, which "
            "`manage.py database_roles` makes; see docs/operations.md, “Roles of the database”."
        )
    if not settings.POOLER and leads_through_a_pooler(connection):
        connection.close()
        # Settings of one session would reach another, so history would name the wrong process.
        raise ImproperlyConfigured(
            "DATABASE_URL leads to a pooler: say SCN_POOLER=transaction, or session. See docs/operations.md."
        )
    # Once is enough: the role of this process does not change.
    connection_created.disconnect(dispatch_uid="database_roles")
