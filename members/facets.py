"""The ways to narrow the list of cities."""

from functools import cache

from django.db.models import F, QuerySet
from django.utils.translation import override
from django_countries import countries

from members.models import City, Region
from scn_portal.base.facet_options import sort_labels
from scn_portal.base.facets import choice_labels, in_language


def regions(language: str) -> QuerySet:
    """Every region by its slug."""
    return Region.objects.annotate(value=F("slug"), label_text=in_language(language, "name"))


@cache
def country_names(language: str) -> dict[str, str]:
    """Every country of the world by its code, in the alphabetical order of its names in `language`."""
    with override(language):
        return sort_labels({code: str(name) for code, name in countries})


def statuses(language: str) -> dict[str, str]:
    """Member or not, of the listed cities."""
    return choice_labels([status for status in City.Status if status != City.Status.FORMER], language)


def unit_types(language: str) -> dict[str, str]:
    """The kinds of local government, in the order of the form."""
    return choice_labels(City.UnitType, language)
