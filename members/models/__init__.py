"""Regions, cities, people, and who acts for which city."""

from members.models.account_mail import AccountMail
from members.models.city import City, CityQuerySet, Region
from members.models.invitation import INVITATION_LIFETIME, Invitation
from members.models.membership import Membership
from members.models.roles import EDITING_ROLES, Role
from members.models.user import User, validate_time_zone

__all__ = [
    "EDITING_ROLES",
    "INVITATION_LIFETIME",
    "AccountMail",
    "City",
    "CityQuerySet",
    "Invitation",
    "Membership",
    "Region",
    "Role",
    "User",
    "validate_time_zone",
]
