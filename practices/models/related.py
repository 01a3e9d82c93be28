"""The practices that share most with a practice: kept, since finding them means reading thousands of others."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from practices.models.practice import Practice
from scn_portal.base.triggers import RaisesGeneration


class RelatedPractices(models.Model):
    """The practices that shared most with `practice`, best first, when its `revision` went live.

    Some may no longer be public, so they are read through `Revision.objects.live()`. Written only by
    `practices.related`, and only in a large network; without a row, the page finds them itself.
    """

    practice = models.OneToOneField(Practice, models.CASCADE, primary_key=True, related_name="kept_related")
    revision = models.BigIntegerField()
    others = ArrayField(models.BigIntegerField())

    class Meta:
        default_permissions = ()
        # A worker writes it after the practice was published, so a page that was built in between has to be built
        # again.
        triggers = [RaisesGeneration(only_if="OLD.others IS DISTINCT FROM NEW.others")]

    def __str__(self) -> str:
        return f"{self.practice_id}: {self.others}"
