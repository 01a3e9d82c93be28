"""The facets of live revisions on the table `SearchedRevision`, and how that table is kept up to date.

Each facet filters and counts with the columns of that table only. Values and labels are those of `practices.facets`.
"""

from dataclasses import replace

from django.db.models import Q

from practices.facets import PRACTICE_FACETS
from practices.models import Revision, SearchedRevision
from practices.models.searched import SINGLE
from scn_portal.base.facets import Facet
from scn_portal.base.kept import KeptCopy
from scn_portal.base.search.narrow import narrow

# The columns of facets with several values per revision. Columns of other facets have the name of the facet.
ARRAYS = {"commitment": "commitments", "theme": "themes", "target_group": "target_groups", "language": "languages"}


def _by_commitment(values: list[str]) -> Q:
    return Q(commitments__overlap=[int(each) for each in values if each in "1234567"])


def _as_searched(facet: Facet) -> Facet:
    searched = narrow(facet, ARRAYS, SINGLE)
    return replace(searched, where=_by_commitment) if facet.name == "commitment" else searched


SEARCHED_FACETS = [_as_searched(facet) for facet in PRACTICE_FACETS]


def _in_order_of_publication() -> list[int]:
    """The keys in order of publication, so that rows of the same time are stored together."""
    return list(Revision.objects.live().order_by("published_at", "pk").values_list("pk", flat=True))


KEPT = KeptCopy(
    "practices", SearchedRevision, "scn_searched_revisions", "scn_keep_searched", keys=_in_order_of_publication
)
