"""What migrations of an empty database leave out: to build models anew whose options alone have changed."""

import pgtrigger
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from scn_portal.base.migration_options import KINDS, options_put_in_place

INDEX = models.Index(fields=["note"], name="by_note")
CHECK = models.CheckConstraint(condition=~models.Q(note=""), name="note_says_something")
TRIGGER = pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)
OPERATIONS = [
    migrations.AddIndex("Thing", INDEX),
    migrations.AddConstraint("Thing", CHECK),
    AddTrigger("thing", TRIGGER),
    migrations.AlterConstraint("Thing", CHECK.name, CHECK.clone()),
    migrations.RemoveConstraint("Thing", CHECK.name),
    migrations.RemoveIndex("Thing", INDEX.name),
    RemoveTrigger("thing", TRIGGER.name),
]


def built() -> ProjectState:
    """Two related models, built."""
    state, key = ProjectState(), ("id", models.BigAutoField(primary_key=True))
    options = {"indexes": [], "constraints": []}
    state.add_model(ModelState("notes", "Thing", [key, ("note", models.TextField())], options))
    of = models.ForeignKey("notes.Thing", models.CASCADE)
    state.add_model(ModelState("notes", "Part", [key, ("of", of)], {"indexes": [], "constraints": []}))
    assert state.apps
    return state


def options_of(state: ProjectState) -> list:
    meta = state.apps.get_model("notes", "thing")._meta
    return [list(getattr(meta, kind, ())) for kind in KINDS]


def test_a_model_has_the_options_that_django_would_have_built_it_with():
    usual, quick = built(), built()
    for operation in OPERATIONS:
        operation.state_forwards("notes", usual)
        with options_put_in_place():
            operation.state_forwards("notes", quick)
        assert options_of(quick) == options_of(usual)
        assert quick.models == usual.models


def test_neither_that_model_nor_one_related_to_it_is_built_anew_but_for_a_field():
    state = built()
    before = [state.apps.get_model("notes", name) for name in ("thing", "part")]
    with options_put_in_place():
        for operation in OPERATIONS:
            operation.state_forwards("notes", state)
        assert [state.apps.get_model("notes", name) for name in ("thing", "part")] == before
        migrations.AddField("Thing", "more", models.TextField(null=True)).state_forwards("notes", state)
    thing, part = (state.apps.get_model("notes", name) for name in ("thing", "part"))
    assert thing is not before[0]
    assert part._meta.get_field("of").related_model is thing


def test_afterwards_django_builds_as_it_does():
    with options_put_in_place():
        pass
    state = built()
    before = state.apps.get_model("notes", "part")
    OPERATIONS[0].state_forwards("notes", state)
    assert state.apps.get_model("notes", "part") is not before
