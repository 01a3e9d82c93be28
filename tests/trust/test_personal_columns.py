"""docs/privacy.md has a line for every column that could say something of a person, and no line for another."""

import pytest
from django.apps import apps

from scn_portal.site.privacy.held import GROUPS, NEVER, links_to_people
from tests.trust.personal import columns_to_decide, not_personal, personal, tables


@pytest.mark.parametrize("model", tables(), ids=lambda model: model._meta.label)
def test_every_column_is_personal_or_known_not_to_be(model):
    label = model._meta.label
    named = [name for name, _cells in personal().get(label, [])]
    known = not_personal().get(label, [])
    assert sorted(named + known) == sorted(columns_to_decide(model)), label


def test_every_line_says_why_how_long_and_what_ends_it():
    for label, rows in personal().items():
        for name, cells in rows:
            assert len(cells) == 3, (label, name)
            assert all(cells), (label, name)


def test_every_line_is_about_a_model_that_there_is():
    ours = {model._meta.label for model in tables()}
    assert not {*personal(), *not_personal()} - ours


def test_what_one_reads_of_oneself_names_columns_that_there_are():
    links = {f"{model._meta.label}:{column.name}" for model, column in links_to_people()} | {"members.User:id"}
    for group in GROUPS:
        assert not group.columns.keys() - links
        for place, columns in group.columns.items():
            names = {each.name for each in apps.get_model(place.partition(":")[0])._meta.concrete_fields}
            assert not set(columns) - names - {"*"}
    assert "password" in NEVER
