"""Regions, cities, people, and who acts for which city."""

from members.models.account_mail import AccountMail
from members.models.city import City, CityQuerySet, Region
from members.models.editing import MAX_SCRATCH_CHARACTERS, OpenForm, Scratch, SentForm
from members.models.invitation import INVITATION_LIFETIME, Invitation
from members.models.membership import Membership
from members.models.roles import EDITING_ROLES, Role
from members.models.user import User, validate_time_zone

__all__ = [
    "EDITING_ROLES",
    "INVITATION_LIFETIME",
    "MAX_SCRATCH_CHARACTERS",
    "AccountMail",
    "City",
    "CityQuerySet",
    "Invitation",
    "Membership",
    "OpenForm",
    "Region",
    "Role",
    "Scratch",
    "SentForm",
    "User",
    "validate_time_zone",
]
