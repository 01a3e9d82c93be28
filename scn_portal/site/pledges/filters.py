"""The facets of the list of pledges: those of the API, and city, year and language."""

from django.db.models import Case, CharField, F, QuerySet, When
from django.db.models.functions import Cast, Concat, ExtractYear, Left, Substr, Upper
from django.utils.translation import gettext_lazy as _

from commitments.facets import PLEDGE_FACETS
from commitments.searched import as_searched
from members.models import City
from practices.facets import LANGUAGE
from scn_portal.base.days import today
from scn_portal.base.facets import Facet, in_language

FIRST_YEAR = 1990


def cities(language: str) -> QuerySet:
    """The listed cities by their slugs."""
    name = in_language(language, "name")
    label = Concat(Upper(Left(name, 1)), Substr(name, 2), output_field=CharField())
    return City.objects.listed().annotate(value=F("slug"), label_text=label)


def years(language: str) -> dict[str, str]:
    """The years that a pledge can have, the latest first."""
    return {str(year): str(year) for year in range(today().year, FIRST_YEAR - 1, -1)}


# The year of the announcement; the year of the record if that is not known.
YEAR = Case(
    When(announced_on__gt="", then=Left("announced_on", 4)),
    default=Cast(ExtractYear("published_at"), CharField()),
    output_field=CharField(),
)

_BY_NAME = {facet.name: facet for facet in PLEDGE_FACETS}
PLEDGE_LIST_FACETS = [
    _BY_NAME["status"],
    _BY_NAME["commitment"],
    Facet("city", _("City"), "city__slug", cities, has_many=True),
    _BY_NAME["region"],
    _BY_NAME["country"],
    Facet("year", _("Year announced or recorded"), YEAR, years, in_order=True),
    LANGUAGE,
]
SEARCHED_LIST_FACETS = [as_searched(facet) for facet in PLEDGE_LIST_FACETS]
