"""The Declaration and its commitments; the endorsements, pledges and reports of cities."""

from commitments.models.declaration import AS_PUBLISHED, Commitment, CommitmentQuerySet, Declaration, Endorsement
from commitments.models.documents import UpdateDocument, UpdateDocumentQuerySet
from commitments.models.pledges import CityWithPledges, DegreeOfChange, Pledge, PledgeQuerySet, PledgeStatus, is_public
from commitments.models.progress import (
    MIN_REASON,
    Milestone,
    MilestoneQuerySet,
    ObstacleKind,
    ProgressUpdate,
    ProgressUpdateQuerySet,
)
from commitments.models.restoring import RestoreDecision, RestoreRequest, RestoreRequestQuerySet
from commitments.models.searched import RegionOfPledges, SearchedPledge, SearchedPledgeQuerySet

__all__ = [
    "AS_PUBLISHED",
    "MIN_REASON",
    "CityWithPledges",
    "Commitment",
    "CommitmentQuerySet",
    "Declaration",
    "DegreeOfChange",
    "Endorsement",
    "Milestone",
    "MilestoneQuerySet",
    "ObstacleKind",
    "Pledge",
    "PledgeQuerySet",
    "PledgeStatus",
    "ProgressUpdate",
    "ProgressUpdateQuerySet",
    "RegionOfPledges",
    "RestoreDecision",
    "RestoreRequest",
    "RestoreRequestQuerySet",
    "SearchedPledge",
    "SearchedPledgeQuerySet",
    "UpdateDocument",
    "UpdateDocumentQuerySet",
    "is_public",
]
