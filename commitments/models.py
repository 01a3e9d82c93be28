"""The Declaration and its commitments; what each city has endorsed, pledged and reported."""

import datetime as dt
import re

import pgtrigger
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

from commitments.triggers import (
    all_of_a_city_is_recorded,
    endorsement_is_recorded,
    milestone_is_recorded,
    pledge_is_recorded,
    update_is_recorded,
)
from members.models import City
from scn_portal.base.languages import CODES, Bilingual, Text, text_of, written_in_source
from scn_portal.base.origin import Origin
from scn_portal.base.partial_dates import (
    PartialDateField,
    is_partial_date,
    is_surely_before,
    surely_before,
    written_out,
)
from scn_portal.base.search.full_text import CONFIGURATIONS, searchable
from scn_portal.base.versions import Versioned, raises_version


class Declaration(models.Model):
    """A text that mayors adopted, as the portal holds it: in `source_language`. The other language is our translation,
    whose wording may differ from what the network published in that language."""

    slug = models.SlugField(unique=True)
    title = models.CharField(_("title"), max_length=200)
    preamble = models.TextField(_("preamble"), help_text=_("Paragraphs in Markdown, with an empty line between them."))
    adopted_on = PartialDateField(_("adopted"))
    source_language = models.CharField(_("official language"), max_length=2, choices=settings.LANGUAGES)

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ["adopted_on"]
        constraints = [
            models.CheckConstraint(condition=is_partial_date("adopted_on"), name="declaration_adopted_on_a_date"),
            models.CheckConstraint(condition=Q(source_language__in=CODES), name="declaration_language_known"),
            models.CheckConstraint(condition=written_in_source("title"), name="declaration_has_its_official_text"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_source(self, language: str) -> bool:
        return language == self.source_language

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


# Spellings of the published French text that readers might take for mistakes of the portal.
AS_PUBLISHED = ("les meilleurs pratiques", "Etre")


class CommitmentQuerySet(models.QuerySet):
    def of_melbourne(self) -> "CommitmentQuerySet":
        """The seven commitments of the Melbourne Declaration, in order."""
        return self.filter(declaration__slug="melbourne-2018").order_by("number")

    def with_city_counts(self) -> "CommitmentQuerySet":
        """Each with `city_count`, the number of cities with a pledge under it, without former members."""
        counted = Q(pledges__in=Pledge.objects.since_declaration().of_listed_cities())
        return self.annotate(city_count=models.Count("pledges__city", filter=counted, distinct=True))


class Commitment(models.Model):
    """One of the commitments of a declaration, known by its number."""

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="commitments")
    number = models.PositiveSmallIntegerField(_("number"))
    slug = models.SlugField()
    title = models.CharField(_("title"), max_length=200)
    short = models.CharField(_("short name"), max_length=60)
    wording = models.TextField(_("wording"))
    search_fr = searchable(CONFIGURATIONS["fr"], A=("title_fr", "short_fr"), B=("wording_fr",))
    search_en = searchable(CONFIGURATIONS["en"], A=("title_en", "short_en"), B=("wording_en",))

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["declaration", "number"]
        constraints = [
            models.UniqueConstraint(fields=["declaration", "number"], name="commitment_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="commitment_numbered_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.short}"

    def get_absolute_url(self) -> str:
        return reverse("commitment_detail", args=[self.number])

    @property
    def odd_spellings(self) -> list[str]:
        """Words of its title, in the active language, that look like mistakes and are reproduced as published."""
        return [words for words in AS_PUBLISHED if re.search(rf"\b{words}\b", self.title or "")]

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


class EndorsementQuerySet(models.QuerySet):
    def with_declaration(self) -> "EndorsementQuerySet":
        return self.select_related("declaration")


class Endorsement(models.Model):
    """A city signed a declaration: when, who for it, and the proof."""

    city = models.ForeignKey(City, models.PROTECT, related_name="endorsements", verbose_name=_("city"))
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="endorsements")
    endorsed_on = PartialDateField(_("signed"))
    signatory_name = models.CharField(_("signed by"), max_length=150, blank=True)
    signatory_title = models.CharField(_("in the office of"), max_length=150, blank=True)
    proof = models.URLField(_("proof"), max_length=500)

    objects = EndorsementQuerySet.as_manager()

    class Meta:
        verbose_name = _("endorsement")
        verbose_name_plural = _("endorsements")
        constraints = [
            models.UniqueConstraint(
                fields=["city", "declaration"],
                name="endorsement_once",
                violation_error_message=_("This city has already endorsed this declaration."),
            ),
            models.CheckConstraint(
                condition=is_partial_date("endorsed_on") & ~Q(endorsed_on=""), name="endorsement_dated"
            ),
        ]
        triggers = [endorsement_is_recorded()]

    def __str__(self) -> str:
        return f"{self.city} · {self.declaration}"


OLDER_THAN_DECLARATION = surely_before("announced_on", "commitment__declaration__adopted_on")


class CityWithPledges(City):
    """A city, to put the trigger on that concerns its pledges: members know nothing of them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [all_of_a_city_is_recorded()]


class PledgeQuerySet(models.QuerySet):
    def editable_by(self, user) -> "PledgeQuerySet":
        """The pledges of the cities that `user` may write for."""
        return self.filter(city__in=City.objects.editable_by(user))

    def with_updates(self) -> "PledgeQuerySet":
        """With city, commitment, milestones and the shown progress updates, newest first."""
        updates = Prefetch("updates", ProgressUpdate.objects.standing().newest_first())
        return self.select_related("city", "commitment__declaration").prefetch_related(updates, "milestones")

    def with_last_change(self) -> "PledgeQuerySet":
        """With `changed_at`, the latest change of the pledge, its milestones or its updates."""
        milestones = Milestone.events.rel.related_model.objects.filter(pledge=OuterRef("pk")).order_by(
            "-pgh_created_at"
        )
        updates = ProgressUpdate.objects.filter(pledge=OuterRef("pk")).order_by().values("pledge")
        last_change = Greatest(  # PostgreSQL ignores nulls here
            "updated_at",
            Subquery(milestones.values("pgh_created_at")[:1]),
            Subquery(updates.annotate(last=models.Max("created_at")).values("last")),
            Subquery(updates.annotate(last=models.Max("taken_down_at")).values("last")),
        )
        return self.annotate(changed_at=last_change)

    def of_listed_cities(self) -> "PledgeQuerySet":
        """All but those of cities that have left the network."""
        return self.exclude(city__status=City.Status.FORMER)

    def since_declaration(self) -> "PledgeQuerySet":
        """Without actions that are surely older than the Declaration: these are shown apart and never counted."""
        return self.exclude(OLDER_THAN_DECLARATION)

    def before_declaration(self) -> "PledgeQuerySet":
        """Only the actions that are surely older than the Declaration."""
        return self.filter(OLDER_THAN_DECLARATION)

    def under(self, number: int) -> "PledgeQuerySet":
        """Those under the commitment with this number."""
        return self.filter(commitment__number=number)


class PledgeStatus(models.TextChoices):
    ANNOUNCED = "announced", _("Announced")
    PLANNED = "planned", _("Planned")
    ADOPTED = "adopted", _("Adopted")
    UNDER_WAY = "under_way", _("Under way")
    DONE = "done", _("Done")
    PAUSED = "paused", _("Paused")
    DROPPED = "dropped", _("Dropped")


class Pledge(Bilingual, Versioned):
    """What a city has promised under one commitment, and its status. Public once it is recorded, by
    `commitments.pledges`; every change is kept in history."""

    Status = PledgeStatus

    # A new pledge has one of these: to pause or drop it takes an update that says why.
    FIRST_STATUSES = (Status.ANNOUNCED, Status.PLANNED, Status.ADOPTED, Status.UNDER_WAY, Status.DONE)

    city = models.ForeignKey(City, models.PROTECT, related_name="pledges", verbose_name=_("city"))
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="pledges", verbose_name=_("commitment"))
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    lead_department = models.CharField(_("lead department"), max_length=200, blank=True)
    announced_on = PartialDateField(_("announced or adopted"), blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=PledgeStatus, default=PledgeStatus.ANNOUNCED)
    sources = ArrayField(models.URLField(max_length=500), verbose_name=_("sources"), default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="pledges_recorded"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    search_fr = searchable(CONFIGURATIONS["fr"], A=("title_fr",), B=("description_fr",), D=("lead_department",))
    search_en = searchable(CONFIGURATIONS["en"], A=("title_en",), B=("description_en",), D=("lead_department",))

    objects = PledgeQuerySet.as_manager()

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
        ]
        indexes = [GinIndex(fields=["search_fr"]), GinIndex(fields=["search_en"])]
        triggers = [pledge_is_recorded(), raises_version()]

    def __str__(self) -> str:
        return self.title or ""

    def get_absolute_url(self) -> str:
        return reverse("pledge_detail", args=[self.pk])

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
        """The due date has passed in the active time zone, and the pledge is neither done nor dropped."""
        closed = (self.Status.DONE, self.Status.DROPPED)
        return self.due_on is not None and self.due_on < timezone.localdate() and self.status not in closed


class MilestoneQuerySet(models.QuerySet):
    def of_listed_cities(self) -> "MilestoneQuerySet":
        """All but those of cities that have left the network."""
        return self.exclude(pledge__city__status=City.Status.FORMER)

    def coming(self, day: dt.date) -> "MilestoneQuerySet":
        """Those due on `day` or later and not yet reached, the next first, of pledges neither done nor dropped."""
        closed = (Pledge.Status.DONE, Pledge.Status.DROPPED)
        milestones = self.filter(due_on__gte=day, done_on=None).exclude(pledge__status__in=closed)
        return milestones.select_related("pledge__city").order_by("due_on", "pk")


class Milestone(Versioned):
    """A step of a pledge: due on a day, done on a day."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="milestones", verbose_name=_("pledge"))
    title = models.CharField(_("title"), max_length=200)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(title_fr__isnull=False, title_fr__gt="") | Q(title_en__isnull=False, title_en__gt=""),
                name="milestone_has_a_title",
                violation_error_message=_("A milestone needs a title in French or in English."),
            )
        ]
        triggers = [milestone_is_recorded(), raises_version()]

    def __str__(self) -> str:
        return self.title or ""

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


class ProgressUpdateQuerySet(models.QuerySet):
    def standing(self) -> "ProgressUpdateQuerySet":
        """All but those that their city has taken down."""
        return self.filter(taken_down_at=None)

    def of_listed_cities(self) -> "ProgressUpdateQuerySet":
        """All but those of cities that have left the network."""
        return self.exclude(pledge__city__status=City.Status.FORMER)

    def newest_first(self) -> "ProgressUpdateQuerySet":
        return self.order_by("-reported_on", "-pk").select_related("author")


class ProgressUpdate(models.Model):
    """The status of a pledge on a day. Append-only, by a trigger. A city may take an update down, for someone's
    safety: it is kept and no longer shown."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="updates", verbose_name=_("pledge"))
    reported_on = models.DateField(_("date"), default=timezone.localdate)
    status = models.CharField(_("status"), max_length=20, choices=PledgeStatus)
    what_changed = models.TextField(_("what changed"))
    obstacles = models.TextField(_("obstacles"), blank=True)
    evidence = ArrayField(models.URLField(max_length=500), verbose_name=_("evidence"), default=list, blank=True)
    source_language = models.CharField(_("written in"), max_length=2, choices=settings.LANGUAGES)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="updates_reported")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    taken_down_at = models.DateTimeField(null=True, editable=False)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="updates_taken_down"
    )

    objects = ProgressUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress update")
        verbose_name_plural = _("progress updates")
        constraints = [
            models.CheckConstraint(
                condition=written_in_source("what_changed"),
                name="update_says_what_changed",
                violation_error_message=_("Say what changed, in the language the update is written in."),
            ),
            models.CheckConstraint(condition=Q(status__in=PledgeStatus.values), name="update_status_known"),
            models.CheckConstraint(
                condition=Q(taken_down_at__isnull=True, taken_down_by__isnull=True)
                | Q(taken_down_at__isnull=False, taken_down_by__isnull=False),
                name="update_taken_down_by_someone",
                violation_error_message=_("An update that was taken down says by whom and when."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="append_only", exclude=["taken_down_at", "taken_down_by"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            update_is_recorded(),
        ]

    def __str__(self) -> str:
        return f"{self.pledge} · {self.reported_on}"

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)
