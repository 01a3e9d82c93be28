"""Practices, their revisions, and the record of what was decided about each."""

from practices.models.address import RetiredAddress
from practices.models.attachment import Attachment
from practices.models.city import CityWithPractices
from practices.models.conversation import Message, Remark
from practices.models.deciding import ModerationRules, ReasonTemplate, ReasonVerb, SourceCheck, SubmittedWords
from practices.models.desk import (
    DeskSettings,
    Hold,
    MailChoice,
    ModeratorMail,
    SubmissionDigest,
    UnassignedReminder,
)
from practices.models.evidence import PracticeAsEvidence
from practices.models.harm_check import HarmCheck
from practices.models.practice import Practice, Revision
from practices.models.querysets import PracticeQuerySet, RevisionQuerySet
from practices.models.related import RelatedPractices
from practices.models.relations import Adaptation, PartnerCity, RevisionCommitment
from practices.models.searched import RegionOfPractices, SearchedRevision
from practices.models.transition import Transition
from practices.models.waiting import Kind, WaitingRevision
from practices.models.word import Word

__all__ = [
    "Adaptation",
    "Attachment",
    "CityWithPractices",
    "DeskSettings",
    "HarmCheck",
    "Hold",
    "Kind",
    "MailChoice",
    "Message",
    "ModerationRules",
    "ModeratorMail",
    "PartnerCity",
    "Practice",
    "PracticeAsEvidence",
    "PracticeQuerySet",
    "ReasonTemplate",
    "ReasonVerb",
    "RegionOfPractices",
    "RelatedPractices",
    "Remark",
    "RetiredAddress",
    "Revision",
    "RevisionCommitment",
    "RevisionQuerySet",
    "SearchedRevision",
    "SourceCheck",
    "SubmissionDigest",
    "SubmittedWords",
    "Transition",
    "UnassignedReminder",
    "WaitingRevision",
    "Word",
]
