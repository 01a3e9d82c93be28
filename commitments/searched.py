"""The facets of public pledges as `SearchedPledge` has them, and how it is kept.

Each facet finds and counts by the columns of that table alone, with the values and labels that it has for `Pledge`.
"""

from commitments.facets import PLEDGE_FACETS
from commitments.models import Pledge, SearchedPledge
from commitments.models.searched import SINGLE
from scn_portal.base.facets import Facet
from scn_portal.base.kept import KeptCopy
from scn_portal.base.search.narrow import narrow

ARRAYS = {"language": "languages"}


def as_searched(facet: Facet) -> Facet:
    """A facet of pledges by the columns of `SearchedPledge`."""
    return narrow(facet, ARRAYS, SINGLE)


SEARCHED_FACETS = [as_searched(facet) for facet in PLEDGE_FACETS]


def _in_order_of_publication() -> list[int]:
    """So that the rows of one time stand together."""
    return list(Pledge.objects.public().order_by("published_at", "pk").values_list("pk", flat=True))


KEPT = KeptCopy(
    "pledges", SearchedPledge, "scn_searched_pledges", "scn_keep_searched_pledges", keys=_in_order_of_publication
)
