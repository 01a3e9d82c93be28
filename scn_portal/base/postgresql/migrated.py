"""Whether the database has every migration of this code. This loads none of them, since they take ten megabytes and a
process that serves pages needs none."""

import pkgutil
from functools import cache
from importlib.util import find_spec

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def missing_migrations() -> int:
    """The number of migrations that `migrate` would still run. Raises DatabaseError."""
    if _written() <= MigrationRecorder(connection).applied_migrations().keys():
        return 0
    # A database with the migrations that a squashed one replaces lacks nothing either; the executor knows that.
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@cache
def _written() -> set[tuple[str, str]]:
    """The migrations of all apps, as (app, name), from the names of their files."""
    found = set()
    for app in apps.get_app_configs():
        module, _explicit = MigrationLoader.migrations_module(app.label)
        package = find_spec(module) if module else None
        # A module of that name that is not a package has none.
        for each in pkgutil.iter_modules((package and package.submodule_search_locations) or ()):
            if not each.ispkg and each.name[0] not in "_~":
                found.add((app.label, each.name))
    return found
