"""Which practices share most with a practice: kept, since finding them reads thousands of others."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from practices.models.practice import Practice
from scn_portal.base.triggers import RaisesGeneration


class RelatedPractices(models.Model):
    """The practices that share most with `practice`, best first, when `revision` of it went live.

    Some may be public no longer: they are read through `Revision.objects.live()`. Written only by `practices.related`,
    and only in a large network; where there is no row, they are looked for on the page.
    """

    practice = models.OneToOneField(Practice, models.CASCADE, primary_key=True, related_name="kept_related")
    revision = models.BigIntegerField()
    others = ArrayField(models.BigIntegerField())

    class Meta:
        default_permissions = ()
        # A worker writes it after the practice was published: the page built meanwhile is then another one.
        triggers = [RaisesGeneration(only_if="OLD.others IS DISTINCT FROM NEW.others")]

    def __str__(self) -> str:
        return f"{self.practice_id}: {self.others}"
