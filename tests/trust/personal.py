"""What docs/privacy.md says about each column, and filling all columns that it calls personal."""

import re
from functools import cache

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from modeltranslation.fields import TranslationField

from members.models import User

DOC = settings.BASE_DIR / "docs/privacy.md"
# Columns of these kinds say nothing about a person by themselves.
NO_WORDS = (
    "AutoField", "BigAutoField", "BigIntegerField", "BooleanField", "DateField", "DateTimeField", "DecimalField",
    "FloatField", "PositiveIntegerField", "PositiveSmallIntegerField", "UUIDField",
)  # fmt: skip


def tables() -> list[type[models.Model]]:
    """Every model with a table of its own, except those of events, which follow the models that they track."""
    found = apps.get_models(include_auto_created=True)
    return [each for each in found if each._meta.managed and not each._meta.proxy and not is_event(each)]


def is_event(model: type[models.Model]) -> bool:
    return hasattr(model, "pgh_tracked_model")


def columns_to_decide(model: type[models.Model]) -> set[str]:
    """The columns that docs/privacy.md has to mention."""
    return {each.name for each in model._meta.concrete_fields if _needs_a_decision(each)}


def _needs_a_decision(column: models.Field) -> bool:
    if isinstance(column, models.GeneratedField | TranslationField):
        return False
    if column.is_relation:
        return column.related_model is User
    return not column.choices and column.get_internal_type() not in NO_WORDS


@cache
def personal() -> dict[str, list[tuple[str, list[str]]]]:
    """The columns of each model that the page calls personal, with the other cells of their rows."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for line in DOC.read_text().splitlines():
        if match := re.match(r"\| `([\w.]+)`: ([\w, ]+) \|(.+)\|$", line):
            cells = [cell.strip() for cell in match[3].split("|")]
            found.setdefault(match[1], []).extend((name.strip(), cells) for name in match[2].split(","))
    return found


@cache
def not_personal() -> dict[str, list[str]]:
    """The columns of each model that, according to the page, say nothing about a person."""
    lines = re.findall(r"^- `([\w.]+)`: ([\w, ]+)$", DOC.read_text(), re.MULTILINE)
    return {label: [name.strip() for name in names.split(",")] for label, names in lines}


def texts(model: type[models.Model], named: set[str] | None = None) -> list[models.Field]:
    """The columns of `model` for free text, in each language: those in `named`, or all."""
    return [column for column in model._meta.concrete_fields if _takes_words(column) and _is_named(column, named)]


def _takes_words(column: models.Field) -> bool:
    no_words = models.FileField | models.GenericIPAddressField | models.EmailField | models.GeneratedField
    is_text = isinstance(column, models.CharField | models.TextField | models.JSONField | ArrayField)
    # The words about a picture are there only with a picture.
    is_bound = column.choices or column.primary_key or column.unique or column.name.startswith("picture_")
    return is_text and not isinstance(column, no_words) and not is_bound


def _is_named(column: models.Field, named: set[str] | None) -> bool:
    of = getattr(column, "translated_field", column)
    return named is None or bool({column.name, of.name} & named)


def personal_texts(label: str) -> list[models.Field]:
    """The text columns of a model that docs/privacy.md calls personal."""
    return texts(apps.get_model(label), {name for name, _cells in personal()[label]})


def event_models() -> list[type[models.Model]]:
    return [each for each in apps.get_models() if is_event(each) and each._meta.managed and not each._meta.proxy]


def fill(rows: models.QuerySet, columns: list[models.Field], name: str, email: str, start: str = "") -> None:
    """Write the name and the address into the columns, with all triggers turned off."""
    values = {column.name: _words_for(column, f"{start}{name} <{email}>", f"{start}{name}") for column in columns}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            rows.update(**values)
        finally:
            cursor.execute("SET session_replication_role = origin")


def _words_for(column: models.Field, words: str, fewer: str):
    if isinstance(column, models.JSONField):
        return {"words": [words]}
    longest = getattr(getattr(column, "base_field", column), "max_length", None) or 1000
    fitting = words if len(words) <= longest else fewer if len(fewer) <= longest else "x"
    return [fitting] if isinstance(column, ArrayField) else fitting
