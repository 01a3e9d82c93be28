"""The ways to narrow a list of pledges."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from commitments.models import Pledge
from members.facets import country_names, regions, the_seven
from scn_portal.facets import Facet


def statuses(language: str) -> dict[str, str]:
    with override(language):
        return {status.value: str(status.label) for status in Pledge.Status}


PLEDGE_FACETS = [
    Facet("commitment", _("Commitment"), "commitment__number", the_seven),
    Facet("status", _("Status"), "status", statuses),
    Facet("region", _("Region"), "city__region__slug", regions),
    Facet("country", _("Country"), "city__country", country_names),
]
