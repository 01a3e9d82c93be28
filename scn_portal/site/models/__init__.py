"""The tables of the site itself: pages of text for the search, actions of the staff on rows of several apps, and a
summary of each city."""

from scn_portal.site.models.city_record import (
    CityRecord,
    CommitmentOfCities,
    DeclarationOfCities,
    PledgeOfAFormerMember,
    RecordOfACity,
    RegionOfCities,
    UpdateOfAFormerMember,
)
from scn_portal.site.models.concern import Concern, ConcernAnswer, ConcernQuerySet
from scn_portal.site.models.erasure import Erasure, ErasureMail, ErasureMailKind, ErasureQuerySet
from scn_portal.site.models.patrol import PatrolSeat, PatrolTick
from scn_portal.site.models.takedown import Takedown, TakedownKind
from scn_portal.site.models.text_page import TextPage

__all__ = [
    "CityRecord",
    "CommitmentOfCities",
    "Concern",
    "ConcernAnswer",
    "ConcernQuerySet",
    "DeclarationOfCities",
    "Erasure",
    "ErasureMail",
    "ErasureMailKind",
    "ErasureQuerySet",
    "PatrolSeat",
    "PatrolTick",
    "PledgeOfAFormerMember",
    "RecordOfACity",
    "RegionOfCities",
    "Takedown",
    "TakedownKind",
    "TextPage",
    "UpdateOfAFormerMember",
]
