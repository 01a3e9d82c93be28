"""The files of cities, of endorsements, of the commitments, and of cities by commitments."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commitments.facets import statuses as pledge_statuses
from commitments.kept_statistics import with_city_counts
from commitments.models import Commitment, Endorsement, Pledge
from members.facets import unit_types
from members.models import City
from members.sources import source_in
from practices.models import Revision
from scn_portal.base.facets import choice_labels
from scn_portal.base.models import PublicKind
from scn_portal.site.cities.api import dated
from scn_portal.site.cities.search import CitySearch
from scn_portal.site.downloads.columns import (
    LICENCE_COLUMNS,
    Column,
    address,
    city_columns,
    coded,
    column,
    moment,
    number,
    page_columns,
    partial_date,
    translated,
)
from scn_portal.site.downloads.dataset import Dataset, ForeignKey, Rows

THE_SEVEN = range(1, 8)  # the commitments of the Melbourne Declaration
CITY_KEY = ForeignKey("city_slug", "cities", "city_slug")


def membership(language: str) -> dict[str, str]:
    """The labels of the statuses of membership, including that of cities that have left."""
    return choice_labels(City.Status, language)


# --- Cities ----------------------------------------------------------------------------------------------------------


def _cities(query: QueryDict, language: str) -> Rows:
    faceted = CitySearch(query, language).faceted
    return Rows(_shown(faceted.rows), faceted.query)


def _shown(cities: QuerySet) -> QuerySet:
    return dated(cities).defer("search").order_by("slug")


def _cities_of_the_package() -> QuerySet:
    """The listed cities, and other cities with public practices, since the file of practices refers to them."""
    in_practices = Revision.objects.live().order_by().values("practice__city")
    return _shown(City.objects.listed() | City.objects.filter(pk__in=in_practices))


def _itself(city: City) -> City:
    return city


CITIES = Dataset(
    "cities",
    _("Cities"),
    _("The local governments of the network: members, partner cities and applicants. The list is partial; each row"
      " names its source. What is not known is empty, never guessed. A city that has left is in the package alone, and"
      " only where a practice of it is still public."),
    columns=(
        *city_columns(_itself),
        *coded("unit_type", _("Type of local government"), _("What kind of local government it is."),
               ("city", "City", "Ville"), unit_types, required=True),
        *coded("status", _("Status"), _("How the city is connected to the network."),
               ("member", "Member", "Membre"), membership, required=True),
        number("joined_year", _("Year joined"), _("The year in which it joined the network."), "2015"),
        column("latitude", _("Latitude"), _("In degrees, WGS 84."), "45.50884", type="number"),
        column("longitude", _("Longitude"), _("In degrees, WGS 84."), "-73.58781", type="number"),
        number("population", _("Population"), _("As GeoNames has it, where it is known."), "1762949"),
        column("time_zone", _("Time zone"), _("Its name in the IANA time zone database."), "America/Toronto"),
        number("geonames_id", _("GeoNames id"), _("The number of the place at geonames.org."), "6077243"),
        *translated("source", _("Source"), _("The page that says so, or words for it."),
                    ("press report quoting the network directory (address not kept)",
                     "article de presse citant l’annuaire du réseau (adresse non conservée)"),
                    lambda city, language: source_in(language, city.source)),
        moment("confirmed_at", _("Confirmed"),
               _("When the city confirmed its page; empty where it never did, or where a fact has changed since."),
               "2026-03-02T09:30:00Z", lambda city: city.confirmed_at if city.is_confirmed else None),
        moment("last_confirmed_at", _("Last confirmed"),
               _("When the city last confirmed its page, whatever has changed since."),
               "2026-03-02T09:30:00Z", "confirmed_at"),
        moment("facts_changed_at", _("Changed since"),
               _("When a fact first changed after the last confirmation; empty where none did."),
               "2026-03-02T09:30:00Z"),
        moment("modified_at", _("Last change"), _("When the row last changed."), "2026-03-02T09:30:00Z", "changed_at"),
        *page_columns("city_detail", ("/en/cities/montreal/", "/fr/villes/montreal/"), lambda city: city.slug),
        *LICENCE_COLUMNS,
    ),
    read=_cities,
    key=("city_slug",),
    page="city_list",
    whole=_cities_of_the_package,
    city=_itself,
    modified="changed_at",
    records=(PublicKind.CITY,),
)  # fmt: skip


# --- Who signed the Declaration --------------------------------------------------------------------------------------


def _endorsements(query: QueryDict, language: str) -> Rows:
    faceted = CitySearch(query, language).faceted
    signed = Endorsement.objects.filter(city__in=faceted.rows).with_declaration()
    return Rows(signed.select_related("city__region", "declaration").order_by("city__slug", "pk"), faceted.query)


ENDORSEMENTS = Dataset(
    "endorsements",
    _("Signatures of the Declaration"),
    _("Which listed cities signed the Declaration, and when, where a proof is known. No city is missing because it did"
      " not sign: for most of them nothing is known."),
    columns=(
        *city_columns(lambda row: row.city),
        column("declaration_slug", _("Declaration"), _("The code of the declaration."), "melbourne-2018",
               lambda row: row.declaration.slug, required=True),
        partial_date("endorsed_on", _("Signed"), _("A year, a month or a day."), "2018-07"),
        address("proof", _("Proof"), _("The page that shows it."), "https://example.org/declaration"),
        *LICENCE_COLUMNS,
    ),
    read=_endorsements,
    key=("city_slug", "declaration_slug"),
    page="declaration",
    foreign_keys=(CITY_KEY,),
    period="endorsed_on",
)  # fmt: skip


# --- Commitments -----------------------------------------------------------------------------------------------------


def _commitments(query: QueryDict, language: str) -> Rows:
    return Rows(with_city_counts(Commitment.objects.of_melbourne().defer("search_fr", "search_en")))


COMMITMENTS = Dataset(
    "commitments",
    _("Commitments"),
    _("The seven commitments of the Melbourne Declaration, in the French text that the portal holds and in its own"
      " English translation; the wording that the network published in English may differ."),
    columns=(
        number("commitment_number", _("Commitment"), _("The number of the commitment of the Declaration, 1 to 7."), "4",
               "number", required=True),
        column("commitment_slug", _("Code"), _("The code of the commitment."), "local-strategies", "slug"),
        *translated("short", _("Short name"), _("The short name of the commitment."),
                    ("Local strategies", "Stratégies locales")),
        *translated("title", _("Title"), _("The first words of the commitment."),
                    ("Develop and put in place effective, integrated and evidence-based local strategies",
                     "Développer et mettre en place des stratégies locales efficaces, intégrées et empiriques")),
        *translated("wording", _("Wording"), _("The text that follows the title, in Markdown."),
                    ("in order to act on the causes of violent extremism",
                     "afin d’agir sur les causes de l’extrémisme violent")),
        number("city_count", _("Cities with a pledge"), _("How many listed cities have made a pledge under the"
               " commitment since the Declaration."), "5"),
        *page_columns("commitment_detail", ("/en/commitments/4/", "/fr/engagements/4/"), lambda row: row.number),
        *LICENCE_COLUMNS,
    ),
    read=_commitments,
    key=("commitment_number",),
    page="commitment_list",
    city=None,
)  # fmt: skip


# --- Cities by commitments -------------------------------------------------------------------------------------------


def _matrix(query: QueryDict, language: str) -> Rows:
    faceted = CitySearch(query, language).faceted
    pledges = Pledge.objects.public().since_declaration().filter(city=OuterRef("pk")).order_by("created_at", "pk")
    revisions = Revision.objects.live().filter(practice__city=OuterRef("pk"), commitments__isnull=False).order_by()
    mark = Concat(Cast("commitment__number", CharField()), Value(":"), F("status"), output_field=CharField())
    rows = _shown(faceted.rows).annotate(
        marks=ArraySubquery(pledges.annotate(mark=mark).values("mark")),
        served=ArraySubquery(revisions.values("commitments__number")),
    )
    return Rows(rows, faceted.query)


def _under(commitment: int) -> tuple[Column, ...]:
    """The columns of a city about a commitment: the statuses of its pledges, and the number of its practices that serve
    it."""

    def stands(city: Any) -> list[str]:
        prefix = f"{commitment}:"
        return [mark.removeprefix(prefix) for mark in city.marks if mark.startswith(prefix)]

    return (
        *coded(f"pledges_{commitment}", format_lazy(_("Commitment {number}: pledges"), number=commitment),
               _("The status of each pledge that the city has made under the commitment since the"
                 " Declaration."),
               ("done; under_way", "Done; Under way", "Tenue; En cours"), pledge_statuses, stands, many=True),
        number(f"practices_{commitment}", format_lazy(_("Commitment {number}: practices"), number=commitment),
               _("How many of the city’s published practices serve it."), "2",
               lambda city: city.served.count(commitment)),
    )  # fmt: skip


MATRIX = Dataset(
    "matrix",
    _("Cities and commitments"),
    _("The listed cities by commitment: how their pledges stand, and how many practices they share. Made from the other"
      " files, for reading as one table."),
    columns=(
        *city_columns(_itself),
        *(each for number_of_one in THE_SEVEN for each in _under(number_of_one)),
        *LICENCE_COLUMNS,
    ),
    read=_matrix,
    key=("city_slug",),
    page="matrix",
    foreign_keys=(CITY_KEY,),
    city=_itself,
    modified="changed_at",
    records=(PublicKind.CITY, PublicKind.PLEDGE, PublicKind.PRACTICE),
)  # fmt: skip
