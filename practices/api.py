"""Practices in the API: the words that a moderator approved, and nothing else."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Choices, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_noop, override
from ninja import Query, Router
from pydantic import BaseModel, Field

from commitments.api import PARTIAL_DATE, CommitmentReference, name_commitment
from commitments.models import Commitment
from members.api import CityReference, name_city, of_the_city
from practices import related
from practices.choices import Continuation, CostBand, Evaluation, Scope, TargetGroup, Theme
from practices.evidence import updates_naming
from practices.facets import PRACTICE_FACETS
from practices.models import Attachment, Revision, RevisionCommitment, SearchedRevision
from practices.pictures import path_of
from practices.search import PracticeSearch
from practices.searched import SEARCHED_FACETS
from scn_portal.base.api.pagination import MATCH, ResultPage, paginate, paginate_by_relevance
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
    in_each_language,
    label,
    pages,
    resource,
)
from scn_portal.base.licence import LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.models import PublicKind

router = Router(tags=["practices"])

IN_LISTS = ("title", "claim", "summary", "themes_other", "target_groups_other")
LONG_TEXTS = [name for name in Revision.TEXTS if name not in IN_LISTS]


class PracticeLinks(BaseModel):
    """Where to read on about a practice."""

    self: str
    html: Pages
    city: str


class PictureOut(BaseModel):
    """The lead picture of a practice, as JPEG, with its size in pixels."""

    address: str
    width: int
    height: int
    alt: Text = Field(description=gettext_noop("What it shows."))
    credit: str = Field(description=gettext_noop("Who made it: name them wherever you show it."))


class PracticeOut(BaseModel):
    """What a city has done, in its own words or as public sources tell it. Long texts are in Markdown, where
    each line end is one."""

    id: int
    slug: str
    city: CityReference
    title: Text
    original_name: str | None = Field(description=gettext_noop("Its name in the local language."))
    claim: Text = Field(description=gettext_noop("What it does and for whom, in one sentence."))
    summary: Text
    commitments: list[CommitmentReference]
    themes: list[Label]
    target_groups: list[Label]
    themes_other: Text = Field(description=gettext_noop("What else it is about, in the city’s words."))
    target_groups_other: Text = Field(description=gettext_noop("Whom else it is for, in the city’s words."))
    scope: Label | None = Field(description=gettext_noop("How far it reaches; null if that is not stated."))
    evaluation: Label | None = Field(
        description=gettext_noop("Who evaluated what it changed; null if that is not known.")
    )
    origin: Label = Field(description=gettext_noop("Who wrote it: “compiled” from public sources, or the “city”."))
    started_on: str | None = Field(description=PARTIAL_DATE)
    continuation: Label | None = Field(
        description=gettext_noop("Whether it has ended or goes on; null if that is not stated.")
    )
    ended_on: str | None = Field(description=PARTIAL_DATE)
    cost_band: Label | None = Field(
        description=gettext_noop("What it costs in an ordinary year, whoever pays; null if that is not stated.")
    )
    people_reached: int | None
    people_reached_year: int | None = Field(
        description=gettext_noop("The year that “people_reached” is of; null if it is of all years or not known.")
    )
    picture: PictureOut | None
    published_at: dt.datetime = Field(description=PUBLISHED_AT)
    modified_at: dt.datetime = Field(description=gettext_noop("When this text was published."))
    updated_at: dt.datetime = Field(description=UPDATED_AT)
    licence: str
    links: PracticeLinks


class DocumentOut(BaseModel):
    """A document that goes with a practice."""

    title: Text
    media_type: str
    size: int
    html: Pages


class PracticeDetail(PracticeOut):
    """A practice, with all that is told of it."""

    challenge: Text
    approach: Text
    partners: Text
    lead: Text
    resources: Text
    results: Text
    evidence: Text
    lessons: Text = Field(description=gettext_noop("What did not work."))
    transfer: Text = Field(description=gettext_noop("What another city would need."))
    safeguards: Text
    partner_cities: list[CityReference] = Field(description=gettext_noop("Cities of the network that take part in it."))
    inspired_by: Text = Field(description=gettext_noop("A practice outside the network that it was adapted from."))
    adapted_from: list[str] = Field(description=gettext_noop("Practices of the network that it was adapted from."))
    adapted_by: list[str] = Field(description=gettext_noop("Practices of the network that were adapted from it."))
    website: str | None
    sources: list[str]
    documents: list[DocumentOut]
    evidence_of: list[str] = Field(description=gettext_noop("Progress updates of its city that name it as evidence."))


class PracticeRow(PracticeOut):
    """A practice of a list."""

    match: str | None = MATCH


class PracticeList(ResultPage):
    """A page of practices."""

    results: list[PracticeRow]


PracticeListParams = list_params(
    "PracticeListParams",
    PRACTICE_FACETS,
    q=text_param(WORDS),
    city=text_param(gettext_noop("The city, by its “slug”."), max_length=120),
)


@router.get(
    "/practices",
    response={200: PracticeList} | ERROR_RESPONSES,
    operation_id="list_practices",
    url_name="practices",
    summary=gettext_noop("List practices"),
)
def list_practices(request: HttpRequest, params: Query[PracticeListParams]):  # type: ignore[valid-type]  # of facets
    searched = filter_rows(of_the_city(SearchedRevision.objects.all(), params, path="city"), SEARCHED_FACETS, params)
    rows, kind, key = shown(Revision.objects.live().in_brief()), PublicKind.PRACTICE, "practice"
    seven: Any = SimpleLazyObject(_seven)  # read for the first row
    search, show = PracticeSearch(request.GET, "en"), partial(show_practice, seven=seven)
    if not search.words:
        return paginate(request, rows, params, show, kind, key, found=searched, found_key="revision__practice")
    complete, some = search.ranked_among(searched)
    keys = [*complete, *some]
    return paginate_by_relevance(request, rows, params, show, keys, kind, key, some, is_narrowed=False)


@router.get(
    "/practices/{slug:slug}",
    response={200: PracticeDetail} | ERROR_RESPONSES,
    operation_id="get_practice",
    url_name="practice",
    summary=gettext_noop("Get a practice"),
)
def get_practice(request: HttpRequest, slug: str):
    documents = Prefetch("attachments", Attachment.objects.standing(), to_attr="standing_documents")
    revisions = shown(Revision.objects.live()).defer("search_fr", "search_en").prefetch_related(documents)
    revision = get_object_or_404(revisions, practice__slug=slug)
    return (
        show_practice(revision, _seven())
        | {name: both(revision, name) for name in LONG_TEXTS}
        | {
            "website": revision.website or None,
            "sources": revision.sources,
            "partner_cities": [name_city(city) for city in revision.partner_cities.listed()],
            "adapted_from": _links(related.originals_of(revision)),
            "adapted_by": _links(related.adaptations_of(revision.practice)),
            "documents": [_document(revision, attachment) for attachment in revision.standing_documents],
            "evidence_of": [resource("update", key) for key in updates_naming(revision.practice)],
        }
    )


def shown(revisions: QuerySet) -> QuerySet:
    """Live `revisions` with city, the `numbers` of their commitments, and `first_published_at`."""
    served = RevisionCommitment.objects.filter(revision=OuterRef("pk")).order_by("commitment__number")
    numbered = revisions.annotate(numbers=ArraySubquery(served.values("commitment__number")))
    return numbered.select_related("practice__city").with_first_publication()


def _seven() -> dict[int, dict]:
    """The seven commitments by number, as practices name them. One query."""
    return {each.number: name_commitment(each) for each in Commitment.objects.of_melbourne().only("number", "short")}


def show_practice(revision: Revision, seven: Mapping[int, dict]) -> dict:
    """`revision` comes from `shown`; `seven` are the commitments."""
    practice = revision.practice
    return {
        "id": practice.pk,
        "slug": practice.slug,
        "city": name_city(practice.city),
        "title": both(revision, "title"),
        "original_name": revision.original_name or None,
        "claim": both(revision, "claim"),
        "summary": both(revision, "summary"),
        "commitments": [seven[number] for number in revision.numbers],
        "themes": _labels(Theme, revision.themes),
        "target_groups": _labels(TargetGroup, revision.target_groups),
        "themes_other": both(revision, "themes_other"),
        "target_groups_other": both(revision, "target_groups_other"),
        "scope": label(Scope(revision.scope)) if revision.scope else None,
        "evaluation": label(Evaluation(revision.evaluation)) if revision.evaluation else None,
        "origin": label(revision.origin),
        "started_on": revision.started_on or None,
        "continuation": label(Continuation(revision.continuation)) if revision.continuation else None,
        "ended_on": revision.ended_on or None,
        "cost_band": label(CostBand(revision.cost_band)) if revision.cost_band else None,
        "people_reached": revision.people_reached,
        "people_reached_year": revision.people_reached_year,
        "picture": _picture(revision) if revision.shows_picture else None,
        "published_at": revision.first_published_at,
        "modified_at": revision.published_at,
        "updated_at": revision.published_at,
        "licence": LICENCE,
        "links": {
            "self": resource("practice", practice.slug),
            "html": pages("practice_detail", practice.slug),
            "city": resource("city", practice.city.slug),
        },
    }


def _labels(kind: type[Choices], keys: Iterable[str]) -> list[dict[str, str]]:
    """The labels of `keys`, without values that no longer exist."""
    return [label(kind(key)) for key in keys if key in _values(kind)]


@cache
def _values(kind: type[Choices]) -> frozenset[str]:
    return frozenset(kind.values)


def _links(revisions: QuerySet) -> list[str]:
    return [resource("practice", slug) for slug in revisions.values_list("practice__slug", flat=True)]


def _picture(revision: Revision) -> dict:
    with override("en"):  # the same file at the address of each language
        path = path_of(revision)
    return {
        "address": absolute_url(path),
        "width": revision.picture_width,
        "height": revision.picture_height,
        "alt": both(revision, "picture_alt"),
        "credit": revision.picture_credit,
    }


def _document(revision: Revision, attachment: Attachment) -> dict:
    attachment.revision = revision  # already fetched, with its practice
    return {
        "title": both(attachment, "title"),
        "media_type": attachment.media_type,
        "size": attachment.size,
        "html": in_each_language(lambda: absolute_url(attachment.get_absolute_url())),
    }
