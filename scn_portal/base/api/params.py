"""The query parameters of the API's lists: the filters of the pages under the same names, a cursor, a date.

Pages ignore invalid values; the API answers with an error, since a filter that is silently ignored makes wrong figures.
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

from scn_portal.base.api.responses import ApiError
from scn_portal.base.facets import MAX_VALUE_LENGTH, MAX_VALUES, Facet

MAX_LIMIT, DEFAULT_LIMIT = 100, 50
# A number and a primary key in 63 bits each: every text with this pattern is a valid cursor.
CURSOR = r"^[0-7][0-9a-f]{15}[0-7][0-9a-f]{15}$"
# Longer lists of values are only in the OpenAPI document, not in messages.
MAX_VALUES_IN_MESSAGE = 60


def no_default(schema: dict[str, Any]) -> None:
    """For `json_schema_extra` of an optional parameter: the document shows no default."""
    schema.pop("default", None)


def _only_iso_8601(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("give a date such as 2026-03-01")
    return value


# The OpenAPI document leaves out the pattern: clients should not build cursors.
Cursor = Annotated[str, StringConstraints(pattern=CURSOR), WithJsonSchema({"type": "string", "format": "cursor"})]
Date = Annotated[dt.date, BeforeValidator(_only_iso_8601), WithJsonSchema({"type": "string", "format": "date"})]


class PageParams(Schema):
    """The query parameters of anything that comes in pages."""

    cursor: Cursor | SkipJsonSchema[None] = Field(
        None,
        description=gettext_noop("Where the next page starts. Copy it from “next” unchanged."),
        json_schema_extra=no_default,
    )
    limit: int = Field(
        DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=gettext_noop("The maximum number of rows on a page.")
    )


class ListParams(PageParams):
    """The query parameters of any long list."""

    updated_since: Date | SkipJsonSchema[None] = Field(
        None,
        description=gettext_noop(
            "Only what changed on that day (UTC) or later, such as 2026-03-01. A copy is better kept up"
            " to date with “resume”."
        ),
        json_schema_extra=no_default,
    )


def list_params(name: str, facets: Iterable[Facet], **more: Any) -> type[ListParams]:
    """The query parameters of a list with these `facets`, and `more` of its own."""
    fields: dict[str, Any] = dict(more)
    for facet in facets:
        with override("en"):
            described = str(facet.label)
        fields[facet.name] = (list[str], Field([], max_length=MAX_VALUES, description=described))
    return create_model(name, __base__=ListParams, **fields)


def number_param(description: str) -> tuple[Any, Any]:
    """The type and Field of an optional parameter that is the `id` of a row."""
    optional_number: Any = Annotated[int, Field(ge=1, le=2**63 - 1)] | SkipJsonSchema[None]  # type: ignore[misc]  # a type made at run time
    return optional_number, Field(None, description=description, json_schema_extra=no_default)


def text_param(description: str, max_length: int = MAX_VALUE_LENGTH) -> tuple[Any, Any]:
    """The type and Field of a text parameter of at most `max_length` characters."""
    limits = StringConstraints(max_length=max_length, pattern=r"^[^\x00]*$")
    optional_text: Any = Annotated[str, limits] | SkipJsonSchema[None]  # type: ignore[misc]  # a type made at run time
    return optional_text, Field(None, description=description, json_schema_extra=no_default)


def check_param_names(query: QueryDict, params: PageParams) -> None:
    """Raise ApiError if `query` has a parameter that `params` does not define."""
    for name in query:
        if name not in type(params).model_fields:
            known = ", ".join(type(params).model_fields)
            message = f"“{name[:MAX_VALUE_LENGTH]}” is no parameter of this list. There is: {known}."
            raise ApiError(422, "unknown_parameter", message, name[:MAX_VALUE_LENGTH])


def values_of(facet: Facet) -> list[str]:
    """All valid values of `facet`. One query if its labels are in the database."""
    labels = facet.labels("en")
    if isinstance(labels, QuerySet):
        return sorted(str(value) for value in labels.order_by().values_list("value", flat=True))
    return list(labels)


def filter_rows(rows: QuerySet, facets: Iterable[Facet], params: ListParams) -> QuerySet:
    """`rows` filtered by the values of `facets` in `params`. Raises ApiError for an invalid value."""
    for facet in facets:
        if values := getattr(params, facet.name):
            _check(values, facet)
            rows = facet.filter_by(rows, values)
    return rows


def _check(values: list[str], facet: Facet) -> None:
    valid = values_of(facet)
    for value in values:
        if value not in valid:
            hint = (
                f"There is: {', '.join(valid)}." if len(valid) <= MAX_VALUES_IN_MESSAGE else "See the OpenAPI document."
            )
            message = f"“{value[:MAX_VALUE_LENGTH]}” is no value of {facet.name}. {hint}"
            raise ApiError(422, "unknown_value", message, facet.name)
