"""What is no longer public, so that people who keep a copy can remove it there: only kinds and keys, no content."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from members.models import City
from scn_portal.base.api.pagination import ResultPage, page_of, start_of
from scn_portal.base.api.params import Date, PageParams, no_default
from scn_portal.base.api.responses import ERROR_RESPONSES
from scn_portal.base.api.schemas import resource
from scn_portal.base.models import PublicKind, PublicRecord

router = Router(tags=["removals"])

# The kinds whose address in the API has their id; the address of a practice has its title.
BY_ID = (PublicKind.PLEDGE, PublicKind.MILESTONE, PublicKind.UPDATE)


class RemovalOut(BaseModel):
    """A row that was public and no longer is. What comes back is no longer listed here."""

    kind: Literal["city", "pledge", "milestone", "update", "practice"]
    id: int = Field(description=gettext_noop("The “id” that it had in its list."))
    address: str | None = Field(
        description=gettext_noop(
            "The address that it had in the API; null for a practice or a hidden city, whose address would name it."
        )
    )
    removed_at: dt.datetime


class RemovalList(ResultPage):
    """A page of removals."""

    results: list[RemovalOut]


class RemovalParams(PageParams):
    """The query parameters of the list of removals."""

    since: Date | SkipJsonSchema[None] = Field(
        None,
        description=gettext_noop("Only what was removed on that day (UTC) or later, such as 2026-03-01."),
        json_schema_extra=no_default,
    )
    kind: list[Literal["city", "pledge", "milestone", "update", "practice"]] = Field(
        [], max_length=len(PublicKind), description=gettext_noop("Only rows of this kind.")
    )


@router.get(
    "/removals",
    response={200: RemovalList} | ERROR_RESPONSES,
    operation_id="list_removals",
    url_name="removals",
    summary=gettext_noop("List what was removed"),
    description=gettext_noop(
        "Practices, pledges, milestones and progress updates taken down, milestones deleted, cities that are hidden,"
        " and cities that have left the network, with what they pledged: the last keep their own addresses, but are"
        " listed no more. In the order in which they were removed. Please remove them from your copy."
    ),
)
def list_removals(request: HttpRequest, params: Query[RemovalParams]):
    rows = PublicRecord.objects.removed()
    if params.kind:
        rows = rows.filter(kind__in=params.kind)
    if params.since:
        rows = rows.filter(removed_at__gte=start_of(params.since))
    page = page_of(request, rows.annotate(commit_number=F("pk")), params, _unchanged)
    slugs = _slugs(record.key for record in page["results"] if record.kind == PublicKind.CITY)
    page["results"] = [_show(record, slugs) for record in page["results"]]
    return page


def _unchanged(record: PublicRecord):
    return record


def _slugs(keys: Iterable[int]) -> dict[int, str]:
    """The slugs of cities by their keys, without hidden cities. At most one query."""
    wanted = list(keys)
    return dict(City.objects.shown().filter(pk__in=wanted).values_list("pk", "slug")) if wanted else {}


def _show(record: PublicRecord, slugs: dict[int, str]) -> dict:
    address = None
    if record.kind in BY_ID:
        address = resource(record.kind, record.key)
    elif slug := slugs.get(record.key) if record.kind == PublicKind.CITY else None:
        address = resource("city", slug)
    return {"kind": record.kind, "id": record.key, "address": address, "removed_at": record.removed_at}
