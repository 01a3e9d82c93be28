"""Parts of the API's responses: texts and labels in both languages, addresses. They ignore the active language."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import Choices, Model
from django.utils.http import urlencode
from django.utils.translation import gettext_noop, override
from django_countries import countries
from pydantic import BaseModel, Field

from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url, path_to, with_query


class Text(BaseModel):
    """What somebody wrote, in the languages that it was written in."""

    fr: str | None
    en: str | None
    source_language: str | None = Field(
        None, description=gettext_noop("The language it was written in first, where that is known.")
    )


class Label(BaseModel):
    """One of a few values: a key for programs, a name in each language for people."""

    key: str
    fr: str
    en: str


class Country(BaseModel):
    """A country by its ISO 3166 code (XK for Kosovo), named in each language."""

    code: str
    fr: str
    en: str


PUBLISHED_AT = gettext_noop("When it was first published. It stays the same, even if it is taken down and comes back.")
WORDS = gettext_noop(
    "Words to search for, in French or in English; the best matches come first. Use “quotes” for an exact phrase and"
    " -word to exclude a word."
)
MODIFIED_AT = gettext_noop("When it last changed.")
UPDATED_AT = gettext_noop("The same as “modified_at”, for programs that were written before it.")


class Pages(BaseModel):
    """The page for people, in each language."""

    fr: str
    en: str


def both(row: Model, field: str) -> dict[str, str | None]:
    """`field` of `row` by language, None if it is empty."""
    texts = {code: getattr(row, f"{field}_{code}") or None for code in CODES}
    return texts | {"source_language": getattr(row, "source_language", None)}


def label(choice: Choices) -> dict[str, str]:
    """A choice as a Label."""
    return _label(type(choice), choice.value)


@cache
def _label(kind: type[Choices], key: str) -> dict[str, str]:
    return {"key": key} | in_each_language(lambda: str(kind(key).label))


def in_each_language(get: Callable[[], Any]) -> dict[str, Any]:
    """The results of `get` with each language active, by language."""
    results = {}
    for code in CODES:
        with override(code):
            results[code] = get()
    return results


@cache
def country_names() -> dict[str, dict[str, str]]:
    """The names of all countries by code, then by language."""
    names = in_each_language(lambda: {code: str(name) for code, name in countries})
    return {code: {language: names[language][code] for language in CODES} for code in names[CODES[0]]}


def country(code: str) -> dict[str, str]:
    """A country as a Country."""
    return {"code": code} | country_names().get(code, dict.fromkeys(CODES, code))


def pages(name: str, *keys: str | int) -> dict[str, str]:
    """The URL of the page `name` by language."""
    return {code: absolute_url(path_to(name, *keys, language=code)) for code in CODES}


def resource(name: str, *keys: str | int, **query: str | int) -> str:
    """The URL of the API resource `name`."""
    return absolute_url(with_query(path_to(f"api:{name}", *keys, language=CODES[0]), urlencode(query)))
