"""Practices, their revisions, and the record of what was decided about each."""

from practices.models.attachment import Attachment
from practices.models.city import CityWithPractices
from practices.models.harm_check import HarmCheck
from practices.models.practice import Practice, PracticeQuerySet, Revision, RevisionQuerySet
from practices.models.relations import Adaptation, PartnerCity, RevisionCommitment
from practices.models.transition import Transition
from practices.models.word import Word

__all__ = [
    "Adaptation",
    "Attachment",
    "CityWithPractices",
    "HarmCheck",
    "PartnerCity",
    "Practice",
    "PracticeQuerySet",
    "Revision",
    "RevisionCommitment",
    "RevisionQuerySet",
    "Transition",
    "Word",
]
