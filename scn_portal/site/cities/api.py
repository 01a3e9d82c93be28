"""Cities in the API."""

import datetime as dt

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from ninja import Query, Router, Schema
from pydantic import Field

from members.models import City
from members.sources import is_address, source_in
from scn_portal.base.api.pagination import EPOCH, ResultPage, paginate
from scn_portal.base.api.params import filter_rows, list_params, text_param
from scn_portal.base.api.responses import ERROR_RESPONSES
from scn_portal.base.api.schemas import Country, Label, Pages, Text, both, country, label, pages, resource
from scn_portal.base.languages import CODES
from scn_portal.base.licence import LICENCE
from scn_portal.site.cities.filters import CITY_FACETS

router = Router(tags=["cities"])


class CityLinks(Schema):
    """Where to read on about a city."""

    self: str
    html: Pages
    pledges: str
    practices: str


class RegionOut(Schema):
    """One of the regions that the network groups its cities by."""

    slug: str
    name: Text


class Coordinates(Schema):
    """A place on the globe (WGS 84)."""

    latitude: float
    longitude: float


class CityOut(Schema):
    """A local government of the network. What is not known is null, never guessed."""

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
    updated_at: dt.datetime
    licence: str
    links: CityLinks


class EndorsementOut(Schema):
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
    q=text_param(gettext_noop("Words in the French or English name; accents are ignored.")),
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
    cities = filter_rows(City.objects.listed(), CITY_FACETS, params)
    if params.q and params.q.strip():
        cities = cities.named(params.q.strip())
    return paginate(request, dated(cities), params, show_city)


@router.get(
    "/cities/{slug:slug}",
    response={200: CityDetail} | ERROR_RESPONSES,
    operation_id="get_city",
    url_name="city",
    summary=gettext_noop("Get a city"),
)
def get_city(request: HttpRequest, slug: str):
    city = get_object_or_404(dated(City.objects.all()), slug=slug)
    return show_city(city) | {"endorsements": [_endorsement(row) for row in city.endorsements.with_declaration()]}


def dated(cities: QuerySet) -> QuerySet:
    """`cities` with their regions, annotated with `changed_at` from their history."""
    changes = City.events.rel.related_model.objects.filter(pgh_obj=OuterRef("pk")).order_by("-pgh_created_at")
    last = Subquery(changes.values("pgh_created_at")[:1])
    return cities.select_related("region").annotate(changed_at=Coalesce(last, Value(EPOCH)))


def show_city(city: City) -> dict:
    """A city as a CityOut. `city` comes from `dated`."""
    fields = {name: getattr(city, name) for name in ("slug", "joined_year", "population", "geonames_id", "source")}
    return fields | {
        "name": both(city, "name"),
        "region": {"slug": city.region.slug, "name": both(city.region, "name")},
        "country": country(city.country.code),
        "coordinates": coordinates(city),
        "unit_type": label(City.UnitType(city.unit_type)),
        "status": label(City.Status(city.status)),
        "time_zone": city.time_zone or None,
        "source_in_words": _source_in_words(city),
        "confirmed_at": city.confirmed_at if city.is_confirmed else None,
        "last_confirmed_at": city.confirmed_at,
        "facts_changed_at": city.facts_changed_at,
        "updated_at": city.changed_at,
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
