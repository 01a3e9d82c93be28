"""Cities in the API."""

import datetime as dt

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field

from members.models import City
from members.sources import is_address, source_in
from scn_portal.base.api.pagination import ResultPage, paginate, paginate_by_relevance
from scn_portal.base.api.params import filter_rows, list_params, text_param
from scn_portal.base.api.responses import ERROR_RESPONSES
from scn_portal.base.api.schemas import (
    MODIFIED_AT,
    PUBLISHED_AT,
    UPDATED_AT,
    Country,
    Label,
    Pages,
    Text,
    both,
    country,
    label,
    pages,
    resource,
)
from scn_portal.base.languages import CODES
from scn_portal.base.licence import LICENCE
from scn_portal.base.models import EPOCH, PublicKind
from scn_portal.site.cities.filters import CITY_FACETS

router = Router(tags=["cities"])


class CityLinks(BaseModel):
    """Where to read on about a city."""

    self: str
    html: Pages
    pledges: str
    practices: str


class RegionOut(BaseModel):
    """One of the regions that the network groups its cities by."""

    slug: str
    name: Text


class Coordinates(BaseModel):
    """A place on the globe (WGS 84)."""

    latitude: float
    longitude: float


class CityOut(BaseModel):
    """A local government of the network. What is not known is null, never guessed."""

    id: int
    slug: str
    name: Text
    region: RegionOut
    country: Country
    coordinates: Coordinates | None
    unit_type: Label
    status: Label
    joined_year: int | None
    population: int | None
    time_zone: str | None
    geonames_id: int | None
    source: str = Field(description=gettext_noop("The page that says so, or words for it, in English."))
    source_in_words: Text | None = Field(
        description=gettext_noop("The source in each language, where it is words; null where it is an address.")
    )
    confirmed_at: dt.datetime | None = Field(
        description=gettext_noop(
            "When the city confirmed its page; null where it never did, or where a fact has changed since."
        )
    )
    last_confirmed_at: dt.datetime | None = Field(
        description=gettext_noop("When the city last confirmed its page, whatever has changed since.")
    )
    facts_changed_at: dt.datetime | None = Field(
        description=gettext_noop("When a fact first changed after the last confirmation; null where none did.")
    )
    published_at: dt.datetime = Field(description=PUBLISHED_AT)
    modified_at: dt.datetime = Field(description=MODIFIED_AT)
    updated_at: dt.datetime = Field(description=UPDATED_AT)
    licence: str
    links: CityLinks


class EndorsementOut(BaseModel):
    """A city signed a declaration."""

    declaration: str
    endorsed_on: str = Field(description=gettext_noop("A year, a month or a day: 2018, 2018-07 or 2018-07-19."))
    proof: str


class CityDetail(CityOut):
    """A city, with the declarations that it has endorsed."""

    endorsements: list[EndorsementOut]


class CityList(ResultPage):
    """A page of cities."""

    results: list[CityOut]


CityListParams = list_params(
    "CityListParams",
    CITY_FACETS,
    q=text_param(
        gettext_noop("Part of the French or English name; accents are ignored. Names that begin with it come first.")
    ),
)


@router.get(
    "/cities",
    response={200: CityList} | ERROR_RESPONSES,
    operation_id="list_cities",
    url_name="cities",
    summary=gettext_noop("List cities"),
    description=gettext_noop(
        "Members, partner cities and applicants, as “status” says; the list is partial, and each city names its "
        "source. Cities that have left are not listed; each keeps its own address."
    ),
)
def list_cities(request: HttpRequest, params: Query[CityListParams]):  # type: ignore[valid-type]  # made of facets
    rows, kind = dated(City.objects.listed()), PublicKind.CITY
    cities = filter_rows(City.objects.listed(), CITY_FACETS, params)
    if params.q and params.q.strip():
        keys = _best_named(cities, params.q.strip())
        return paginate_by_relevance(request, rows, params, show_city, keys, kind, is_narrowed=False)
    return paginate(request, rows, params, show_city, kind, found=cities)


@router.get(
    "/cities/{slug:slug}",
    response={200: CityDetail} | ERROR_RESPONSES,
    operation_id="get_city",
    url_name="city",
    summary=gettext_noop("Get a city"),
)
def get_city(request: HttpRequest, slug: str):
    city = get_object_or_404(dated(City.objects.shown()), slug=slug)
    return show_city(city) | {"endorsements": [_endorsement(row) for row in city.endorsements.with_declaration()]}


def _best_named(cities: QuerySet, words: str) -> list[int]:
    """The keys of the cities whose name contains `words`, those whose name begins with them first."""
    begins = Q(name_fr__unaccent__istartswith=words) | Q(name_en__unaccent__istartswith=words)
    named = cities.named(words).annotate(begins=ExpressionWrapper(begins, BooleanField()))
    return list(named.order_by("-begins", "name_en", "pk").values_list("pk", flat=True))


def dated(cities: QuerySet) -> QuerySet:
    """`cities` with their regions, annotated with `published_at` and `changed_at` from their history."""
    events = City.events.rel.related_model.objects.filter(pgh_obj=OuterRef("pk")).values("pgh_created_at")
    first, last = (Coalesce(Subquery(events.order_by(by)[:1]), Value(EPOCH)) for by in ("pgh_id", "-pgh_id"))
    return cities.select_related("region").annotate(published_at=first, changed_at=last)


def show_city(city: City) -> dict:
    """A city as a CityOut. `city` comes from `dated`."""
    fields = {name: getattr(city, name) for name in ("slug", "joined_year", "population", "geonames_id", "source")}
    dates = {"published_at": city.published_at, "modified_at": city.changed_at, "updated_at": city.changed_at}
    confirmed = {
        "confirmed_at": city.confirmed_at if city.is_confirmed else None,
        "last_confirmed_at": city.confirmed_at,
        "facts_changed_at": city.facts_changed_at,
    }
    return {
        **fields,
        **dates,
        **confirmed,
        "id": city.pk,
        "name": both(city, "name"),
        "region": {"slug": city.region.slug, "name": both(city.region, "name")},
        "country": country(city.country.code),
        "coordinates": coordinates(city),
        "unit_type": label(City.UnitType(city.unit_type)),
        "status": label(City.Status(city.status)),
        "time_zone": city.time_zone or None,
        "source_in_words": _source_in_words(city),
        "licence": LICENCE,
        "links": {
            "self": resource("city", city.slug),
            "html": pages("city_detail", city.slug),
            "pledges": resource("pledges", city=city.slug),
            "practices": resource("practices", city=city.slug),
        },
    }


def coordinates(city: City) -> dict[str, float] | None:
    if city.latitude is None or city.longitude is None:
        return None
    return {"latitude": city.latitude, "longitude": city.longitude}


def _source_in_words(city: City) -> dict[str, str] | None:
    return None if is_address(city.source) else {code: source_in(code, city.source) for code in CODES}


def _endorsement(endorsement) -> dict:
    return {
        "declaration": endorsement.declaration.slug,
        "endorsed_on": endorsement.endorsed_on,
        "proof": endorsement.proof,
    }
