"""What the tests of constraints share: breaking a rule in the database, and knowing the rules that there are."""

import re
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction


@contextmanager
def refused_by(name: str):
    """The database refuses what happens inside, in the name of the constraint or with the words `name`."""
    with pytest.raises(DatabaseError, match=re.escape(name)), transaction.atomic():
        yield


def constraints_of(app_label: str) -> set[str]:
    """The names of every constraint that the models of an app declare."""
    return {
        constraint.name
        for model in apps.get_app_config(app_label).get_models()
        for constraint in model._meta.constraints
    }
