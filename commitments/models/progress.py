"""The milestones of pledges, and the progress updates of cities."""

import datetime as dt

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.models.dates import HasDueDate, due_date_constraints
from commitments.models.pledges import Pledge, PledgeStatus, is_public
from commitments.triggers import (
    milestone_is_recorded,
    part_of_a_pledge_raises_generation,
    update_is_recorded,
    words_are_gathered,
)
from members.models import City
from scn_portal.base.choice_labels import label_of
from scn_portal.base.days import latest_today
from scn_portal.base.languages import CODES, Text, text_of, written_in_source
from scn_portal.base.one_line import Line
from scn_portal.base.partial_dates import plausible_days, validate_day
from scn_portal.base.search.full_text import CONFIGURATIONS
from scn_portal.base.versions import Versioned, raises_version

MIN_REASON = 20
AT_LEAST_TWENTY = rf"^\s*\S(.|\n){{{MIN_REASON - 2},}}\S\s*$"


class MilestoneQuerySet(models.QuerySet):
    def standing(self) -> "MilestoneQuerySet":
        """The milestones that were not taken down, whether their pledge is public or not."""
        return self.filter(taken_down_at=None)

    def public(self) -> "MilestoneQuerySet":
        """The milestones of public pledges that were not taken down."""
        return self.standing().filter(is_public("pledge__"))

    def of_listed_cities(self) -> "MilestoneQuerySet":
        """The public milestones, without those of cities that have left the network."""
        return self.public().exclude(pledge__city__status=City.Status.FORMER)

    def coming(self, day: dt.date) -> "MilestoneQuerySet":
        """The milestones due on `day` or later and not yet reached, of pledges neither done nor dropped; the next one
        first."""
        closed = (Pledge.Status.DONE, Pledge.Status.DROPPED)
        milestones = self.filter(due_on__gte=day, done_on=None).exclude(pledge__status__in=closed)
        return milestones.select_related("pledge__city").order_by("due_on", "pk")


class Milestone(HasDueDate, Versioned):
    """A step of a pledge: when it is due, and the day on which it was done.

    A milestone that was taken down is kept but no longer shown.
    """

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="milestones", verbose_name=_("pledge"))
    title = Line(_("title"), max_length=200)
    done_on = models.DateField(_("done on"), null=True, blank=True, validators=[validate_day])
    evidence = ArrayField(
        models.URLField(max_length=500), verbose_name=_("evidence"), default=list, blank=True, db_default=[]
    )
    taken_down_at = models.DateTimeField(null=True, editable=False)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="milestones_taken_down"
    )
    taken_down_reason = models.TextField(_("reason"), blank=True, default="", db_default="", editable=False)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["due_on", "pk"]
        indexes = [
            # For calendars: in descending order of due dates.
            models.Index(F("due_on").desc(), "id", name="milestone_due_last", condition=Q(taken_down_at__isnull=True)),
            # For milestones still to come, the next one first.
            models.Index(
                "due_on", "id", name="milestone_coming", condition=Q(done_on__isnull=True, taken_down_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(title_fr__isnull=False, title_fr__gt="") | Q(title_en__isnull=False, title_en__gt=""),
                name="milestone_has_a_title",
                violation_error_message=_("A milestone needs a title in French or in English."),
            ),
            *due_date_constraints("milestone"),
            *plausible_days("milestone", "done_on"),
            models.CheckConstraint(
                condition=Q(taken_down_at__isnull=True, taken_down_by__isnull=True, taken_down_reason="")
                | Q(taken_down_at__isnull=False, taken_down_by__isnull=False, taken_down_reason__gt=""),
                name="milestone_taken_down_with_a_reason",
                violation_error_message=_("A milestone that was taken down says by whom, when and why."),
            ),
        ]
        triggers = [
            milestone_is_recorded(),
            part_of_a_pledge_raises_generation(),
            words_are_gathered("title_fr", "title_en", "taken_down_at"),
            raises_version(),
        ]

    def __str__(self) -> str:
        return self.title or ""

    def clean(self) -> None:
        super().clean()
        if self.done_on and self.done_on > latest_today():
            raise ValidationError({"done_on": _("A milestone cannot be reached on a day that is still to come.")})

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


class ProgressUpdateQuerySet(models.QuerySet):
    def standing(self) -> "ProgressUpdateQuerySet":
        """The updates that were not taken down, whether their pledge is public or not."""
        return self.filter(taken_down_at=None)

    def public(self) -> "ProgressUpdateQuerySet":
        """The updates of public pledges that were not taken down."""
        return self.standing().filter(is_public("pledge__"))

    def of_listed_cities(self) -> "ProgressUpdateQuerySet":
        """The public updates, without those of cities that have left the network."""
        return self.public().exclude(pledge__city__status=City.Status.FORMER)

    def where_help_is_needed(self) -> "ProgressUpdateQuerySet":
        """The newest public update of each open pledge of a listed city, if it names an obstacle; newest first."""
        on_that_day = Q(reported_on=OuterRef("reported_on"), pk__gt=OuterRef("pk"))
        newer = self.standing().filter(Q(reported_on__gt=OuterRef("reported_on")) | on_that_day)
        closed = (PledgeStatus.DONE, PledgeStatus.DROPPED)
        # Not by a subquery for the key of the newest, which would run once for each row.
        latest = self.of_listed_cities().filter(~Exists(newer.filter(pledge=OuterRef("pledge"))))
        needy = latest.exclude(obstacle_kind="").exclude(pledge__status__in=closed)
        return needy.select_related("pledge__city").newest_first()

    def newest_first(self) -> "ProgressUpdateQuerySet":
        return self.order_by("-reported_on", "-pk").select_related("author")


class ObstacleKind(models.TextChoices):
    """What stands in the way of a pledge."""

    DESIGN = "design", _("How the pledge was designed")
    RELEVANCE = "relevance", _("It fits the needs less than it did")
    COORDINATION = "coordination", _("Coordination between those involved")
    SUPPORT = "support", _("Political support")
    CAPACITY = "capacity", _("People, money or skills")
    OTHER = "other", _("Something else")


def said_in(code: str) -> SearchVector:
    """The search vector of an update in a language; an index has the same expression."""
    columns = (f"{name}_{code}" for name in ("what_changed", "reason", "obstacles"))
    return SearchVector(*columns, config=CONFIGURATIONS[code])


class ProgressUpdate(models.Model):
    """The status of a pledge on a day. Append-only, by a trigger. A city may take an update down, for someone's safety:
    it is kept but no longer shown."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="updates", verbose_name=_("pledge"))
    reported_on = models.DateField(_("date"), default=timezone.localdate, validators=[validate_day])
    status = models.CharField(_("status"), max_length=20, choices=PledgeStatus)
    what_changed = models.TextField(_("what changed"))
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    obstacles = models.TextField(_("obstacles"), blank=True)
    obstacle_kind = models.CharField(
        _("kind of obstacle"), max_length=20, choices=ObstacleKind, blank=True, default="", db_default=""
    )
    evidence = ArrayField(models.URLField(max_length=500), verbose_name=_("evidence"), default=list, blank=True)
    source_language = models.CharField(_("written in"), max_length=2, choices=settings.LANGUAGES)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="updates_reported")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    taken_down_at = models.DateTimeField(null=True, editable=False)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="updates_taken_down"
    )
    taken_down_reason = models.TextField(_("reason"), blank=True, default="", db_default="", editable=False)

    objects = ProgressUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress update")
        verbose_name_plural = _("progress updates")
        # For the newest updates that were not taken down.
        constraints = [
            models.CheckConstraint(
                condition=written_in_source("what_changed"),
                name="update_says_what_changed",
                violation_error_message=_("Say what changed, in the language the update is written in."),
            ),
            *plausible_days("update", "reported_on"),
            models.CheckConstraint(condition=Q(status__in=PledgeStatus.values), name="update_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=[PledgeStatus.PAUSED, PledgeStatus.DROPPED])
                | Q(reason_fr__isnull=False, reason_fr__regex=AT_LEAST_TWENTY)
                | Q(reason_en__isnull=False, reason_en__regex=AT_LEAST_TWENTY),
                name="update_gives_its_reason",
                violation_error_message=_("To pause or drop a pledge, give the reason in 20 characters or more."),
            ),
            models.CheckConstraint(
                condition=Q(obstacle_kind="") | Q(obstacle_kind__in=ObstacleKind.values),
                name="update_obstacle_known",
                violation_error_message=_("This is no kind of obstacle."),
            ),
            models.CheckConstraint(
                condition=Q(taken_down_at__isnull=True, taken_down_by__isnull=True)
                | Q(taken_down_at__isnull=False, taken_down_by__isnull=False),
                name="update_taken_down_by_someone",
                violation_error_message=_("An update that was taken down says by whom and when."),
            ),
            models.CheckConstraint(
                condition=Q(taken_down_at__isnull=False) | Q(taken_down_reason=""),
                name="update_reason_once_taken_down",
                violation_error_message=_("Only an update that was taken down has a reason for it."),
            ),
        ]
        indexes = [
            models.Index("created_at", "id", name="update_newest", condition=Q(taken_down_at__isnull=True)),
            # For the search of the desk.
            models.Index(fields=["-reported_on", "-id"], name="update_reported"),
            *(GinIndex(said_in(code), name=f"update_said_{code}") for code in CODES),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="append_only", exclude=["taken_down_at", "taken_down_by", "taken_down_reason"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            update_is_recorded(),
            part_of_a_pledge_raises_generation(),
            words_are_gathered("taken_down_at"),
        ]

    def get_status_display(self) -> str:  # type: ignore[no-redef]  # instead of Django’s own
        return label_of(PledgeStatus, self.status)

    def get_obstacle_kind_display(self) -> str:  # type: ignore[no-redef]  # instead of Django’s own
        return label_of(ObstacleKind, self.obstacle_kind)

    def __str__(self) -> str:
        return f"{self.pledge} · {self.reported_on}"

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)
