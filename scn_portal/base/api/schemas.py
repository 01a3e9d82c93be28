"""What several answers of the API are made of: texts and names in both languages at once, addresses.

Nothing here looks at the active language: data say the same to everybody.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import Choices, Model
from django.urls import reverse
from django.utils.translation import gettext_noop, override
from django_countries import countries
from ninja import Schema
from pydantic import Field

from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url


class Text(Schema):
    """What somebody wrote, in the languages that it was written in."""

    fr: str | None
    en: str | None
    source_language: str | None = Field(
        None, description=gettext_noop("The language it was written in first, where that is known.")
    )


class Label(Schema):
    """One of a few values: a key for programs, a name in each language for people."""

    key: str
    fr: str
    en: str


class Country(Schema):
    """A country by its ISO 3166 code (XK for Kosovo), named in each language."""

    code: str
    fr: str
    en: str


class Pages(Schema):
    """The page for people, in each language."""

    fr: str
    en: str


def both(row: Model, field: str) -> dict[str, str | None]:
    """`field` of `row` in each language, None where it was not written."""
    texts = {code: getattr(row, f"{field}_{code}") or None for code in CODES}
    return texts | {"source_language": getattr(row, "source_language", None)}


def label(choice: Choices) -> dict[str, str]:
    """One of the choices of a field, by its key and in each language."""
    return _label(type(choice), choice.value)


@cache
def _label(kind: type[Choices], key: str) -> dict[str, str]:
    return {"key": key} | in_each_language(lambda: str(kind(key).label))


def in_each_language(say: Callable[[], Any]) -> dict[str, Any]:
    """What `say()` says in each language."""
    said = {}
    for code in CODES:
        with override(code):
            said[code] = say()
    return said


@cache
def country_names() -> dict[str, dict[str, str]]:
    """Every country by its code, named in each language."""
    named = in_each_language(lambda: {code: str(name) for code, name in countries})
    return {code: {language: named[language][code] for language in CODES} for code in named[CODES[0]]}


def country(code: str) -> dict[str, str]:
    """A country: its code, and its names."""
    return {"code": code} | country_names().get(code, dict.fromkeys(CODES, code))


def pages(name: str, *args: object) -> dict[str, str]:
    """The address of a page of ours, in each language."""
    return in_each_language(lambda: absolute_url(reverse(name, args=args)))


def resource(name: str, *args: object, **query: object) -> str:
    """The address of something in the API."""
    return absolute_url(reverse(f"api:{name}", args=args, query=query or None))
