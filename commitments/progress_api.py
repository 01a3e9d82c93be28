"""Milestones and progress updates in the API."""

import datetime as dt

from django.db.models import F, Model, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field

from commitments.models import Milestone, ObstacleKind, Pledge, ProgressUpdate, SearchedPledge, UpdateDocument
from members.api import CityReference, columns_of_city, name_city, of_the_city
from scn_portal.base.api.pagination import ResultPage, paginate
from scn_portal.base.api.params import ListParams, list_params, number_param, text_param
from scn_portal.base.api.responses import ERROR_RESPONSES
from scn_portal.base.api.schemas import (
    MODIFIED_AT,
    PUBLISHED_AT,
    Label,
    Pages,
    Text,
    both,
    in_each_language,
    label,
    pages,
    resource,
)
from scn_portal.base.languages import CODES
from scn_portal.base.licence import LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.models import PublicKind

router = Router(tags=["pledges"])

# The columns of a row that are shown, by model.
COLUMNS: dict[type[Model], tuple[str, ...]] = {
    Milestone: ("title", "due_on", "due_precision", "done_on", "evidence"),
    ProgressUpdate: (
        "reported_on", "status", "what_changed", "reason", "obstacles", "obstacle_kind", "evidence", "source_language",
        "created_at",
    ),
}  # fmt: skip

PARTIAL_DATE = gettext_noop("A year, a month or a day: 2018, 2018-07 or 2018-07-19.")
LAST_DAY = gettext_noop("The last day of the year or month that is given.")


class MilestoneOut(BaseModel):
    """A step of a pledge."""

    id: int
    title: Text
    due: str | None = Field(description=PARTIAL_DATE)
    due_on: dt.date | None = Field(description=LAST_DAY)
    done_on: dt.date | None
    evidence: list[str]
    published_at: dt.datetime = Field(description=PUBLISHED_AT)
    modified_at: dt.datetime = Field(description=MODIFIED_AT)


class UpdateDocumentOut(BaseModel):
    """A file that shows what an update reports."""

    title: Text
    media_type: str
    size: int
    html: Pages


class UpdateOut(BaseModel):
    """How a pledge stood on a day, as its city reported it. It never changes; its city may take it down."""

    id: int
    reported_on: dt.date
    status: Label
    what_changed: Text
    reason: Text = Field(description=gettext_noop("Why the pledge was paused or dropped; empty otherwise."))
    obstacles: Text
    obstacle_kind: Label | None
    evidence: list[str]
    documents: list[UpdateDocumentOut]
    published_at: dt.datetime = Field(description=PUBLISHED_AT)
    modified_at: dt.datetime = Field(description=MODIFIED_AT)


class PledgeReference(BaseModel):
    """A pledge, as far as a row that belongs to it names it."""

    id: int
    title: Text
    link: str


class ProgressLinks(BaseModel):
    """Where to read on about a milestone or an update."""

    self: str
    html: Pages
    pledge: str


class MilestoneRow(MilestoneOut):
    """A step of a pledge, with the pledge and its city."""

    pledge: PledgeReference
    city: CityReference
    licence: str
    links: ProgressLinks


class UpdateRow(UpdateOut):
    """How a pledge stood on a day, with the pledge and its city."""

    pledge: PledgeReference
    city: CityReference
    licence: str
    links: ProgressLinks


class MilestoneList(ResultPage):
    """A page of milestones."""

    results: list[MilestoneRow]


class UpdateList(ResultPage):
    """A page of progress updates."""

    results: list[UpdateRow]


ProgressParams = list_params(
    "ProgressParams",
    (),
    city=text_param(gettext_noop("The city, by its “slug”."), max_length=120),
    pledge=number_param(gettext_noop("The pledge, by its “id”.")),
)
OF_FORMER_MEMBERS = gettext_noop(
    "Those of cities that have left the network are listed only if you ask for the city or the pledge."
)


@router.get(
    "/milestones",
    response={200: MilestoneList} | ERROR_RESPONSES,
    operation_id="list_milestones",
    url_name="milestones",
    summary=gettext_noop("List milestones"),
    description=OF_FORMER_MEMBERS,
)
def list_milestones(request: HttpRequest, params: Query[ProgressParams]):  # type: ignore[valid-type]  # made at run time
    rows = dated_milestones(_with_pledge(Milestone.objects.public()))
    found = _asked_for(Milestone.objects.all(), params)
    return paginate(request, rows, params, show_milestone_row, PublicKind.MILESTONE, found=found)


@router.get(
    "/milestones/{int:pk}",
    response={200: MilestoneRow} | ERROR_RESPONSES,
    operation_id="get_milestone",
    url_name="milestone",
    summary=gettext_noop("Get a milestone"),
)
def get_milestone(request: HttpRequest, pk: int):
    return show_milestone_row(get_object_or_404(dated_milestones(_with_pledge(Milestone.objects.public())), pk=pk))


@router.get(
    "/updates",
    response={200: UpdateList} | ERROR_RESPONSES,
    operation_id="list_updates",
    url_name="updates",
    summary=gettext_noop("List progress updates"),
    description=OF_FORMER_MEMBERS,
)
def list_updates(request: HttpRequest, params: Query[ProgressParams]):  # type: ignore[valid-type]  # made at run time
    rows = with_documents(_with_pledge(ProgressUpdate.objects.public()))
    found = _asked_for(ProgressUpdate.objects.all(), params)
    return paginate(request, rows, params, show_update_row, PublicKind.UPDATE, found=found)


@router.get(
    "/updates/{int:pk}",
    response={200: UpdateRow} | ERROR_RESPONSES,
    operation_id="get_update",
    url_name="update",
    summary=gettext_noop("Get a progress update"),
)
def get_update(request: HttpRequest, pk: int):
    updates = with_documents(_with_pledge(ProgressUpdate.objects.public()))
    return show_update_row(get_object_or_404(updates, pk=pk))


def _asked_for(rows: QuerySet, params: ListParams) -> QuerySet:
    """The public ones among `rows` that match `params`. Without a pledge or a city in `params`, the rows of public
    pledges of listed cities, found through `SearchedPledge`."""
    if not (params.pledge or params.city):
        return rows.standing().filter(pledge__in=SearchedPledge.objects.of_listed_cities().values("pk"))
    if params.pledge:
        rows = rows.filter(pledge=params.pledge)
    return of_the_city(rows.public(), params, path="pledge__city")


def _with_pledge(rows: QuerySet) -> QuerySet:
    """`rows` with pledge and city, and only the columns that are shown."""
    shown = (
        *(f"pledge__{name}" for name in ("title_fr", "title_en", "source_language")),
        *columns_of_city("pledge__city"),
    )
    return rows.select_related("pledge__city").only(*COLUMNS[rows.model], *shown)


def with_documents(updates: QuerySet) -> QuerySet:
    """`updates` with their `shown_documents`, in one more query."""
    return updates.prefetch_related(Prefetch("documents", to_attr="shown_documents"))


def of_one_pledge(rows: QuerySet) -> QuerySet:
    """Milestones or updates with only the columns that are needed to show them with their pledge."""
    return rows.only("pledge", *COLUMNS[rows.model])


def dated_milestones(milestones: QuerySet) -> QuerySet:
    """`milestones` with `published_at` and `changed_at`: from their history, but not before their pledge was
    published."""
    events = Milestone.events.rel.related_model.objects.filter(pgh_obj=OuterRef("pk")).values("pgh_created_at")
    first, last = (Subquery(events.order_by(order)[:1]) for order in ("pgh_id", "-pgh_id"))
    recorded = F("pledge__published_at")
    return milestones.annotate(published_at=Greatest(first, recorded), changed_at=Greatest(last, recorded))


def show_milestone(milestone: Milestone) -> dict:
    """`milestone` comes from `dated_milestones`."""
    return {
        "id": milestone.pk,
        "title": both(milestone, "title"),
        "due": milestone.due or None,
        "due_on": milestone.due_on,
        "done_on": milestone.done_on,
        "evidence": milestone.evidence,
        "published_at": milestone.published_at,
        "modified_at": milestone.changed_at,
    }


def show_update(update: ProgressUpdate) -> dict:
    """`update` comes from `with_documents`."""
    # Without the author, since the city is responsible for what it reports.
    return {
        "id": update.pk,
        "reported_on": update.reported_on,
        "status": label(Pledge.Status(update.status)),
        "what_changed": both(update, "what_changed"),
        "reason": both(update, "reason"),
        "obstacles": both(update, "obstacles"),
        "obstacle_kind": label(ObstacleKind(update.obstacle_kind)) if update.obstacle_kind else None,
        "evidence": update.evidence,
        "documents": [_document(document) for document in update.shown_documents],
        "published_at": update.created_at,
        "modified_at": update.created_at,
    }


def _document(document: UpdateDocument) -> dict:
    titles = {code: document.title if code == document.language else None for code in CODES}
    return {
        "title": titles | {"source_language": document.language},
        "media_type": document.media_type,
        "size": document.size,
        "html": in_each_language(lambda: absolute_url(document.get_absolute_url())),
    }


def show_milestone_row(milestone: Milestone) -> dict:
    return show_milestone(milestone) | _of_pledge("milestone", milestone.pk, milestone.pledge)


def show_update_row(update: ProgressUpdate) -> dict:
    return show_update(update) | _of_pledge("update", update.pk, update.pledge)


def _of_pledge(name: str, pk: int, pledge: Pledge) -> dict:
    link = resource("pledge", pledge.pk)
    return {
        "pledge": {"id": pledge.pk, "title": both(pledge, "title"), "link": link},
        "city": name_city(pledge.city),
        "licence": LICENCE,
        "links": {"self": resource(name, pk), "html": pages("pledge_detail", pledge.pk), "pledge": link},
    }
