"""The facets of the list of cities: their values and labels."""

from functools import cache

from django.db.models import F, QuerySet
from django.utils.translation import override
from django_countries import countries

from members.models import City, Region
from scn_portal.base.facet_options import sort_labels
from scn_portal.base.facets import choice_labels, in_language


def regions(language: str) -> QuerySet:
    """All regions, each with its slug as `value` and its name as `label_text`."""
    return Region.objects.annotate(value=F("slug"), label_text=in_language(language, "name"))


@cache
def country_names(language: str) -> dict[str, str]:
    """The names of all countries by code, in the alphabetical order of `language`."""
    with override(language):
        return sort_labels({code: str(name) for code, name in countries})


def statuses(language: str) -> dict[str, str]:
    """The labels of the statuses that listed cities may have, by value."""
    return choice_labels([status for status in City.Status if status != City.Status.FORMER], language)


def unit_types(language: str) -> dict[str, str]:
    """The labels of the types of local government by value, in the order of the form."""
    return choice_labels(City.UnitType, language)
