"""The facets of the list of cities."""

from django.db.models import Case, CharField, Q, Value, When
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from commitments.facets import the_seven
from members.facets import country_names, regions, statuses, unit_types
from scn_portal.base.days import today
from scn_portal.base.facets import Facet

FIRST_YEAR = 2000  # as in the model
SEVEN = list("1234567")


def years(language: str) -> dict[str, str]:
    """All years since FIRST_YEAR, the latest first."""
    return {str(year): str(year) for year in range(today().year, FIRST_YEAR - 1, -1)}


def yes(language: str) -> dict[str, str]:
    with override(language):
        return {"yes": gettext("Yes")}


HAS_PRACTICES = Case(When(record__practice_count__gt=0, then=Value("yes")), output_field=CharField())


def _has_practices(values: list[str]) -> Q:
    return Q(record__practice_count__gt=0) if "yes" in values else Q(pk=None)


def _pledged_under(numbers: list[str]) -> Q:
    return Q(record__pledged_under__overlap=[int(number) for number in numbers if number in SEVEN])


CITY_FACETS = [
    Facet("status", _("Member or not"), "status", statuses, in_order=True),
    Facet("region", _("Region"), "region__slug", regions),
    Facet("country", _("Country"), "country", country_names),
    Facet("unit_type", _("Type of local government"), "unit_type", unit_types),
    Facet(
        "commitment",
        _("Has a pledge under"),
        "record__pledged_under",
        the_seven,
        items=True,
        where=_pledged_under,
        in_order=True,
        in_title=_("pledge under %(value)s"),
    ),
    Facet("has_practices", _("Has practices"), HAS_PRACTICES, yes, where=_has_practices, in_title=_("with practices")),
    Facet("joined", _("Joined in"), "joined_year", years, in_order=True, in_title=_("joined in %(value)s")),
]
