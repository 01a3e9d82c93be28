"""Cities in other rows of the API: how they are shown, and how rows are filtered by city."""

from django.db.models import QuerySet
from pydantic import BaseModel

from members.models import City
from scn_portal.base.api.params import ListParams
from scn_portal.base.api.responses import ApiError
from scn_portal.base.api.schemas import Country, Text, both, country, resource


class CityReference(BaseModel):
    """A city, as far as a row that belongs to it names it."""

    slug: str
    name: Text
    country: Country
    link: str


def columns_of_city(path: str) -> list[str]:
    """The columns that `name_city` reads, for `only`; `path` leads from the row to the city."""
    return [f"{path}__{name}" for name in ("slug", "name_fr", "name_en", "country")]


def name_city(city: City) -> dict:
    return {
        "slug": city.slug,
        "name": both(city, "name"),
        "country": country(city.country.code),
        "link": resource("city", city.slug),
    }


def of_the_city(rows: QuerySet, params: ListParams, path: str = "city") -> QuerySet:
    """`rows` of the city of `params.city`, or all if it is empty. Raises ApiError if there is no such city."""
    if not params.city:
        return rows
    city = City.objects.shown().filter(slug=params.city).first()
    if city is None:
        raise ApiError(404, "not_found", "There is no city of that name: take it from “slug” of a city.", "city")
    return rows.filter(**{path: city})
