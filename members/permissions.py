"""Who may see and do what for a city. The rows a person may reach are chosen by the querysets of `members.models`."""

import rules

from members.models import EDITING_ROLES, City, Role


@rules.predicate
def acts_for(user, city: City) -> bool:
    """`user` holds any role in `city`."""
    return city.memberships.filter(user=user).exists()


@rules.predicate
def may_release(user, city: City) -> bool:
    """`user` may show something of `city` to the public, or submit it: its focal points; its editors too, unless the
    city has asked for its own sign-off."""
    roles = [Role.FOCAL_POINT] if city.needs_sign_off else EDITING_ROLES
    return city.memberships.filter(user=user, user__is_active=True, role__in=roles).exists()
