"""Tests that work as `scn_app`, the role that serves in production, and make their rows as the owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from factory.django import DjangoModelFactory

from scn_portal.base.database_roles.decisions import ROLE


def become(role: str, connection: BaseDatabaseWrapper, **kwargs) -> None:
    """From now on the session is of `role`, as if it had signed in; of the one that did where that is DEFAULT."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION AUTHORIZATION {role}")


@contextmanager
def as_owner() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user::text")
        before = cursor.fetchone()[0]
    become("DEFAULT", connection)
    try:
        yield
    finally:
        if before == ROLE and not connection.needs_rollback:
            become(ROLE, connection)


@contextmanager
def as_app() -> Iterator[None]:
    """The code under test is of the role; what factories make is the owner's. In every thread."""
    generate = DjangoModelFactory._generate.__func__

    def made_by_the_owner(cls, *args, **kwargs):
        with as_owner():
            return generate(cls, *args, **kwargs)

    become_the_app = partial(become, ROLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DjangoModelFactory, "_generate", classmethod(made_by_the_owner))
        connection_created.connect(become_the_app, weak=False, dispatch_uid="app_role")
        become(ROLE, connection)
        try:
            yield
        finally:
            connection_created.disconnect(dispatch_uid="app_role")
            if connection.connection and not connection.needs_rollback:
                become("DEFAULT", connection)
