"""Who may see and do what for a city. The rows a person may reach are chosen by the querysets of `members.models`."""

import rules

from members.models import City


@rules.predicate
def acts_for(user, city: City) -> bool:
    """`user` holds any role in `city`."""
    return city.memberships.filter(user=user).exists()
