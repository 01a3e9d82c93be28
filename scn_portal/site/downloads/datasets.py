"""The datasets to download: which rows, in which columns.

The rows of each are read in one query. Only what the public sees: listed cities, live revisions, updates that were not
taken down, and no names of people.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from commitments.facets import statuses
from commitments.models import Commitment, Milestone, Pledge, ProgressUpdate
from members.facets import country_names, unit_types
from members.models import City
from members.sources import source_in
from practices import facets as practice_facets
from practices.models import Revision, RevisionCommitment
from practices.search import PracticeSearch
from scn_portal.base.facets import choice_labels
from scn_portal.base.links import absolute_url
from scn_portal.base.origin import Origin
from scn_portal.site.cities.search import CitySearch
from scn_portal.site.downloads.tables import Column, Point
from scn_portal.site.pledges.search import PledgeSearch

ROWS_PER_CHUNK = 500


@dataclass(frozen=True)
class Data:
    """Rows and their columns. `query` holds the filters that were understood, `city` gives the city of a row."""

    rows: QuerySet
    columns: list[Column]
    query: str
    city: Callable[[Any], City] = field(default=lambda city: city)

    def point(self, row: Any) -> Point | None:
        city = self.city(row)
        return None if city.latitude is None or city.longitude is None else (city.longitude, city.latitude)


# --- Columns ---------------------------------------------------------------------------------------------------------


def texts(model, *names: str) -> list[Column]:
    """A column in each language for each of the translated fields `names`."""
    columns = []
    for name in names:
        label = capfirst(str(model._meta.get_field(name).verbose_name))
        columns += in_each_language(name, label, lambda row, key: getattr(row, key) or None)
    return columns


def in_each_language(name: str, label: str, value: Callable[[Any, str], Any], stem: str = "") -> list[Column]:
    """The columns `name_en` and `name_fr`. `value` reads them from a row, by `name` or `stem` with the same endings."""
    stem = stem or name
    return [
        Column(f"{name}_en", _("%(what)s, in English") % {"what": label}, lambda row: value(row, f"{stem}_en")),
        Column(f"{name}_fr", _("%(what)s, in French") % {"what": label}, lambda row: value(row, f"{stem}_fr")),
    ]


def plain(model, *names: str) -> list[Column]:
    """A column for each of the fields `names`; None where a field is empty."""
    labels = [capfirst(str(model._meta.get_field(name).verbose_name)) for name in names]
    return [Column(name, label, _reader(name)) for name, label in zip(names, labels, strict=True)]


def _reader(name: str) -> Callable[[Any], Any]:
    return lambda row: _or_none(getattr(row, name))


def coded(key: str, label: str, names: dict[str, str], value: Callable[[Any], Any]) -> list[Column]:
    """Two columns for a code, or a list of codes: the code itself, and its label."""

    def named(row: Any) -> Any:
        code = value(row)
        return [names.get(item, item) for item in code] if isinstance(code, list) else names.get(code, code)

    of_the_code = _("%(what)s (code)") % {"what": label}
    return [Column(key, of_the_code, value), Column(f"{key}_label", label, named)]


def city_columns(language: str, city: Callable[[Any], City]) -> list[Column]:
    """Columns about the city of a row."""
    return [
        Column("city", _("City (code)"), lambda row: city(row).slug),
        *in_each_language("city", _("City"), lambda row, key: getattr(city(row), key), stem="name"),
        *coded("country", _("Country"), country_names(language), lambda row: city(row).country.code),
        Column("region", _("Region"), lambda row: city(row).region.text("name", language).value),
    ]


def page_at(address: Callable[[Any], str]) -> Column:
    """The full URL of the page that shows a row. `address` gives its path."""
    return Column("page", _("Page"), lambda row: absolute_url(address(row)))


def _or_none(value: Any) -> Any:
    if isinstance(value, str | int | float | list) or value is None:
        return None if value in ("", []) else value
    return value.isoformat()  # a date or a moment


def _address_in(language: str, name: str) -> Callable[[str], str]:
    """The path of the page `name` by slug. In `language`: rows are written when the request is over."""
    with override(language):
        pattern = reverse(name, args=["slug-of-a-row"])
    return lambda slug: pattern.replace("slug-of-a-row", slug)


# --- Datasets --------------------------------------------------------------------------------------------------------


def cities(query: QueryDict, language: str) -> Data:
    """The listed cities, filtered as on their list."""
    faceted = CitySearch(query, language).faceted
    at = _address_in(language, "city_detail")
    columns = [
        *city_columns(language, lambda city: city),
        *coded("unit_type", _("Type of local government"), unit_types(language), lambda city: city.unit_type),
        *coded("status", _("Status"), choice_labels(City.Status, language), lambda city: city.status),
        *plain(City, "joined_year", "latitude", "longitude", "population", "time_zone", "geonames_id"),
        Column("source", capfirst(_("source")), lambda city: source_in(language, city.source)),
        Column(
            "confirmed_at",
            capfirst(_("confirmed by the city")),
            lambda city: _or_none(city.confirmed_at if city.is_confirmed else None),
        ),
        Column(
            "last_confirmed_at", capfirst(_("last confirmed by the city")), lambda city: _or_none(city.confirmed_at)
        ),
        *plain(City, "facts_changed_at"),
        page_at(lambda city: at(city.slug)),
    ]
    rows = faceted.rows.select_related("region").defer("search").by_name(language)
    return Data(rows, columns, faceted.query)


def pledges(query: QueryDict, language: str) -> Data:
    """The pledges of the listed cities, as their page narrows them."""
    faceted = PledgeSearch(query, language, with_prior=True).faceted
    with override(language):
        first_page = reverse("pledge_detail", args=[0])  # rows are written after the request, in another language
    columns = [
        Column("id", _("Number"), lambda pledge: pledge.pk),
        *city_columns(language, lambda pledge: pledge.city),
        *_commitment_columns(language),
        *texts(Pledge, "title", "description"),
        *coded("status", _("Status"), statuses(language), lambda pledge: pledge.status),
        *plain(Pledge, "announced_on", "starts_on", "due_on", "lead_department", "sources"),
        Column("prior_to_declaration", _("Older than the Declaration"), lambda pledge: pledge.is_prior),
        Column("milestones", _("Milestones"), lambda pledge: pledge.steps),
        Column("milestones_done", _("Milestones reached"), lambda pledge: pledge.steps_done),
        Column("last_reported_on", _("Last report"), lambda pledge: _or_none(pledge.last_report)),
        page_at(lambda pledge: first_page.replace("/0/", f"/{pledge.pk}/")),
    ]
    return Data(_counted(faceted.rows), columns, faceted.query, city=lambda pledge: pledge.city)


def _commitment_columns(language: str) -> list[Column]:
    return [
        Column("commitment", _("Commitment (number)"), lambda pledge: pledge.commitment.number),
        Column("commitment_label", _("Commitment"), lambda pledge: pledge.commitment.text("short", language).value),
    ]


def _counted(rows: QuerySet) -> QuerySet:
    """Pledges annotated with `steps` (their milestones), `steps_done` and `last_report`."""
    steps = Milestone.objects.filter(pledge=OuterRef("pk")).order_by().values("pledge")
    reports = ProgressUpdate.objects.standing().filter(pledge=OuterRef("pk")).order_by().values("pledge")
    rows = rows.select_related("city__region", "commitment__declaration").defer(
        "search_fr", "search_en", "city__search"
    )
    return rows.annotate(
        steps=Coalesce(Subquery(steps.annotate(count=Count("pk")).values("count")), 0),
        steps_done=Coalesce(Subquery(steps.annotate(count=Count("pk", Q(done_on__isnull=False))).values("count")), 0),
        last_report=Subquery(reports.annotate(last=Max("reported_on")).values("last")),
    ).order_by("pk")


def practices(query: QueryDict, language: str) -> Data:
    """The live revisions of published practices, filtered as on their list."""
    faceted = PracticeSearch(query, language).faceted
    at = _address_in(language, "practice_detail")
    columns = [
        Column("practice", _("Practice (code)"), lambda revision: revision.practice.slug),
        *city_columns(language, lambda revision: revision.practice.city),
        *texts(Revision, "title"),
        *plain(Revision, "original_name"),
        *texts(Revision, "summary"),
        Column("commitments", _("Related commitments"), lambda revision: revision.served),
        *coded("themes", _("Themes"), practice_facets.themes(language), lambda revision: revision.themes),
        *coded(
"target_groups", _("Who it is for"), practice_facets.target_groups(language), lambda row: row.target_groups),
        *coded(
            "evaluation", _("Evaluation"), practice_facets.evaluations(language),
            lambda revision: revision.evaluation or practice_facets.NOT_STATED,
        ),
        *coded("origin", _("Written by"), choice_labels(Origin, language), lambda revision: revision.origin.value),
        *texts(Revision, *(name for name in Revision.TEXTS if name not in ("title", "summary"))),
        *plain(Revision, "started_on", "website", "sources"),
        Column("published_at", _("Published"), lambda revision: _or_none(revision.published_at)),
        page_at(lambda revision: at(revision.practice.slug)),
    ]  # fmt: skip
    served = RevisionCommitment.objects.filter(revision=OuterRef("pk")).order_by("commitment__number")
    rows = faceted.rows.select_related("practice__city__region").order_by("pk")
    rows = rows.defer("search_fr", "search_en", "practice__city__search")
    rows = rows.annotate(served=ArraySubquery(served.values("commitment__number")))
    return Data(rows, columns, faceted.query, city=lambda revision: revision.practice.city)


def matrix(query: QueryDict, language: str) -> Data:
    """The listed cities by commitment: the statuses of the pledges, the number of practices."""
    faceted = CitySearch(query, language).faceted
    columns = city_columns(language, lambda city: city)
    for commitment in Commitment.objects.of_melbourne():
        columns += _matrix_columns(commitment, language)
    pledges = Pledge.objects.since_declaration().filter(city=OuterRef("pk")).order_by("created_at", "pk")
    revisions = Revision.objects.live().filter(practice__city=OuterRef("pk"), commitments__isnull=False).order_by()
    mark = Concat(Cast("commitment__number", CharField()), Value(":"), F("status"), output_field=CharField())
    rows = (
        faceted.rows.select_related("region")
        .defer("search")
        .by_name(language)
        .annotate(
            marks=ArraySubquery(pledges.annotate(mark=mark).values("mark")),
            served=ArraySubquery(revisions.values("commitments__number")),
        )
    )
    return Data(rows, columns, faceted.query)


def _matrix_columns(commitment: Commitment, language: str) -> list[Column]:
    number, short = commitment.number, f"{commitment.number}. {commitment.text('short', language)}"
    names, prefix = statuses(language), f"{commitment.number}:"

    def stands(city: City) -> list[str]:
        return [mark.removeprefix(prefix) for mark in city.marks if mark.startswith(prefix)]

    def practised(city: City) -> int:
        return city.served.count(number)

    return [
        *coded(f"pledges_{number}", _("%(line)s: pledges") % {"line": short}, names, stands),
        Column(f"practices_{number}", _("%(line)s: practices") % {"line": short}, practised),
    ]


@dataclass(frozen=True)
class Dataset:
    """A dataset. `read` takes the query string and the language of a request."""

    title: str | Promise
    read: Callable[[QueryDict, str], Data]


DATASETS = {
    "cities": Dataset(gettext_lazy("Cities"), cities),
    "pledges": Dataset(gettext_lazy("Pledges"), pledges),
    "practices": Dataset(gettext_lazy("Practices"), practices),
    "matrix": Dataset(gettext_lazy("Cities and commitments"), matrix),
}
