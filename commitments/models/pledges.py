"""The pledges of cities under the commitments."""

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.models.dates import HasDueDate, due_date_constraints
from commitments.models.declaration import Commitment
from commitments.triggers import (
    ALSO_SAID,
    all_of_a_city_is_recorded,
    all_of_a_pledge_is_recorded,
    gathers_words,
    keeps_searched,
    pledge_is_recorded,
    pledge_keeps_searched,
    pledge_raises_generation,
    status_has_its_update,
)
from members.models import City, is_shown
from scn_portal.base.choice_labels import label_of
from scn_portal.base.languages import Bilingual, written_in_source
from scn_portal.base.one_line import Line
from scn_portal.base.origin import Origin
from scn_portal.base.partial_dates import (
    PartialDateField,
    PrecisionField,
    is_first_of_its_period,
    is_partial_date,
    is_surely_before,
    partly,
    plausible_days,
    plausible_partial_dates,
    surely_before,
    validate_day,
    written_out,
)
from scn_portal.base.search.full_text import CONFIGURATIONS, searchable
from scn_portal.base.search.plain import part_of_words
from scn_portal.base.versions import Versioned, raises_version

SEARCHED = ("search_fr", "search_en")
# Columns that no list shows; for texts, the name without a language stands for both.
LONG = (*SEARCHED, *ALSO_SAID, "description", "baseline", "target", "partners", "result", "lessons")
OLDER_THAN_DECLARATION = surely_before("announced_on", "commitment__declaration__adopted_on")


class CityWithPledges(City):
    """Carries the trigger on cities that concerns their pledges, since the app `members` knows nothing of pledges."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            all_of_a_city_is_recorded(),
            keeps_searched("city.id = NEW.id", "hidden_at", "status", "country", "region", "slug"),
        ]


def is_public(prefix: str = "") -> Q:
    """The condition that a pledge is published, not taken down, and of a city that is not hidden; `prefix` leads to it,
    such as `pledge__`."""
    published = Q(**{f"{prefix}published_at__isnull": False, f"{prefix}taken_down_at__isnull": True})
    return published & is_shown(f"{prefix}city__")


# Columns of a pledge that no list shows, and columns of the search.
NOT_IN_BRIEF = (
    "baseline", "target", "partners", "result", "lessons", "extension_reason",
    "also_said_fr", "also_said_en", "search_fr", "search_en",
)  # fmt: skip


class PledgeQuerySet(models.QuerySet):
    def in_brief(self) -> "PledgeQuerySet":
        """Leave out the long texts except the description, as lists do."""
        return self.defer(*NOT_IN_BRIEF)

    def public(self) -> "PledgeQuerySet":
        """The pledges that everybody may read: published, not taken down, and of cities that are not hidden. This
        includes former members."""
        return self.filter(is_public())

    def editable_by(self, user) -> "PledgeQuerySet":
        """The pledges of the cities that `user` may write for."""
        return self.filter(city__in=City.objects.editable_by(user))

    def with_updates(self) -> "PledgeQuerySet":
        """Add the commitment, and the time and author of each standing progress update. For a list: longer texts are
        left out."""
        standing = apps.get_model("commitments.ProgressUpdate").objects.standing().select_related("author")
        updates = Prefetch("updates", standing.only("pledge_id", "created_at", "author"))
        rows = self.select_related("commitment__declaration").defer(
            *LONG, *(f"commitment__{each}" for each in SEARCHED)
        )
        return rows.prefetch_related(updates)

    def with_last_change(self) -> "PledgeQuerySet":
        """Add `changed_at`, the time of the latest change of the pledge, its milestones or its updates."""
        events = apps.get_model("commitments.MilestoneEvent").objects
        milestones = events.filter(pledge=OuterRef("pk")).order_by("-pgh_created_at")
        updates = apps.get_model("commitments.ProgressUpdate").objects.filter(pledge=OuterRef("pk"))
        updates = updates.order_by().values("pledge")
        last_change = Greatest(  # PostgreSQL ignores nulls here
            "updated_at",
            Subquery(milestones.values("pgh_created_at")[:1]),
            Subquery(updates.annotate(last=models.Max("created_at")).values("last")),
            Subquery(updates.annotate(last=models.Max("taken_down_at")).values("last")),
        )
        return self.annotate(changed_at=last_change)

    def of_listed_cities(self) -> "PledgeQuerySet":
        """The public pledges, without those of cities that have left the network."""
        return self.public().exclude(city__status=City.Status.FORMER)

    def since_declaration(self) -> "PledgeQuerySet":
        """Leave out actions that are surely older than the Declaration: these are shown separately and never
        counted."""
        return self.exclude(OLDER_THAN_DECLARATION)

    def before_declaration(self) -> "PledgeQuerySet":
        """Only the actions that are surely older than the Declaration."""
        # The second condition follows from the first; it is there because an index has it.
        return self.filter(OLDER_THAN_DECLARATION, announced_on__lt=F("commitment__declaration__adopted_on"))

    def under(self, number: int) -> "PledgeQuerySet":
        """The pledges under the commitment with this number."""
        return self.filter(commitment__number=number)


class PledgeStatus(models.TextChoices):
    ANNOUNCED = "announced", _("Announced")
    PLANNED = "planned", _("Planned")
    ADOPTED = "adopted", _("Adopted")
    UNDER_WAY = "under_way", _("Under way")
    DONE = "done", _("Done")
    PAUSED = "paused", _("Paused")
    DROPPED = "dropped", _("Dropped")


class DegreeOfChange(models.TextChoices):
    """How much has changed through a pledge that is done, as its city judges it."""

    NONE = "none", _("No change")
    LIMITED = "limited", _("Limited change")
    SUBSTANTIAL = "substantial", _("Substantial change")
    FULL = "full", _("All that was promised")


def _figure(label) -> models.DecimalField:
    return models.DecimalField(label, max_digits=16, decimal_places=2, null=True, blank=True)


def _searchable(code: str) -> models.GeneratedField:
    """The search column of one language; words of the title weigh most."""
    fields = {
        "A": ("title",),
        "B": ("description",),
        "C": ("target", "baseline", "indicator_name"),
        "D": ("partners", "also_said"),
    }
    in_language = {weight: tuple(f"{name}_{code}" for name in names) for weight, names in fields.items()}
    in_language["D"] += ("lead_department",)
    return searchable(CONFIGURATIONS[code], **in_language)


class Pledge(Bilingual, HasDueDate, Versioned):
    """What a city has promised under one commitment, and its status.

    It is a draft, which only its city sees, until it is published; the city may take it down. It is changed by
    `commitments.pledges`, and history keeps every change.
    """

    Status = PledgeStatus

    # A new pledge has one of these statuses: pausing or dropping it requires an update with a reason.
    FIRST_STATUSES = (Status.ANNOUNCED, Status.PLANNED, Status.ADOPTED, Status.UNDER_WAY, Status.DONE)

    city = models.ForeignKey(City, models.PROTECT, related_name="pledges", verbose_name=_("city"))
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="pledges", verbose_name=_("commitment"))
    title = Line(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    lead_department = Line(_("lead department"), max_length=200, blank=True)
    announced_on = PartialDateField(_("announced or adopted"), blank=True)
    starts_on = models.DateField(_("start"), null=True, blank=True, validators=[validate_day])
    starts_precision = PrecisionField(editable=False)
    baseline = models.TextField(_("where things stood"), blank=True, default="", db_default="")
    target = models.TextField(_("target"), blank=True, default="", db_default="")
    partners = models.TextField(_("partners"), blank=True, default="", db_default="")
    indicator_name = Line(_("indicator"), max_length=200, blank=True, default="", db_default="")
    indicator_unit = Line(_("unit"), max_length=60, blank=True, default="", db_default="")
    indicator_baseline = _figure(_("figure at the start"))
    indicator_target = _figure(_("figure to reach"))
    indicator_latest = _figure(_("latest figure"))
    status = models.CharField(_("status"), max_length=20, choices=PledgeStatus, default=PledgeStatus.ANNOUNCED)
    result = models.TextField(_("result"), blank=True, default="", db_default="")
    degree_of_change = models.CharField(
        _("degree of change"), max_length=20, choices=DegreeOfChange, blank=True, default="", db_default=""
    )
    closing_evidence = ArrayField(
        models.URLField(max_length=500), verbose_name=_("evidence"), default=list, blank=True, db_default=[]
    )
    lessons = models.TextField(_("lessons"), blank=True, default="", db_default="")
    sources = ArrayField(models.URLField(max_length=500), verbose_name=_("sources"), default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="pledges_recorded"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    taken_down_at = models.DateTimeField(_("taken down"), null=True, editable=False)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="pledges_taken_down"
    )
    taken_down_reason = models.TextField(_("reason"), blank=True, default="", db_default="", editable=False)
    # Filled in by the trigger `gathers_words`, only for the search.
    also_said_fr = models.TextField(default="", db_default="", editable=False)
    also_said_en = models.TextField(default="", db_default="", editable=False)
    search_fr = _searchable("fr")
    search_en = _searchable("en")

    objects = PledgeQuerySet.as_manager()

    # `starts_on` is its first possible day.
    starts = partly("starts_on", is_last=False)

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["commitment__number", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=written_in_source("title"),
                name="pledge_has_a_title_in_its_language",
                violation_error_message=_("A pledge needs a title in the language it is written in."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(due_on__isnull=True) | Q(due_on__gte=F("starts_on")),
                name="pledge_due_after_it_starts",
                violation_error_message=_("The due date cannot be before the start."),
                violation_error_code="due_before_start",
            ),
            models.CheckConstraint(condition=Q(status__in=PledgeStatus.values), name="pledge_status_known"),
            models.CheckConstraint(condition=is_partial_date("announced_on"), name="pledge_announced_on_a_date"),
            models.CheckConstraint(
                condition=Q(degree_of_change="") | Q(degree_of_change__in=DegreeOfChange.values),
                name="pledge_degree_known",
                violation_error_message=_("This is no degree of change."),
            ),
            models.CheckConstraint(
                condition=is_first_of_its_period("starts_on"),
                name="pledge_starts_on_the_first_day",
                violation_error_message=_("A year or a month starts on its first day."),
            ),
            *due_date_constraints("pledge"),
            *plausible_days("pledge", "starts_on"),
            *plausible_partial_dates("pledge", "announced_on"),
            models.CheckConstraint(
                condition=Q(taken_down_at__isnull=True, taken_down_by__isnull=True, taken_down_reason="")
                | Q(taken_down_at__isnull=False, taken_down_by__isnull=False, taken_down_reason__gt=""),
                name="pledge_taken_down_with_a_reason",
                violation_error_message=_("A pledge that was taken down says by whom, when and why."),
            ),
            models.CheckConstraint(
                condition=Q(taken_down_at__isnull=True)
                | Q(published_at__isnull=False, published_at__lte=F("taken_down_at")),
                name="pledge_taken_down_once_published",
                violation_error_message=_("Only a published pledge can be taken down."),
            ),
        ]
        indexes = [
            GinIndex(fields=["search_fr"]),
            GinIndex(fields=["search_en"]),
            # For the desk: its order, and parts of titles.
            models.Index(
                fields=["-published_at", "-id"], name="pledge_published", condition=Q(published_at__isnull=False)
            ),
            part_of_words("title_fr", "title_en", name="pledge_title_parts"),
            # For the list, filtered by status.
            models.Index(
                fields=["status", "-published_at", "-id"],
                name="pledge_by_status",
                condition=Q(published_at__isnull=False, taken_down_at__isnull=True),
            ),
            # For the actions older than the Declaration.
            models.Index(
                fields=["commitment", "announced_on"],
                name="pledge_by_age",
                condition=Q(published_at__isnull=False, taken_down_at__isnull=True),
            ),
            # For calendars: in descending order of due dates.
            models.Index(
                F("due_on").desc(),
                "id",
                name="pledge_due_last",
                condition=Q(published_at__isnull=False, taken_down_at__isnull=True),
            ),
            # For the newest public pledges.
            models.Index(
                "published_at",
                "id",
                name="pledge_newest",
                condition=Q(published_at__isnull=False, taken_down_at__isnull=True),
            ),
        ]
        triggers = [
            pledge_is_recorded(),
            pledge_raises_generation(),
            all_of_a_pledge_is_recorded(),
            gathers_words(),
            raises_version(but_for=("search_fr", "search_en", *ALSO_SAID)),
            status_has_its_update(),
            pledge_keeps_searched(),
        ]

    def get_status_display(self) -> str:  # type: ignore[no-redef]  # instead of Django’s own
        return label_of(PledgeStatus, self.status)

    def __str__(self) -> str:
        return self.title or ""

    def get_absolute_url(self) -> str:
        return reverse("pledge_detail", args=[self.pk])

    @property
    def has_result(self) -> bool:
        """Whether it is done and its city has reported the result."""
        return self.status == self.Status.DONE and bool(self.degree_of_change)

    @property
    def is_draft(self) -> bool:
        return self.published_at is None

    @property
    def is_public(self) -> bool:
        return self.published_at is not None and self.taken_down_at is None

    @property
    def origin(self) -> Origin:
        """Whether its city recorded it; a pledge that nobody recorded was compiled from public sources."""
        return Origin.CITY if self.created_by_id else Origin.COMPILED

    @property
    def is_prior(self) -> bool:
        """Whether it is surely older than the Declaration: an action already taken, not a pledge made under it."""
        return is_surely_before(self.announced_on, self.commitment.declaration.adopted_on)

    @property
    def date_in_words(self) -> str:
        """“Announced: January 2019”, in the active language."""
        if not self.announced_on:
            return gettext("Date not known")
        words = gettext("Action already taken: %(date)s") if self.is_prior else gettext("Announced: %(date)s")
        return words % {"date": written_out(self.announced_on)}

    @property
    def is_overdue(self) -> bool:
        """Whether its last possible day has passed in the active time zone, and it is neither done nor dropped."""
        closed = (self.Status.DONE, self.Status.DROPPED)
        return self.due_on is not None and self.due_on < timezone.localdate() and self.status not in closed
