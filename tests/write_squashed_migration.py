"""`python -m tests.write_squashed_migration members`: one migration with the result of all migrations of an app.

It creates the models with their fields in the order of the columns, their constraints, indexes and triggers. It lists
what is in no model, which you have to add; see CONTRIBUTING.md.
"""

import os
import sys
from pathlib import Path

import django
from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel, RunPython, RunSQL
from django.db.migrations.state import ModelState
from django.db.migrations.writer import MigrationWriter


def squashed(app: str, loader: MigrationLoader) -> Migration:
    """The migration, without its dependencies on other apps. Raises LookupError if two models need each other."""
    from pgtrigger.migrations import AddTrigger  # Django has to be set up first

    from scn_portal.base.migration_operations import CreateModels

    names = sorted(name for label, name in loader.graph.nodes if label == app)
    models, triggers = [], []
    for model in in_order([model for (label, _name), model in loader.project_state().models.items() if label == app]):
        options = {name: value for name, value in model.options.items() if value != []}
        if options.get("proxy"):  # it has no table, with which its triggers would be created
            triggers += [AddTrigger(model.name_lower, trigger) for trigger in options.pop("triggers", [])]
        models.append(CreateModel(model.name, list(model.fields.items()), options, model.bases, model.managers))
    migration = Migration(f"0001_squashed_{names[-1]}", app)
    migration.initial, migration.replaces = True, [(app, name) for name in names]
    migration.operations = [CreateModels(models), *triggers]
    return migration


def in_order(models: list[ModelState]) -> list[ModelState]:
    """The models, each one after those to which its fields and bases refer."""
    left, done = {model.name_lower: model for model in models}, []
    while left:
        ready = [model for model in left.values() if not named_by(model) & (set(left) - {model.name_lower})]
        if not ready:
            raise LookupError(f"Models that need each other: {', '.join(sorted(left))}. Split the migration.")
        done.append(left.pop(ready[0].name_lower))
    return done


def named_by(model: ModelState) -> set[str]:
    """The names of the models of its own app that a model refers to."""
    fields = [field.remote_field.model for field in model.fields.values() if field.remote_field]
    named = [str(name).lower() for name in [*fields, *model.bases] if isinstance(name, str)]
    return {name.rpartition(".")[2] for name in named if name.rpartition(".")[0] in ("", model.app_label)}


def main(app: str) -> None:
    """Write the file next to those that it replaces."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
    django.setup()
    loader = MigrationLoader(None)
    if any(label == app for label, _name in loader.replacements):
        sys.exit("Django squashes no migration that replaces others: first delete those, and `replaces`.")
    migration = squashed(app, loader)
    path = Path(apps.get_app_config(app).path) / "migrations" / f"{migration.name}.py"
    path.write_text(MigrationWriter(migration).as_string())
    sys.stdout.write(f"{path}\nFor you: the dependencies on other apps, and what an empty database needs of these:\n")
    for label, name in migration.replaces:
        for operation in loader.graph.nodes[label, name].operations:
            if isinstance(operation, RunSQL | RunPython) or type(operation).__name__.endswith("Extension"):
                sys.stdout.write(f"  {name}: {type(operation).__name__}\n")


if __name__ == "__main__":
    main(sys.argv[1])
