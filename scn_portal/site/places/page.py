"""The page of a country or a region: its cities by status, their pledges by status, their practices."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from commitments import statistics
from commitments.models import Pledge, PledgeQuerySet
from members.models import City, CityQuerySet, Region
from practices.models import Revision
from practices.search import with_practices
from scn_portal.base.facet_options import sort_key
from scn_portal.base.fragments import kept
from scn_portal.base.http.public import public_page
from scn_portal.base.lists import named, page_or_404, query_of
from scn_portal.base.totals import Total
from scn_portal.site.city_records import progress_of, selection_of, with_standings

CITIES_PER_PAGE = 50
MAX_PRACTICES = 6


@public_page("page")
def country(request, code: str):
    """The cities of a country, by its code; 404 if no city is listed."""
    if code != code.lower():
        return redirect("country", code.lower(), permanent=True)
    cities = City.objects.listed().filter(country=code.upper())
    return _page(request, Place("country", code.upper(), countries.name(code.upper()), cities))


@public_page("page")
def region(request, slug: str):
    """The cities of a region, and its countries; 404 if no city is listed."""
    row = get_object_or_404(Region, slug=slug)
    cities = City.objects.listed().filter(region=row)
    return _page(request, Place("region", row.slug, row.text("name", get_language()).value, cities))


@dataclass(frozen=True)
class Place:
    """A country or a region: the facet and the value of the list of its cities, and its name."""

    facet: str
    value: str
    name: str
    cities: CityQuerySet

    @cached_property
    def selection(self):
        return selection_of(self.cities)

    def kept(self, part: str, *about, build) -> SafeString:
        """A part of the page, kept until something public of the cities changes."""
        return kept(f"place-{part}", self.facet, self.value, self.name, *about, self.selection.version, build=build)


def _page(request: HttpRequest, place: Place) -> HttpResponse:
    if not place.selection.cities:
        raise Http404
    ordered = place.cities.select_related("record").order_by(f"record__name_key_{get_language()}", "pk")
    page = page_or_404(ordered, request, per_page=CITIES_PER_PAGE, total=Total(place.selection.cities))
    context = {"place": place, "page": page, "heading": named(place.name, page), "query": query_of(page)}
    parts = {
        "above": place.kept("above", build=lambda: _rendered("_above", place, **_above(place))),
        "entries": place.kept("entries", page.number, build=lambda: _rendered("_entries", place, **_entries(page))),
        "below": place.kept("below", build=lambda: _rendered("_below", place, **_below(place))),
        "crumbs": place.kept("crumbs", build=lambda: _rendered("_crumbs", place, regions=_regions(place))),
    }
    return render(request, "site/places/place.html", context | parts)


def _rendered(template: str, place: Place, **context) -> str:
    return render_to_string(f"site/places/{template}.html", {"place": place} | context)


def _regions(place: Place) -> list[Region]:
    """The regions of the cities of a country."""
    if place.facet == "region":
        return []
    return list(Region.objects.filter(cities__in=place.cities).distinct().order_by("pk"))


def _above(place: Place) -> dict:
    """The context of the upper part: the place in numbers, and the countries of a region."""
    by_status = dict(place.cities.order_by().values_list("status").annotate(Count("pk")))
    return {
        "city_count": place.selection.cities,
        "practice_count": place.selection.practices,
        "statuses": [(status, status.label, by_status[status]) for status in City.Status if status in by_status],
        "countries": _countries(place.cities) if place.facet == "region" else [],
    }


def _entries(page) -> dict:
    return {"cities": with_standings(page, get_language())}


def _below(place: Place) -> dict:
    """The context of the lower part: the pledges by status, and the newest practices."""
    live = Revision.objects.live().filter(practice__city__in=place.cities)
    newest = live.in_brief().select_related("practice__city").with_served().order_by("-published_at", "-pk")
    return {
        "progress": progress_of(place.cities) or statistics.progress(_pledges(place)),
        "practice_count": place.selection.practices,
        "practices": with_practices(newest[:MAX_PRACTICES]),
    }


def _pledges(place: Place) -> PledgeQuerySet:
    return Pledge.objects.of_listed_cities().since_declaration().filter(city__in=place.cities)


def _countries(cities: CityQuerySet) -> list[tuple[str, str, int]]:
    """The countries of `cities`, by name: code for the address, name, number of cities."""
    counts = cities.order_by().values_list("country").annotate(Count("pk"))
    named = [(str(code).lower(), countries.name(str(code)), count) for code, count in counts]
    return sorted(named, key=lambda country: sort_key(country[1]))


urlpatterns = [
    path(_("countries/<slug:code>/"), country, name="country"),
    path(_("regions/<slug:slug>/"), region, name="region"),
]
