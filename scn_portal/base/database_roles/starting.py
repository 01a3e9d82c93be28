"""Web and workers of production serve as a role that owns nothing, or not at all."""

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
    """Called as web server, worker and beat start. In production, ImproperlyConfigured for a superuser, the owner of
    the tables, or who may become it: nothing in the database would hold against this process. And for a pooler of which
    nobody has told the portal.

    Where the database is away, its first connection is looked at.
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
        connection.close()  # left open, the next query would use it
        raise ImproperlyConfigured(
            f"DATABASE_URL: {role} is a superuser or owns the tables. Web, worker and beat connect as scn_app, which "
            "`manage.py database_roles` makes; see docs/operations.md, “Roles of the database”."
        )
    if not settings.POOLER and leads_through_a_pooler(connection):
        connection.close()
        # What one session is told would reach another: history would name the wrong process.
        raise ImproperlyConfigured(
            "DATABASE_URL leads to a pooler: say SCN_POOLER=transaction, or session. See docs/operations.md."
        )
    # Once is enough: the role of this process stays what it is.
    connection_created.disconnect(dispatch_uid="database_roles")
