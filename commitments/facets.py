"""The ways to narrow a list of pledges."""

from django.utils.translation import gettext_lazy as _

from commitments.models import Pledge
from members.facets import country_names, regions, the_seven
from scn_portal.facets import Facet, labels_of


def statuses(language: str) -> dict[str, str]:
    """How a pledge can stand, in the order of the scale."""
    return labels_of(Pledge.Status, language)


PLEDGE_FACETS = [
    Facet("commitment", _("Commitment"), "commitment__number", the_seven),
    Facet("status", _("Status"), "status", statuses),
    Facet("region", _("Region"), "city__region__slug", regions),
    Facet("country", _("Country"), "city__country", country_names),
]
