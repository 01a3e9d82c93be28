"""The staff of the network: the people of one group, which a migration creates with its permissions."""

from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet

from members.models import User
from members.models.user import STAFF_GROUP


def group() -> Group:
    """The group of the staff who moderate."""
    return Group.objects.get(name=STAFF_GROUP)


def people() -> QuerySet[User]:
    """The active accounts in the group, and the superusers, by name."""
    found = User.objects.filter(Q(groups__name=STAFF_GROUP) | Q(is_superuser=True)).values("pk")
    return User.objects.filter(pk__in=found, is_active=True).order_by("name", "pk")
