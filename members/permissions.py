"""Permissions for a city. The querysets of `members.models` choose the rows that a person may reach."""

import rules

from members.models import EDITING_ROLES, City, Role


@rules.predicate
def acts_for(user, city: City) -> bool:
    """Whether `user` has any role in `city`."""
    return city.memberships.filter(user=user).exists()


@rules.predicate
def may_release(user, city: City) -> bool:
    """Whether `user` may publish or submit something of `city`: its focal points may, and its editors too, unless the
    city has asked for its own sign-off."""
    roles = [Role.FOCAL_POINT] if city.needs_sign_off else EDITING_ROLES
    return city.memberships.filter(user=user, user__is_active=True, role__in=roles).exists()
