"""The documentation of the API as a page, made from its OpenAPI document and its own answers, in both languages.

The descriptions in the document are English msgids.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from scn_portal.base.facets import Facet
from scn_portal.base.fragments import when_shown
from scn_portal.base.http.public import public_page
from scn_portal.site import whole_network
from scn_portal.site.api.examples import Examples
from scn_portal.site.api.v1 import FACETS, api

Document = dict[str, Any]
MAX_VALUES = 20  # of a filter, on the page
KINDS = {
    "Text": _("text in each language"),
    "Label": _("code, and its name in each language"),
    "Pages": _("address of a page in each language"),
    "boolean": _("boolean"),
    "integer": _("integer"),
    "number": _("number"),
    "date": _("date"),
    "date-time": _("date and time"),
    "cursor": _("string"),
    "string": _("string"),
    "array": _("array"),
}


@dataclass(frozen=True)
class ResponseField:
    """A field of a response. `kind` is its type in words."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True)
class Operation:
    """One operation of the API. `example` is a path that works, `curl` is the command that requests it, and `answer` is
    the response; all three are empty if there is no row yet."""

    key: str
    summary: str
    description: str
    path: str
    example: str
    curl: str
    answer: str
    parameters: list[Document]
    fields: list[ResponseField]


@public_page()
def docs(request: HttpRequest) -> HttpResponse:
    """All operations of the API, with parameters, fields of the response, and a request with its answer. Kept until
    something public changes."""
    context = {"api": f"{settings.SITE_URL}/api/v1/", "description": gettext(api.description)}
    context |= {"page_version": whole_network.version(request)} | when_shown(_described, "operations")
    return render(request, "site/api/docs.html", context)


def _described() -> dict[str, Any]:
    document = api.get_openapi_schema()
    gets = {methods["get"]["operationId"]: (path, methods["get"]) for path, methods in document["paths"].items()}
    examples = Examples({key: path for key, (path, _operation) in gets.items()})
    return {"operations": [_operation(document, path, operation, examples) for path, operation in gets.values()]}


@require_safe
@login_not_required
def redirect_to_docs(request: HttpRequest) -> HttpResponse:
    """Redirect to the documentation in the language of the browser."""
    with override(get_language_from_request(request)):
        response = redirect("api_docs")
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _operation(document: Document, path: str, operation: Document, examples: Examples) -> Operation:
    key = operation["operationId"]
    facets = {facet.name: facet for facet in FACETS.get(key, ())}
    parameters = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    return Operation(
        key=key,
        summary=gettext(operation["summary"]),
        description=gettext(operation["description"]) if "description" in operation else "",
        path=path,
        example=examples.path(key),
        curl=examples.curl(key),
        answer=examples.answer(key),
        parameters=[_parameter(document, parameter, facets.get(parameter["name"])) for parameter in parameters],
        fields=_fields(document, operation["responses"][200]["content"]["application/json"]["schema"]),
    )


def _parameter(document: Document, parameter: Document, facet: Facet | None) -> Document:
    """A query parameter for the template, with the label of its facet and some of its values."""
    schema = parameter["schema"]
    values = schema.get("items", schema).get("enum", [])
    description = str(facet.label) if facet else gettext(parameter.get("description", ""))
    return {
        "name": parameter["name"],
        "kind": _kind(document, schema.get("items", schema)),
        "description": description,
        "values": sorted(values)[:MAX_VALUES] if len(values) > MAX_VALUES else values,
        "count": len(values),
        "is_cut": len(values) > MAX_VALUES,
    }


def _fields(document: Document, schema: Document) -> list[ResponseField]:
    """The fields of a response; for a list, those of its rows."""
    properties = _resolved(document, schema)["properties"]
    if "next" in properties:
        properties = _resolved(document, properties["results"]["items"])["properties"]
    return [
        ResponseField(name, _kind(document, field), gettext(field["description"]) if field.get("description") else "")
        for name, field in properties.items()
    ]


def _kind(document: Document, schema: Document) -> str:
    schema = next((part for part in schema.get("anyOf", []) if part.get("type") != "null"), schema)
    name = schema.get("$ref", "").rpartition("/")[2]
    if name and name not in KINDS:
        return ", ".join(_resolved(document, schema)["properties"])
    return str(KINDS[name or schema.get("format") or schema.get("type", "string")])


def _resolved(document: Document, schema: Document) -> Document:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


urlpatterns = [path(_("open-data/api/"), docs, name="api_docs")]
