"""`make lint` refuses a migration that would lock a table in use, or break the code that still runs."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Q

from tests import lint_migrations

NOTE = models.CheckConstraint(condition=~Q(note=""), name="note_says_something")
INDEX = models.Index(fields=["note"], name="by_note")
GENERATED = models.GeneratedField(
    expression=models.functions.Lower("note"), output_field=models.TextField(), db_persist=True
)


def faults(*operations, atomic: bool = True, source: str = "") -> list[str]:
    """The rules that a migration of a table with notes breaks."""
    state = ProjectState()
    state.add_model(
        ModelState("members", "thing", [("id", models.BigAutoField(primary_key=True)), ("note", models.TextField())])
    )
    migration = migrations.Migration("0099_of_the_test", "members")
    migration.operations, migration.atomic = list(operations), atomic
    return [fault.split(": ")[1] for fault in lint_migrations.faults_of(migration, state, source)]


HARMFUL = {
    "a required column": (migrations.AddField("thing", "more", models.TextField(default="")), "ban-drop-default"),
    "a dropped column": (migrations.RemoveField("thing", "note"), "ban-drop-column"),
    "a renamed column": (migrations.RenameField("thing", "note", "words"), "renaming-column"),
    "a dropped table": (migrations.DeleteModel("thing"), "ban-drop-table"),
    "an index": (migrations.AddIndex("thing", INDEX), "require-concurrent-index-creation"),
    "a constraint": (migrations.AddConstraint("thing", NOTE), "constraint-missing-not-valid"),
    "a generated column": (migrations.AddField("thing", "low", GENERATED), "adding-field-with-default"),
    "another type": (migrations.AlterField("thing", "note", models.IntegerField()), "changing-column-type"),
    "SQL by hand": (migrations.RunSQL("CREATE INDEX i ON members_thing (note);"), "require-concurrent-index-creation"),
}
HARMLESS = {
    "a column that may be empty": [migrations.AddField("thing", "more", models.TextField(null=True))],
    "a default of the database": [migrations.AddField("thing", "more", models.TextField(db_default=""))],
    "a constraint to be checked later": [AddConstraintNotValid("thing", NOTE)],
    "a table of its own": [
        migrations.CreateModel("other", [("id", models.BigAutoField(primary_key=True)), ("word", models.TextField())]),
        migrations.AddIndex("other", models.Index(fields=["word"], name="by_word")),
    ],
}


@pytest.mark.parametrize(("operation", "rule"), HARMFUL.values(), ids=HARMFUL)
def test_what_would_stop_the_pages_or_break_running_code_is_refused(operation, rule):
    assert rule in faults(operation)


@pytest.mark.parametrize("operations", HARMLESS.values(), ids=HARMLESS)
def test_what_nobody_notices_passes(operations):
    assert faults(*operations) == []


def test_an_index_made_concurrently_and_a_late_validation_pass():
    assert faults(AddIndexConcurrently("thing", INDEX), atomic=False) == []
    assert faults(ValidateConstraint("thing", NOTE.name)) == []


def test_an_exception_needs_its_reason():
    dropped = HARMFUL["a dropped column"][0]
    assert faults(dropped, source="# squawk-ignore ban-drop-column: nothing has read it since 0.3.0") == []
    assert faults(dropped, source="# squawk-ignore ban-drop-column") == ["ban-drop-column"]


def test_the_border_is_the_last_release_and_squashed_migrations_are_before_it(monkeypatch):
    assert not lint_migrations.after_release("members", "0001_squashed_0013_hidden_city")
    assert lint_migrations.after_release("members", "0099_something")
    monkeypatch.setitem(lint_migrations.RELEASED, "digests", 9)
    assert ("digests", "0010_chosen_items") in lint_migrations.to_read()


def test_a_release_raises_the_border_to_what_there_is(monkeypatch, tmp_path):
    copy = tmp_path / "lint_migrations.py"
    copy.write_text(Path(lint_migrations.__file__).read_text())
    monkeypatch.setattr(lint_migrations, "__file__", str(copy))
    assert lint_migrations.main("--release") == 0
    (line,) = re.findall(r"^RELEASED = (.*)", copy.read_text(), re.M)
    monkeypatch.setattr(lint_migrations, "RELEASED", json.loads(line))
    assert lint_migrations.to_read() == []
    assert all(number > 0 for number in lint_migrations.RELEASED.values())
