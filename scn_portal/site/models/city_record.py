"""A summary of each city, and the triggers that keep it up to date."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from commitments.models import Commitment, Declaration, Pledge, ProgressUpdate
from members.models import City, Region
from scn_portal.base.models import PublicRecord
from scn_portal.base.triggers import RaisesGeneration
from scn_portal.site.triggers import (
    OF_A_PLEDGE,
    OF_AN_UPDATE,
    bumps_all_cities,
    bumps_its_cities,
    counts_all_cities,
    counts_for_a_former_member,
    keeps_city_record,
)


class CityRecord(models.Model):
    """A summary of a city's public records, for lists, the matrix and maps.

    Written only by the database function `scn_keep_city_records`, at the end of each transaction that changes anything
    public about the city; `manage.py kept cities` rebuilds all of them. A city that was never public has none.
    """

    city = models.OneToOneField(
        City, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="record", editable=False
    )
    # Rises with every public change of the city, of what belongs to it, and of what every city page shows: the names of
    # its region and of the commitments.
    version = models.BigIntegerField()
    # Rises when something changes that cities are found or counted by: the city's row, the commitments it has pledged
    # under, whether it has a record, a mark in the matrix or practices, the name of its region or of a commitment.
    facts_version = models.BigIntegerField(db_index=True)
    # Position on the Web Mercator map of the world, 65,536 units wide and high; the tiles of the map are cut from it.
    map_x = models.IntegerField(null=True)
    map_y = models.IntegerField(null=True)
    name_key_en = models.TextField()  # the sort key of `alphabetical`
    name_key_fr = models.TextField()
    active_at = models.DateTimeField(null=True)  # of the last change of a pledge, an update or a practice
    active_on = models.DateField(null=True)  # its day
    record_count = models.IntegerField()  # the sum of the next three
    pledge_count = models.IntegerField()
    prior_count = models.IntegerField()  # actions older than the Declaration
    practice_count = models.IntegerField()
    has_mark = models.BooleanField()  # in the matrix: a pledge, or a practice that serves a commitment
    pledged_under = ArrayField(models.SmallIntegerField())  # the numbers of the commitments
    # For each of the seven commitments, in their order: the number of pledges and of practices.
    pledges_by_number = ArrayField(models.IntegerField())
    practices_by_number = ArrayField(models.IntegerField())
    # In more detail, by the number of the commitment: [statuses of the first pledges, key of the first pledge, number
    # of pledges, number of practices].
    standings = models.JSONField()
    # The number of pledges of each status, in the order of the statuses. Empty until the city is counted again after
    # the migration that added this column.
    pledges_by_status = ArrayField(models.IntegerField(), db_default=[], default=list)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                models.F("active_on").desc(nulls_last=True),
                models.F("record_count").desc(nulls_last=True),
                name="city_record_by_activity",
            ),
            models.Index(fields=["map_x", "map_y"], name="city_record_by_place"),
            models.Index(fields=["name_key_en"], name="city_record_by_name_en"),
            models.Index(fields=["name_key_fr"], name="city_record_by_name_fr"),
        ]
        triggers = [RaisesGeneration()]  # a repair of this table changes pages, too

    def __str__(self) -> str:
        return f"{self.city_id}, version {self.version}"


class RecordOfACity(PublicRecord):
    """Carries the trigger on public records that keeps the record of their city."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [keeps_city_record()]


class PledgeOfAFormerMember(Pledge):
    """Carries the trigger on pledges of former members, of which no public record is made."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [counts_for_a_former_member(OF_A_PLEDGE)]


class UpdateOfAFormerMember(ProgressUpdate):
    """Carries the same trigger on progress updates."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [counts_for_a_former_member(OF_AN_UPDATE)]


class RegionOfCities(Region):
    """Carries the trigger on regions, whose names are on every page of their cities."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [bumps_its_cities()]


class CommitmentOfCities(Commitment):
    """Carries the trigger on commitments, whose names are on every page of a city."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [bumps_all_cities()]


class DeclarationOfCities(Declaration):
    """Carries the trigger on the Declaration, whose date separates pledges from earlier actions."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [counts_all_cities()]
