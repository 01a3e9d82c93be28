"""The records of rows that are or were public, for the order of API lists and for removals; and other shared tables."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from scn_portal.base.triggers import RaisesGeneration

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class PublicKind(models.TextChoices):
    """The kinds of rows that others may copy."""

    CITY = "city", _("City")
    PLEDGE = "pledge", _("Pledge")
    MILESTONE = "milestone", _("Milestone")
    UPDATE = "update", _("Progress update")
    PRACTICE = "practice", _("Practice")


class PublicRecordQuerySet(models.QuerySet):
    def removed(self) -> "PublicRecordQuerySet":
        """The records of rows that were public and no longer are."""
        return self.filter(removed_at__isnull=False)

    def of_city(self, city_key: int) -> "PublicRecordQuerySet":
        """The records of the city and of the rows that belong to it."""
        return self.filter(city_key=city_key)

    def last_change(self) -> dt.datetime | None:
        """The time of the last change or removal among these, which never goes backwards. None without records."""
        # The clock of records never goes backwards, so the last has the greatest id, which an index finds.
        return self.order_by("-pk").values_list("changed_at", flat=True).first()

    def last_changes(self) -> dict[str, dt.datetime]:
        """The time of the last change by kind, without kinds that have no records."""
        rows = self.order_by("-pk").values_list("kind", "changed_at")
        first, *others = (rows.filter(kind=kind)[:1] for kind in PublicKind.values)
        return dict(first.union(*others, all=True))


class PublicRecord(models.Model):
    """A row is public, or was. Written only by `scn_portal.base.triggers`, at the end of each transaction.

    `id` rises in the order of the commits: after reading up to an id, everything that is committed later is above it. A
    change gives a record a new id. A row that was never public has no record; a record is never deleted.
    """

    kind = models.CharField(max_length=10, choices=PublicKind)
    key = models.BigIntegerField()  # the primary key of the row, which may be deleted
    city_key = models.BigIntegerField(db_index=True)
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = PublicRecordQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                name="public_record_once_a_row",
                violation_error_message=_("This row already has a public record."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PublicKind.values),
                name="public_record_kind_known",
                violation_error_message=_("This is no kind of public rows."),
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__lte=F("changed_at")),
                name="public_record_removed_by_a_change",
                violation_error_message=_("To remove a row is a change of it."),
            ),
        ]
        # Pages of the API go through the records of a kind in the order of their ids.
        indexes = [
            models.Index(fields=["kind", "id"], name="public_record_in_order"),
            # For the last change of a city.
            models.Index(fields=["city_key", "id"], name="public_record_of_city"),
            # For removals, in their order.
            models.Index(fields=["id"], condition=Q(removed_at__isnull=False), name="public_record_removed"),
        ]
        # OLD.removed_at is null if there is no OLD.
        triggers = [
            RaisesGeneration(taken_down_if="TG_OP = 'DELETE' OR OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def in_commit_order(rows: QuerySet, kind: PublicKind, key: str = "pk") -> QuerySet:
    """`rows` with `commit_number`, the id of their record; 0 for rows that were never public.

    `key` is the field of a row whose value is in its record.
    """
    records = PublicRecord.objects.filter(kind=kind, key=OuterRef(key)).order_by()
    return rows.annotate(commit_number=Coalesce(Subquery(records.values("id")), Value(0)))


class PublicGeneration(models.Model):
    """The generation for `scn_portal.base.generation`: the highest numbers count. Written only by
    `scn_raise_generation`.

    There is one row, and sometimes a few more, which the next raise deletes. The numbers are microseconds since 1970,
    or one more than before if the clock has not advanced. So no number comes twice after a backup is restored.
    """

    id = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField()
    taken_down = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "base_generation"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class LimitedUse(models.Model):
    """The recent uses of something limited, by `key`. Written only by `scn_portal.base.limits`.

    The table is unlogged (see its migration): a database that crashes empties it, and all counts begin again.
    """

    limit = models.CharField(max_length=40)
    key = models.CharField(max_length=64)  # a keyed hash
    moments = ArrayField(models.DateTimeField())  # the latest last
    forgotten_at = models.DateTimeField(db_index=True)  # none of them counts after this time

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["limit", "key"],
                name="limited_use_once_a_key",
                violation_error_message="The uses of one key are in one row.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.limit} {self.key[:8]}"


class KeptCount(models.Model):
    """The number of rows of a large list with a value of a facet. Written only by `scn_portal.base.kept_counts`.

    The total of a list has neither facet nor value. All rows of a list are counted at the same time.
    """

    list = models.CharField(max_length=40)
    facet = models.CharField(max_length=40, blank=True)
    value = models.CharField(max_length=100, blank=True)
    count = models.BigIntegerField()
    generation = models.BigIntegerField()  # the public generation when it was counted
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["list", "facet", "value"],
                name="kept_count_once_a_value",
                violation_error_message="A value of a list is counted once.",
            )
        ]
        # Not for the totals of small lists, which no page reads.
        triggers = [
            RaisesGeneration(
                only_if="COALESCE(NEW.facet, OLD.facet) <> '' AND OLD.count IS DISTINCT FROM NEW.count",
            )
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.facet}={self.value}: {self.count}"


# --- Made files (scn_portal.base.made_files) -------------------------------------------------------------------------


class State(models.TextChoices):
    """The progress of making a file."""

    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class MadeFileQuerySet(models.QuerySet):
    def in_line(self) -> "MadeFileQuerySet":
        """The files that a worker has to make, including those that another worker has abandoned."""
        return self.filter(Q(state=State.WAITING) | Q(state=State.MAKING, claimed_until__lt=Now()))

    def in_line_or_hand(self) -> "MadeFileQuerySet":
        """The files that need not be requested, since they will be made."""
        return self.filter(state__in=(State.WAITING, State.MAKING))

    def in_hand(self) -> "MadeFileQuerySet":
        """The files that a worker is making now."""
        return self.filter(state=State.MAKING, claimed_until__gte=Now())


class MadeFile(models.Model):
    """A file by its key. While a newer one is made, the previous one may still be there: `state` is that of making the
    newer one; the columns from `name` on describe the existing file.

    A file without a `generation` belongs to one version of a row, which is part of its key.
    """

    key = models.CharField(max_length=64, unique=True)
    what = models.CharField(max_length=20)
    parameters = models.JSONField()
    used_at = models.DateTimeField(db_index=True)  # when somebody last asked for it, to the hour
    state = models.CharField(max_length=10, choices=State)
    waiting_since = models.DateTimeField()
    claim = models.PositiveIntegerField(default=0)  # how often a worker has started to make it
    tries = models.PositiveSmallIntegerField(default=0)  # the same, since it was asked for
    claimed_until = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)  # in percent
    written = models.BigIntegerField(default=0)  # bytes so far

    name = models.CharField(max_length=100, blank=True)  # in the storage
    size = models.BigIntegerField(null=True)
    stored_size = models.BigIntegerField(null=True)  # less than `size` if it is stored compressed
    sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True)
    generation = models.BigIntegerField(null=True)
    taken_down = models.BigIntegerField(null=True)

    objects = MadeFileQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                "waiting_since", condition=Q(state__in=(State.WAITING, State.MAKING)), name="made_file_in_line"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values),
                name="made_file_state_known",
                violation_error_message="This is no state of a file that is made.",
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100),
                name="made_file_progress_in_percent",
                violation_error_message="Progress is in percent.",
            ),
            models.CheckConstraint(
                condition=Q(name="", size=None, stored_size=None, sha256="", made_at=None, generation=None)
                | (
                    ~Q(name="")
                    & ~Q(sha256="")
                    & Q(size__isnull=False, stored_size__isnull=False, made_at__isnull=False)
                ),
                name="made_file_whole_or_none",
                violation_error_message="A file has a name, a size, a hash and a moment, or there is none.",
            ),
            models.CheckConstraint(
                condition=Q(generation=None, taken_down=None) | Q(generation__isnull=False, taken_down__isnull=False),
                name="made_file_generation_whole",
                violation_error_message="A generation counts changes and what was taken down.",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.READY) | ~Q(name=""),
                name="made_file_ready_is_there",
                violation_error_message="A file that is ready is there.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.key[:8]}: {self.state}"
