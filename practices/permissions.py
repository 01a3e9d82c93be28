"""Who may write a practice, and who may decide about it."""

import rules
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from members.models import EDITING_ROLES, User
from members.permissions import acts_for, may_release
from practices.models import Revision


@rules.predicate
def writes_for_its_city(user, revision: Revision) -> bool:
    """`user` is a focal point or an editor of the city whose practice it is."""
    return revision.practice.city.memberships.filter(user=user, role__in=EDITING_ROLES).exists()


@rules.predicate
def may_release_for_its_city(user, revision: Revision) -> bool:
    """`user` may submit for the city whose practice it is. If the city has its own sign-off, only a focal point may."""
    return may_release(user, revision.practice.city)


@rules.predicate
def is_moderator(user) -> bool:
    return user.has_perm("practices.moderate_revision")


@rules.predicate
def acts_for_its_city(user, revision: Revision) -> bool:
    return acts_for(user, revision.practice.city)


# Nobody decides about the work of a city that they act for.
may_decide = is_moderator & ~acts_for_its_city


def moderators() -> QuerySet[User]:
    """The active users who may moderate: by a group, by a permission of their own, or as superusers."""
    permission = Permission.objects.filter(codename="moderate_revision", content_type__app_label="practices")
    # A union, in which each part uses an index: a single condition would read the whole table.
    by_group = User.groups.through.objects.filter(group__permissions__in=permission).values("user")
    by_themselves = User.user_permissions.through.objects.filter(permission__in=permission).values("user")
    superusers = User.objects.filter(is_superuser=True).values("pk")
    return User.objects.filter(pk__in=by_group.union(by_themselves, superusers), is_active=True)


def deciders(revision: Revision) -> QuerySet[User]:
    """The moderators who may decide about `revision`: not those who act for its city."""
    return moderators().exclude(memberships__city=revision.practice.city_id)
