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

# What the portal does to each of its tables, in passing: these tests work as the role.
MODULES = {
    "test_people", "test_invitations", "test_account_mails", "test_idle_accounts", "test_profile", "test_progress",
    "test_take_down", "test_moderation", "test_deciding", "test_conversation", "test_corrections", "test_attachments",
    "test_sending", "test_takedown", "test_admin",
}  # fmt: skip


def become(role: str, connection: BaseDatabaseWrapper, **kwargs) -> None:
    """From now on the session is of `role`, as if it had signed in; of the one that did where that is DEFAULT."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION AUTHORIZATION {role}")


_depth: list[None] = []  # how often `as_app` is entered and `as_owner` is not


@contextmanager
def as_owner() -> Iterator[None]:
    """What tests do themselves, within `as_app`; elsewhere they are the owner anyway."""
    if not _depth:
        yield
        return
    _depth.pop()
    become("DEFAULT", connection)
    try:
        yield
    finally:
        _depth.append(None)
        if not connection.needs_rollback:
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
        _depth.append(None)
        try:
            yield
        finally:
            _depth.clear()
            connection_created.disconnect(dispatch_uid="app_role")
            if connection.connection and not connection.needs_rollback:
                become("DEFAULT", connection)
