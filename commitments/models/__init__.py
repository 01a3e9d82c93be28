"""The Declaration and its commitments; what each city has endorsed, pledged and reported."""

from commitments.models.declaration import AS_PUBLISHED, Commitment, Declaration, Endorsement
from commitments.models.pledges import CityWithPledges, Pledge, PledgeQuerySet, PledgeStatus, is_public
from commitments.models.progress import (
    Milestone,
    MilestoneQuerySet,
    ProgressUpdate,
    ProgressUpdateQuerySet,
    latest_date_on_earth,
)
from commitments.models.restoring import RestoreRequest, RestoreRequestQuerySet

__all__ = [
    "AS_PUBLISHED",
    "CityWithPledges",
    "Commitment",
    "Declaration",
    "Endorsement",
    "Milestone",
    "MilestoneQuerySet",
    "Pledge",
    "PledgeQuerySet",
    "PledgeStatus",
    "ProgressUpdate",
    "ProgressUpdateQuerySet",
    "RestoreRequest",
    "RestoreRequestQuerySet",
    "is_public",
    "latest_date_on_earth",
]
