"""The ways to narrow a list of pledges."""

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Pledge
from members.facets import country_names, regions
from scn_portal.base.facets import Facet, choice_labels, in_language


def statuses(language: str) -> dict[str, str]:
    """How a pledge can stand, in the order of the scale."""
    return choice_labels(Pledge.Status, language)


def the_seven(language: str) -> QuerySet:
    """The commitments by their numbers: “4. Local strategies”."""
    label = Concat(Cast("number", CharField()), Value(". "), in_language(language, "short"), output_field=CharField())
    return Commitment.objects.of_melbourne().annotate(value=F("number"), label_text=label)


PLEDGE_FACETS = [
    Facet("commitment", _("Commitment"), "commitment__number", the_seven, in_order=True),
    Facet("status", _("Status"), "status", statuses, in_order=True),
    Facet("region", _("Region"), "city__region__slug", regions),
    Facet("country", _("Country"), "city__country", country_names),
]
