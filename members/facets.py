"""The ways to narrow the list of cities."""

import datetime as dt

from django.apps import apps
from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from members.models import City, Region
from scn_portal.facets import Facet, labels_of, named_in, sorted_by_name

FIRST_YEAR = 2000  # as the model has it


def regions(language: str) -> QuerySet:
    """Every region by its slug."""
    return Region.objects.annotate(value=F("slug"), named=named_in(language, "name"))


def country_names(language: str) -> dict[str, str]:
    """Every country of the world by its code, in the alphabetical order of its names in `language`."""
    with override(language):
        return sorted_by_name({code: str(name) for code, name in countries})


def unit_types(language: str) -> dict[str, str]:
    """The kinds of local government, in the order of the form."""
    return labels_of(City.UnitType, language)


def the_seven(language: str) -> QuerySet:
    """The commitments by their numbers: “4. Local strategies”."""
    commitments = apps.get_model("commitments.Commitment").objects  # members imports nothing of what builds on it
    named = Concat(Cast("number", CharField()), Value(". "), named_in(language, "short"), output_field=CharField())
    return commitments.of_melbourne().annotate(value=F("number"), named=named)


def years(language: str) -> dict[str, str]:
    """The years that a city may have joined in, the last first."""
    return {str(year): str(year) for year in range(dt.datetime.now(dt.UTC).year, FIRST_YEAR - 1, -1)}


def yes(language: str) -> dict[str, str]:
    with override(language):
        return {"yes": gettext("Yes")}


HAS_PRACTICES = Case(When(practices__revisions__status="published", then=Value("yes")), output_field=CharField())

CITY_FACETS = [
    Facet("region", _("Region"), "region__slug", regions),
    Facet("country", _("Country"), "country", country_names),
    Facet("unit_type", _("Kind of local government"), "unit_type", unit_types),
    Facet("commitment", _("Has pledged under"), "pledges__commitment__number", the_seven),
    Facet("has_practices", _("Has practices"), HAS_PRACTICES, yes),
    Facet("joined", _("Joined in"), "joined_year", years),
]
