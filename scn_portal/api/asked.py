"""What a list of the API may be asked: the filters of the pages, by the same names, and where and since when to read.

Where a page leaves out what makes no sense, a program is told: a filter that silently does nothing makes wrong figures.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_noop, override
from ninja import Schema
from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, create_model
from pydantic.json_schema import SkipJsonSchema

from scn_portal.api.answers import Refused
from scn_portal.facets import LONGEST_VALUE, MOST_VALUES, Facet

MOST, USUAL = 100, 50
# Microseconds since 1970 in 56 bits, a key in 63: whatever has this pattern is a cursor, and fails nowhere.
CURSOR = r"^[0-9a-f]{14}[0-7][0-9a-f]{15}$"
# Longer lists of values than this are in the OpenAPI document, not in a message.
TOLD = 60


def _no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def _as_iso_8601_writes_it(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("give a date such as 2026-03-01")
    return value


# What a cursor is made of is our affair: the document says only that it is one.
Cursor = Annotated[str, StringConstraints(pattern=CURSOR), WithJsonSchema({"type": "string", "format": "cursor"})]
Date = Annotated[dt.date, BeforeValidator(_as_iso_8601_writes_it), WithJsonSchema({"type": "string", "format": "date"})]


class Asked(Schema):
    """What any long list may be asked."""

    cursor: Cursor | SkipJsonSchema[None] = Field(
        None,
        description=gettext_noop("Where the next page begins. Take it from “next” as it stands."),
        json_schema_extra=_no_default,
    )
    limit: int = Field(USUAL, ge=1, le=MOST, description=gettext_noop("How many rows a page holds at most."))
    updated_since: Date | SkipJsonSchema[None] = Field(
        None,
        description=gettext_noop("Only what has changed on that day (UTC) or later, such as 2026-03-01."),
        json_schema_extra=_no_default,
    )


def asked_of(name: str, facets: Iterable[Facet], **more: Any) -> type[Asked]:
    """What a list with these `facets` may be asked, and `more` parameters of its own."""
    fields: dict[str, Any] = dict(more)
    for facet in facets:
        with override("en"):
            described = str(facet.label)
        fields[facet.name] = (list[str], Field([], max_length=MOST_VALUES, description=described))
    return create_model(name, __base__=Asked, **fields)


def words(description: str, most: int = LONGEST_VALUE) -> tuple[Any, Any]:
    """A parameter that holds words, to search for or to name something by."""
    limits = StringConstraints(max_length=most, pattern=r"^[^\x00]*$")
    words_or_none: Any = Annotated[str, limits] | SkipJsonSchema[None]  # type: ignore[misc]  # a type, made at run time
    return words_or_none, Field(None, description=description, json_schema_extra=_no_default)


def refuse_what_is_no_parameter(query: QueryDict, asked: Asked) -> None:
    """Refused where `query` holds what `asked` does not know."""
    for name in query:
        if name not in type(asked).model_fields:
            there = ", ".join(type(asked).model_fields)
            message = f"“{name[:LONGEST_VALUE]}” is no parameter of this list. There is: {there}."
            raise Refused(422, "unknown_parameter", message, name[:LONGEST_VALUE])


def values_of(facet: Facet) -> list[str]:
    """Every value that `facet` may have. One query where only the database knows."""
    labels = facet.labels("en")
    if isinstance(labels, QuerySet):
        return sorted(str(value) for value in labels.order_by().values_list("value", flat=True))
    return list(labels)


def narrowed(rows: QuerySet, facets: Iterable[Facet], asked: Asked) -> QuerySet:
    """`rows`, narrowed by what was `asked` of `facets`. Refused where that is no value of theirs."""
    for facet in facets:
        if values := getattr(asked, facet.name):
            _check(values, facet)
            rows = facet.having(rows, values)
    return rows


def _check(values: list[str], facet: Facet) -> None:
    names = values_of(facet)
    for value in values:
        if value not in names:
            there = f" There is: {', '.join(names)}." if len(names) <= TOLD else " See the OpenAPI document."
            message = f"“{value[:LONGEST_VALUE]}” is no value of {facet.name}.{there}"
            raise Refused(422, "unknown_value", message, facet.name)
