"""The numbers of public cities, pledges and practices today, for the page on method and limits."""

from dataclasses import asdict, dataclass

from members.membership_counts import STATUS_COUNTS, membership_in_words
from members.models import City
from scn_portal.site.network_counts import Numbers, numbers


@dataclass(frozen=True)
class MethodCounts(Numbers):
    """`membership` is in words."""

    membership: str


def method_counts() -> MethodCounts:
    """The numbers, in two queries, or in five if nothing is kept."""
    cities = City.objects.listed().order_by().aggregate(**STATUS_COUNTS)
    return MethodCounts(**asdict(numbers()), membership=membership_in_words(cities))
