"""The Declaration, its commitments and the pledges of cities in the API."""

import datetime as dt

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field

from commitments.facets import PLEDGE_FACETS
from commitments.kept_statistics import with_city_counts
from commitments.models import (
    Commitment,
    CommitmentQuerySet,
    Declaration,
    DegreeOfChange,
    Pledge,
    SearchedPledge,
)
from commitments.progress_api import (
    LAST_DAY,
    PARTIAL_DATE,
    MilestoneOut,
    UpdateOut,
    dated_milestones,
    of_one_pledge,
    show_milestone,
    show_update,
    with_documents,
)
from commitments.searched import SEARCHED_FACETS
from members.api import CityReference, columns_of_city, name_city, of_the_city
from members.place_names import places
from scn_portal.base.api.pagination import MATCH, ResultPage, paginate, paginate_by_relevance, result_page
from scn_portal.base.api.params import filter_rows, list_params, text_param
from scn_portal.base.api.responses import ERROR_RESPONSES
from scn_portal.base.api.schemas import (
    PUBLISHED_AT,
    UPDATED_AT,
    WORDS,
    Label,
    Pages,
    Text,
    both,
    label,
    pages,
    resource,
)
from scn_portal.base.licence import LICENCE
from scn_portal.base.models import PublicKind
from scn_portal.base.search.query import parse
from scn_portal.base.search.scoring import BestMatches, Source

router = Router(tags=["commitments"])

FIRST_DAY = gettext_noop("The first day of the year or month that is given.")


class CommitmentLinks(BaseModel):
    """Where to read on about a commitment."""

    self: str
    html: Pages
    pledges: str
    practices: str


class CommitmentReference(BaseModel):
    """A commitment, as far as a row that serves it names it."""

    number: int
    short: Text
    link: str


class CommitmentOut(BaseModel):
    """One of the seven commitments. Its French is the text that the portal holds, its English our own translation."""

    number: int
    slug: str
    title: Text
    short: Text
    wording: Text
    city_count: int = Field(
        description=gettext_noop("How many cities have made a pledge under this commitment since the Declaration.")
    )
    licence: str
    links: CommitmentLinks


class CommitmentList(ResultPage):
    """The seven commitments, in their order."""

    results: list[CommitmentOut]


class DeclarationLinks(BaseModel):
    """Where to read on about the declaration."""

    self: str
    html: Pages
    commitments: str


class DeclarationOut(BaseModel):
    """The declaration that mayors adopted in Melbourne, with its commitments."""

    slug: str
    title: Text
    preamble: Text
    adopted_on: str = Field(description=PARTIAL_DATE)
    source_language: str = Field(
        description=gettext_noop(
            "The language of the text that the portal holds. The other is our own translation; the wording that the "
            "network published in that language may differ."
        )
    )
    commitments: list[CommitmentOut]
    licence: str
    links: DeclarationLinks


class PledgeLinks(BaseModel):
    """Where to read on about a pledge."""

    self: str
    html: Pages
    city: str
    commitment: str
    milestones: str
    updates: str


class IndicatorOut(BaseModel):
    """What a pledge is measured by."""

    name: Text
    unit: str | None
    baseline: float | None
    target: float | None
    latest: float | None


class ResultOut(BaseModel):
    """What came of a pledge, in the judgement of its city."""

    degree_of_change: Label
    result: Text
    lessons: Text
    evidence: list[str]


class PledgeOut(BaseModel):
    """What a city has promised under one commitment. Long texts are in Markdown."""

    id: int
    city: CityReference
    commitment: CommitmentReference
    title: Text
    description: Text
    lead_department: str | None
    announced_on: str | None = Field(description=PARTIAL_DATE)
    starts: str | None = Field(description=PARTIAL_DATE)
    starts_on: dt.date | None = Field(description=FIRST_DAY)
    due: str | None = Field(description=PARTIAL_DATE)
    due_on: dt.date | None = Field(description=LAST_DAY)
    target: Text
    baseline: Text
    partners: Text
    indicator: IndicatorOut | None
    status: Label
    result: ResultOut | None = Field(description=gettext_noop("What came of it, once it is done."))
    prior_to_declaration: bool = Field(
        description=gettext_noop(
            "True where it is surely older than the Declaration: an action already taken, in no count of pledges."
        )
    )
    sources: list[str]
    origin: Label = Field(description=gettext_noop("Who wrote it: “compiled” from public sources, or the “city”."))
    published_at: dt.datetime = Field(description=PUBLISHED_AT)
    modified_at: dt.datetime = Field(
        description=gettext_noop("When the pledge, one of its milestones or one of its updates last changed.")
    )
    created_at: dt.datetime = Field(
        description=gettext_noop("The same as “published_at”, for programs that were written before it.")
    )
    updated_at: dt.datetime = Field(description=UPDATED_AT)
    licence: str
    links: PledgeLinks


class PledgeDetail(PledgeOut):
    """A pledge with its milestones, and what was reported of it, the newest first."""

    milestones: list[MilestoneOut] = Field(
        description=gettext_noop("At most 50, the next due first. All of them are at “links.milestones”.")
    )
    updates: list[UpdateOut] = Field(
        description=gettext_noop("At most 50, the newest first. All of them are at “links.updates”.")
    )


class PledgeRow(PledgeOut):
    """A pledge of a list."""

    match: str | None = MATCH


class PledgeList(ResultPage):
    """A page of pledges."""

    results: list[PledgeRow]


MAX_MILESTONES = MAX_UPDATES = 50
# The columns that `show_pledge` reads.
COLUMNS = (
    "source_language", "title", "description", "lead_department", "announced_on", "starts_on", "starts_precision",
    "due_on", "due_precision", "target", "baseline", "partners", "indicator_name", "indicator_unit",
    "indicator_baseline", "indicator_target", "indicator_latest", "status", "degree_of_change", "result", "lessons",
    "closing_evidence", "sources", "created_by", "published_at", *columns_of_city("city"), "commitment__number",
    "commitment__short_fr", "commitment__short_en", "commitment__declaration__adopted_on",
)  # fmt: skip
PledgeListParams = list_params(
    "PledgeListParams",
    PLEDGE_FACETS,
    q=text_param(WORDS),
    city=text_param(gettext_noop("The city, by its “slug”."), max_length=120),
)


@router.get(
    "/declaration",
    response={200: DeclarationOut} | ERROR_RESPONSES,
    operation_id="get_declaration",
    url_name="declaration",
    summary=gettext_noop("Get the Declaration and its commitments"),
)
def get_declaration(request: HttpRequest):
    declaration = get_object_or_404(Declaration, slug="melbourne-2018")
    return {
        "slug": declaration.slug,
        "title": both(declaration, "title"),
        "preamble": both(declaration, "preamble"),
        "adopted_on": declaration.adopted_on,
        "source_language": declaration.source_language,
        "commitments": [show_commitment(commitment) for commitment in with_city_counts(_commitments())],
        "licence": LICENCE,
        "links": {
            "self": resource("declaration"),
            "html": pages("declaration"),
            "commitments": resource("commitments"),
        },
    }


@router.get(
    "/commitments",
    response={200: CommitmentList} | ERROR_RESPONSES,
    operation_id="list_commitments",
    url_name="commitments",
    summary=gettext_noop("The seven commitments"),
)
def list_commitments(request: HttpRequest):
    return result_page([show_commitment(commitment) for commitment in with_city_counts(_commitments())])


@router.get(
    "/commitments/{int:number}",
    response={200: CommitmentOut} | ERROR_RESPONSES,
    operation_id="get_commitment",
    url_name="commitment",
    summary=gettext_noop("Get a commitment"),
)
def get_commitment(request: HttpRequest, number: int):
    return show_commitment(get_object_or_404(with_city_counts(_commitments()), number=number))


def _commitments() -> CommitmentQuerySet:
    return Commitment.objects.of_melbourne().select_related("declaration").defer("search_fr", "search_en")


@router.get(
    "/pledges",
    response={200: PledgeList} | ERROR_RESPONSES,
    operation_id="list_pledges",
    url_name="pledges",
    summary=gettext_noop("List pledges"),
    description=gettext_noop(
        "Pledges of cities that have left the network are listed only if you ask for the city with “city”; each keeps"
        " its own address."
    ),
    tags=["pledges"],
)
def list_pledges(request: HttpRequest, params: Query[PledgeListParams]):  # type: ignore[valid-type]  # made of facets
    found = SearchedPledge.objects.all() if params.city else SearchedPledge.objects.of_listed_cities()
    searched = of_the_city(filter_rows(found, SEARCHED_FACETS, params), params)
    rows, kind = shown(Pledge.objects.public()), PublicKind.PLEDGE
    query = parse(params.q or "")
    if not query.text:
        return paginate(request, rows, params, show_pledge, kind, found=searched)
    matches = BestMatches({"pledge": Source(searched, "city")}, query, "en", places(query))
    partial = [match.pk for match in matches.partial]
    keys = [*matches.complete_keys, *partial]
    return paginate_by_relevance(request, rows, params, show_pledge, keys, kind, partial=partial, is_narrowed=False)


@router.get(
    "/pledges/{int:pk}",
    response={200: PledgeDetail} | ERROR_RESPONSES,
    operation_id="get_pledge",
    url_name="pledge",
    summary=gettext_noop("Get a pledge, with its milestones and progress updates"),
    tags=["pledges"],
)
def get_pledge(request: HttpRequest, pk: int):
    pledge = get_object_or_404(shown(Pledge.objects.public()), pk=pk)
    milestones = dated_milestones(of_one_pledge(pledge.milestones.standing())).order_by("due_on", "pk")
    updates = with_documents(of_one_pledge(pledge.updates.standing())).order_by("-reported_on", "-pk")
    return show_pledge(pledge) | {
        "milestones": [show_milestone(milestone) for milestone in milestones[:MAX_MILESTONES]],
        "updates": [show_update(update) for update in updates[:MAX_UPDATES]],
    }


def dated(pledges: QuerySet) -> QuerySet:
    """`pledges` with city, commitment and `changed_at`."""
    return pledges.select_related("city", "commitment__declaration").with_last_change()


def shown(pledges: QuerySet) -> QuerySet:
    """`dated` pledges, with only the columns that `show_pledge` reads."""
    return dated(pledges).only(*COLUMNS)


def show_commitment(commitment: Commitment) -> dict:
    source: dict[str, str | None] = {"source_language": commitment.declaration.source_language}
    texts = {name: both(commitment, name) | source for name in ("title", "short", "wording")}
    return texts | {
        "number": commitment.number,
        "slug": commitment.slug,
        "city_count": commitment.city_count,
        "licence": LICENCE,
        "links": {
            "self": resource("commitment", commitment.number),
            "html": pages("commitment_detail", commitment.number),
            "pledges": resource("pledges", commitment=commitment.number),
            "practices": resource("practices", commitment=commitment.number),
        },
    }


def name_commitment(commitment: Commitment) -> dict:
    link = resource("commitment", commitment.number)
    return {"number": commitment.number, "short": both(commitment, "short"), "link": link}


def show_pledge(pledge: Pledge) -> dict:
    """`pledge` comes from `shown`."""
    values = {name: getattr(pledge, name) for name in ("starts_on", "due_on", "sources")}
    dates = {
        "published_at": pledge.published_at,
        "created_at": pledge.published_at,
        "modified_at": pledge.changed_at,
        "updated_at": pledge.changed_at,
    }
    return (
        values
        | dates
        | {
            "id": pledge.pk,
            "city": name_city(pledge.city),
            "commitment": name_commitment(pledge.commitment),
            "title": both(pledge, "title"),
            "description": both(pledge, "description"),
            "lead_department": pledge.lead_department or None,
            "announced_on": pledge.announced_on or None,
            "starts": pledge.starts or None,
            "due": pledge.due or None,
            "target": both(pledge, "target"),
            "baseline": both(pledge, "baseline"),
            "partners": both(pledge, "partners"),
            "indicator": _indicator(pledge),
            "status": label(Pledge.Status(pledge.status)),
            "result": _result(pledge),
            "prior_to_declaration": pledge.is_prior,
            "origin": label(pledge.origin),
            "licence": LICENCE,
            "links": {
                "self": resource("pledge", pledge.pk),
                "html": pages("pledge_detail", pledge.pk),
                "city": resource("city", pledge.city.slug),
                "commitment": resource("commitment", pledge.commitment.number),
                "milestones": resource("milestones", pledge=pledge.pk),
                "updates": resource("updates", pledge=pledge.pk),
            },
        }
    )


def _indicator(pledge: Pledge) -> dict | None:
    if not (pledge.indicator_name_fr or pledge.indicator_name_en):
        return None
    figures = {name: getattr(pledge, f"indicator_{name}") for name in ("baseline", "target", "latest")}
    return {"name": both(pledge, "indicator_name"), "unit": pledge.indicator_unit or None} | figures


def _result(pledge: Pledge) -> dict | None:
    if not pledge.has_result:
        return None
    return {
        "degree_of_change": label(DegreeOfChange(pledge.degree_of_change)),
        "result": both(pledge, "result"),
        "lessons": both(pledge, "lessons"),
        "evidence": pledge.closing_evidence,
    }
