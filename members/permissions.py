"""Who may see and do what for a city. The rows a person may reach are chosen by the querysets of `members.models`."""

import rules

from members.models import City, Role


@rules.predicate
def acts_for(user, city: City) -> bool:
    """`user` holds any role in `city`."""
    return city.memberships.filter(user=user).exists()


@rules.predicate
def is_focal_point(user, city: City) -> bool:
    """`user` answers for `city`: they may invite others to it."""
    return city.memberships.filter(user=user, role=Role.FOCAL_POINT).exists()


rules.add_perm("members.view_workspace", acts_for)
