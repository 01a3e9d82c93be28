"""The public API, version 1, made of the routers of the apps.

Every address under /api/ answers in JSON, errors included; see `scn_portal.base.api.responses`.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.utils.translation import gettext_noop
from ninja import NinjaAPI
from pydantic import BaseModel

import commitments.api
import commitments.progress_api
import practices.api
from commitments.facets import PLEDGE_FACETS
from practices.facets import PRACTICE_FACETS
from scn_portal.base.api.params import values_of
from scn_portal.base.api.responses import (
    ERROR_RESPONSES,
    Renderer,
    error_response,
    public_read_only,
    register_error_handlers,
)
from scn_portal.base.api.schemas import resource
from scn_portal.base.facets import Facet
from scn_portal.base.licence import ATTRIBUTION, LICENCE, LICENCE_NAME
from scn_portal.site import gone
from scn_portal.site.api import removals
from scn_portal.site.cities import api as city_api
from scn_portal.site.cities.filters import CITY_FACETS

DESCRIPTION = gettext_noop(
    "Cities of the Strong Cities Network, their pledges and their practices. Read-only. No key"
    " needed. Text is given per language; unknown values are null."
)
FACETS: dict[str, Iterable[Facet]] = {
    "list_cities": CITY_FACETS,
    "list_pledges": PLEDGE_FACETS,
    "list_practices": PRACTICE_FACETS,
}


RESOURCES = (
    "declaration", "commitments", "cities", "pledges", "milestones", "updates", "practices", "removals",
)  # fmt: skip


class PublicApi(NinjaAPI):
    """A NinjaAPI that is public, and whose OpenAPI document lists the values of each filter."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if pattern.callback:
                pattern.callback = public_read_only(pattern.callback)
        return patterns

    @cached_property
    def _bare_document(self) -> dict[str, Any]:
        """The document without values. Cached, because it takes a large part of a second and changes only with the
        code."""
        return dict(super().get_openapi_schema())

    def get_openapi_schema(self, **kwargs: Any) -> dict[str, Any]:
        """The document with the current values of the filters."""
        document = deepcopy(self._bare_document)
        values: dict[Callable, list[str]] = {}  # several lists share filters: each is read once
        for operation in (methods["get"] for methods in document["paths"].values()):
            for facet in FACETS.get(operation["operationId"], ()):
                if facet.labels not in values:
                    values[facet.labels] = values_of(facet)
                _add_values(operation, facet, values[facet.labels])
        return document


class Links(BaseModel):
    """Where to begin."""

    declaration: str
    commitments: str
    cities: str
    pledges: str
    milestones: str
    updates: str
    practices: str
    removals: str
    openapi: str
    documentation: str


class Root(BaseModel):
    """What there is."""

    licence: str
    attribution: str
    links: Links


api = PublicApi(
    title="Strong Cities Network",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    renderer=Renderer(),
    servers=[{"url": settings.SITE_URL}],
    openapi_extra={"info": {"license": {"name": LICENCE_NAME, "url": LICENCE}}},
)
register_error_handlers(api)
api.add_exception_handler(Http404, gone.api_not_found)


@api.get(
    "/",
    response={200: Root} | ERROR_RESPONSES,
    operation_id="get_root",
    url_name="api-root",
    summary=gettext_noop("What is available"),
    tags=["start"],
)
def root(request: HttpRequest):
    links = {name: resource(name) for name in RESOURCES}
    links |= {"openapi": resource("openapi-json"), "documentation": f"{resource('api-root')}docs"}
    return {"licence": LICENCE, "attribution": ATTRIBUTION, "links": links}


api.add_router("", commitments.api.router)
api.add_router("", commitments.progress_api.router)
api.add_router("", city_api.router)
api.add_router("", practices.api.router)
api.add_router("", removals.router)


def _add_values(operation: dict[str, Any], facet: Facet, values: list[str]) -> None:
    """Add the values of a filter to the document."""
    if values:
        (parameter,) = [found for found in operation["parameters"] if found["name"] == facet.name]
        parameter["schema"]["items"]["enum"] = values


@public_read_only
def not_found(request: HttpRequest) -> HttpResponse:
    """404 for any other address under /api/."""
    return error_response(404, "not_found", "There is nothing at this address. Begin at /api/v1/.")


urlpatterns = [
    path("api/v1/", api.urls),
    path("api", not_found),
    re_path(r"^api/[\s\S]*\Z", not_found),  # line breaks too, which `path` does not match
]
