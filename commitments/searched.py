"""The facets of public pledges on the table `SearchedPledge`, and how that table is kept up to date.

Each facet filters and counts with the columns of that table only. Values and labels are those that the facet has for
`Pledge`.
"""

from commitments.facets import PLEDGE_FACETS
from commitments.models import Pledge, SearchedPledge
from commitments.models.searched import SINGLE
from scn_portal.base.facets import Facet
from scn_portal.base.kept import KeptCopy
from scn_portal.base.search.narrow import narrow

ARRAYS = {"language": "languages"}


def as_searched(facet: Facet) -> Facet:
    """A facet of pledges, applied to the columns of `SearchedPledge`."""
    return narrow(facet, ARRAYS, SINGLE)


SEARCHED_FACETS = [as_searched(facet) for facet in PLEDGE_FACETS]


def _in_order_of_publication() -> list[int]:
    """The keys in order of publication, so that rows of the same time are stored together."""
    return list(Pledge.objects.public().order_by("published_at", "pk").values_list("pk", flat=True))


KEPT = KeptCopy(
    "pledges", SearchedPledge, "scn_searched_pledges", "scn_keep_searched_pledges", keys=_in_order_of_publication
)
