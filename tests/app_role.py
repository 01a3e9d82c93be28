"""Tests that run as `scn_app`, the database role of production, and create their rows as the owner of the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from factory.django import DjangoModelFactory

from scn_portal.base.database_roles.decisions import ROLE

# The modules whose tests run as the role: together they do what the portal does to each of its tables.
MODULES = {
    "test_people", "test_invitations", "test_account_mails", "test_idle_accounts", "test_profile", "test_progress",
    "test_take_down", "test_moderation", "test_deciding", "test_conversation", "test_corrections", "test_attachments",
    "test_sending", "test_takedown", "test_admin",
}  # fmt: skip


def become(role: str, connection: BaseDatabaseWrapper, **kwargs) -> None:
    """From now on the session has the role `role`, as if it had signed in; with DEFAULT, the role that signed in."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION AUTHORIZATION {role}")


_depth: list[None] = []  # one item for each block of `as_app` that is open, unless `as_owner` is open in it


@contextmanager
def as_owner() -> Iterator[None]:
    """Within `as_app`, run the block as the owner, for what tests do themselves. Elsewhere they are the owner
    anyway."""
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
    """In every thread, the code under test runs as the role, while factories create rows as the owner."""
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
