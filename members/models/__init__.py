"""Regions, cities, people, memberships, and the rows of their mails."""

from members.models.account_mail import AccountMail
from members.models.city import FACTS, City, CityQuerySet, Region, is_shown
from members.models.correction import Correction, Fact
from members.models.editing import MAX_SCRATCH_CHARACTERS, OpenForm, Scratch, SentForm
from members.models.invitation import INVITATION_LIFETIME, Invitation
from members.models.membership import Membership, Vacancy
from members.models.notice import Notice, NoticeKind
from members.models.proposal import Proposal
from members.models.reminder import Reminder
from members.models.risk_answer import RiskAnswer
from members.models.roles import EDITING_ROLES, Role
from members.models.second_factor import LostSecondFactor, RequiredSecondFactor
from members.models.user import User, validate_time_zone

__all__ = [
    "EDITING_ROLES",
    "FACTS",
    "INVITATION_LIFETIME",
    "MAX_SCRATCH_CHARACTERS",
    "AccountMail",
    "City",
    "CityQuerySet",
    "Correction",
    "Fact",
    "Invitation",
    "LostSecondFactor",
    "Membership",
    "Notice",
    "NoticeKind",
    "OpenForm",
    "Proposal",
    "Region",
    "Reminder",
    "RequiredSecondFactor",
    "RiskAnswer",
    "Role",
    "Scratch",
    "SentForm",
    "User",
    "Vacancy",
    "is_shown",
    "validate_time_zone",
]
