"""What a revision refers to: the commitments it serves, its partner cities, the practices it was adapted from."""

import pghistory
from django.db import models

from commitments.models import Commitment
from members.models import City
from practices.models.practice import Practice, Revision
from practices.triggers import FrozenWithItsRevision, keeps_searched, part_of_a_revision_raises_generation


@pghistory.track()
class RevisionCommitment(models.Model):
    """A revision serves a commitment. Frozen with its revision."""

    revision = models.ForeignKey(Revision, models.CASCADE)
    commitment = models.ForeignKey(Commitment, models.PROTECT)

    class Meta:
        ordering = ["commitment__number"]
        constraints = [models.UniqueConstraint(fields=["revision", "commitment"], name="revision_commitment_once")]
        triggers = [
            FrozenWithItsRevision(name="frozen_once_submitted"),
            part_of_a_revision_raises_generation(),
            keeps_searched("revision.id IN (OLD.revision_id, NEW.revision_id)"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.commitment_id}"


@pghistory.track()
class Adaptation(models.Model):
    """A revision says that its practice was adapted from another one. Frozen with its revision."""

    revision = models.ForeignKey(Revision, models.CASCADE)
    original = models.ForeignKey(Practice, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "original"], name="adaptation_once")]
        triggers = [FrozenWithItsRevision(name="frozen_once_submitted"), part_of_a_revision_raises_generation()]

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.original_id}"


@pghistory.track()
class PartnerCity(models.Model):
    """A city of the network that takes part in a practice of another. Frozen with its revision."""

    revision = models.ForeignKey(Revision, models.CASCADE)
    city = models.ForeignKey(City, models.PROTECT)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["revision", "city"], name="partner_city_once")]
        triggers = [FrozenWithItsRevision(name="frozen_once_submitted"), part_of_a_revision_raises_generation()]

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.city_id}"
