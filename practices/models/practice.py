"""Practices, and their revisions: the texts of a practice at one time."""

import datetime as dt
import secrets
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment
from members.models import City
from practices.choices import (
    WRITABLE,
    Continuation,
    CostBand,
    Evaluation,
    Scope,
    Status,
    TargetGroup,
    Theme,
)
from practices.models.checks import FIRST_YEAR, LAST_YEAR, revision_constraints
from practices.models.querysets import PracticeQuerySet, RevisionQuerySet
from practices.triggers import (
    FrozenOnceSubmitted,
    address_is_recorded,
    keeps_retired_addresses,
    keeps_searched,
    practice_has_a_revision,
    practice_is_recorded,
    practice_keeps_waiting,
    practice_raises_generation,
    revision_keeps_searched,
    revision_keeps_waiting,
    revision_leaves_one_behind,
    revision_raises_generation,
    status_has_its_step,
)
from scn_portal.base.choice_labels import label_of
from scn_portal.base.languages import FieldByField, other
from scn_portal.base.one_line import Line, UrlLine
from scn_portal.base.origin import Origin
from scn_portal.base.partial_dates import PartialDateField, written_out
from scn_portal.base.search.full_text import CONFIGURATIONS, searchable
from scn_portal.base.search.plain import joined, part_of_words
from scn_portal.base.versions import Versioned, raises_version


def _not_public_yet() -> str:
    """A random slug, for a practice that was never public."""
    return f"draft-{secrets.token_hex(8)}"


class Practice(models.Model):
    """Something a city has done. Its words are in its revisions; the public sees only the live one.

    `slug` comes from the title of the first revision that was approved; until then it is random.
    """

    city = models.ForeignKey(City, models.PROTECT, related_name="practices", verbose_name=_("city"))
    slug = models.SlugField(max_length=120, unique=True, editable=False, default=_not_public_yet)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="practices_begun"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PracticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("practice")
        verbose_name_plural = _("practices")
        indexes = [
            part_of_words("slug", name="practice_slug_parts"),  # for the search of the admin
            models.Index(fields=["city", "id"], name="practice_of_city"),  # for index-only scans in the workspace
        ]
        triggers = [
            keeps_retired_addresses(),
            address_is_recorded(),
            practice_has_a_revision(),
            practice_raises_generation(),
            keeps_searched("practice.id = NEW.id", "city"),
            practice_keeps_waiting(),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("practice_detail", args=[self.slug])

    @property
    def live(self) -> "Revision | None":
        """The published revision, if there is one."""
        if hasattr(self, "live_revisions"):
            return self.live_revisions[0] if self.live_revisions else None
        return self.revisions.live().first()

    @property
    def newest(self) -> "Revision":
        """The revision with the highest number, whatever its status."""
        if hasattr(self, "newest_revisions"):
            return self.newest_revisions[0]
        return self.revisions.order_by("-number")[0]

    def lock_newest(self) -> "Revision":
        """The newest revision, locked until the transaction ends, so that nobody submits it meanwhile."""
        Practice.objects.select_for_update(of=("self",)).get(pk=self.pk)
        return self.revisions.select_for_update(of=("self",)).order_by("-number")[0]


def _kept_as(revision: "Revision", filename: str) -> str:
    """A name that cannot be guessed, since the picture is not public before its practice."""
    return f"pictures/{secrets.token_hex(16)}.jpg"


def _searchable(code: str) -> models.GeneratedField:
    """The search column for one language; the local name is in both."""

    def columns(*names: str) -> tuple[str, ...]:
        return tuple(f"{name}_{code}" for name in names)

    return searchable(
        CONFIGURATIONS[code],
        A=(*columns("title"), "original_name"),
        B=columns("claim", "summary"),
        C=columns("challenge", "approach", "results", "evidence", "lessons", "transfer"),
        D=columns("lead", "partners", "resources", "safeguards", "target_groups_other", "themes_other"),
    )


# For texts that were added later. `db_default` is needed because the previous release, while still running, writes rows
# without them.
LATER: dict[str, Any] = {"default": "", "db_default": ""}
# The columns of a revision that record what became of it; they may change once it is submitted.
NOT_WORDS = ("status", "submitted_at", "publish_at", "published_at", "reason", "picture_taken_down_at")


_LIVE = Q(status=Status.PUBLISHED)
# Its names, as the desk looks for words in them.
TITLES = joined("title_fr", "title_en", "original_name")


class Revision(FieldByField, Versioned):
    """The words of a practice at one time.

    It can be edited while it is a draft or sent back; after that a trigger refuses any change of its words. Its status
    changes only through `practices.moderation`.
    """

    TEXTS = (
        "title", "claim", "summary", "challenge", "approach", "partners", "lead", "resources", "results", "evidence",
        "lessons", "transfer", "safeguards", "inspired_by", "target_groups_other", "themes_other",
    )  # fmt: skip

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    # Set if the network's staff created it from a version of the city, to correct the words.
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="corrections", verbose_name=_("corrects")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.DRAFT, editable=False)

    title = Line(_("title"), max_length=200)
    original_name = Line(_("name in the local language"), max_length=200, blank=True)
    claim = Line(_("in one sentence"), max_length=200, blank=True, **LATER)
    summary = models.TextField(_("summary"))
    challenge = models.TextField(_("challenge"), blank=True)
    approach = models.TextField(_("approach"), blank=True)
    lead = Line(_("lead body"), max_length=300, blank=True)
    partners = models.TextField(_("partners"), blank=True)
    resources = models.TextField(_("resources"), blank=True)
    results = models.TextField(_("results"), blank=True)
    evaluation = models.CharField(_("evaluation"), max_length=20, choices=Evaluation, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    lessons = models.TextField(_("what did not work"), blank=True)
    transfer = models.TextField(_("conditions for transfer"), blank=True)
    safeguards = models.TextField(_("safeguards for human rights"), blank=True)
    commitments = models.ManyToManyField(
        Commitment, through="RevisionCommitment", related_name="revisions", verbose_name=_("commitments served")
    )
    adapted_from = models.ManyToManyField(
        Practice, through="Adaptation", related_name="adaptations", verbose_name=_("adapted from")
    )
    inspired_by = Line(_("adapted from a practice elsewhere"), max_length=300, blank=True)
    themes = ArrayField(
        models.CharField(max_length=20, choices=Theme), verbose_name=_("themes"), default=list, blank=True
    )
    target_groups = ArrayField(
        models.CharField(max_length=20, choices=TargetGroup), verbose_name=_("for whom"), default=list, blank=True
    )
    themes_other = Line(_("other themes, namely"), max_length=200, blank=True, **LATER)
    target_groups_other = Line(_("other groups, namely"), max_length=200, blank=True, **LATER)
    scope = models.CharField(_("scope"), max_length=20, choices=Scope, blank=True, **LATER)
    cost_band = models.CharField(_("cost a year"), max_length=20, choices=CostBand, blank=True, **LATER)
    partner_cities = models.ManyToManyField(
        City, through="PartnerCity", related_name="practices_shared", verbose_name=_("partner cities of the network")
    )
    started_on = PartialDateField(_("started"), blank=True)
    continuation = models.CharField(_("ended or ongoing"), max_length=20, choices=Continuation, blank=True, **LATER)
    ended_on = PartialDateField(_("ended"), blank=True, **LATER)
    people_reached = models.PositiveIntegerField(
        _("people reached"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    people_reached_year = models.PositiveSmallIntegerField(
        _("year of that number"),
        null=True,
        blank=True,
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
    )
    website = UrlLine(_("website"), max_length=500, blank=True)
    sources = ArrayField(models.URLField(max_length=500), verbose_name=_("sources"), default=list, blank=True)

    picture = models.FileField(_("lead picture"), upload_to=_kept_as, blank=True)
    picture_width = models.PositiveSmallIntegerField(null=True, editable=False)
    picture_height = models.PositiveSmallIntegerField(null=True, editable=False)
    # Set if the staff have taken the picture down, in every revision that has it. A new picture is shown again.
    picture_taken_down_at = models.DateTimeField(null=True, editable=False)
    picture_alt = Line(_("what the picture shows"), max_length=300, blank=True)
    picture_credit = Line(_("credit of the picture"), max_length=200, blank=True)

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="revisions_written"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    publish_at = models.DateTimeField(_("to appear on"), null=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    reason = models.TextField(_("reason"), blank=True, editable=False)

    search_fr = _searchable("fr")
    search_en = _searchable("en")

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["practice", "number"]
        permissions = [("moderate_revision", _("Can moderate practices"))]
        constraints = revision_constraints()
        indexes = [
            GinIndex(fields=["search_fr"]),
            GinIndex(fields=["search_en"]),
            models.Index(fields=["status", "submitted_at"], name="revision_in_the_queue"),
            # For the public list: its order, and its filters.
            models.Index("published_at", "id", name="revision_live_newest", condition=_LIVE),
            models.Index(fields=["evaluation"], name="revision_live_evaluation", condition=_LIVE),
            GinIndex(fields=["themes"], name="revision_live_themes", condition=_LIVE),
            GinIndex(fields=["target_groups"], name="revision_live_groups", condition=_LIVE),
            # For the desk: its queue, without reading the texts; the order of its search; parts of titles.
            models.Index(
                fields=["status", "practice", "submitted_at", "id"],
                name="revision_waits",
                condition=Q(status__in=[Status.SUBMITTED, Status.SENT_BACK]),
            ),
            # For the workspace: the drafts of a city. For the desk: what will appear next.
            models.Index(fields=["practice", "id"], name="revision_drafts", condition=Q(status=Status.DRAFT)),
            models.Index(fields=["publish_at"], name="revision_scheduled", condition=Q(status=Status.SCHEDULED)),
            models.Index(
                fields=["-submitted_at", "-id"], name="revision_submitted", condition=Q(submitted_at__isnull=False)
            ),
            part_of_words(TITLES, name="revision_titles"),
            # Everything that was ever published, for the list of recent changes.
            models.Index(
                "published_at",
                "id",
                name="revision_published_newest",
                condition=Q(status__in=[Status.PUBLISHED, Status.SUPERSEDED]),
            ),
        ]
        triggers = [
            FrozenOnceSubmitted(
                name="frozen_once_submitted",
                # The search columns follow from the words; they are generated only after a BEFORE trigger has run, so
                # it cannot read them.
                exclude=[*NOT_WORDS, "version", "search_fr", "search_en"],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            practice_is_recorded(),
            revision_raises_generation(),
            raises_version(),
            status_has_its_step(),
            revision_leaves_one_behind(),
            revision_keeps_searched(),
            revision_keeps_waiting(),
        ]

    def __str__(self) -> str:
        return self.title or ""

    def stand_in(self, field: str, language: str) -> str:
        """The name of a draft without a title, with the day on which it was begun; "" for other fields."""
        if field != "title":
            return ""
        with override(language):
            day = date_format(timezone.localtime(self.created_at), "DATE_FORMAT")
            return gettext("Untitled practice of %(date)s") % {"date": day}

    def get_status_display(self) -> str:  # type: ignore[no-redef]  # instead of Django’s own
        return label_of(Status, self.status)

    @property
    def origin(self) -> Origin:
        """Whether its city wrote it; a revision without an author was compiled from public sources."""
        return Origin.CITY if self.author_id else Origin.COMPILED

    @cached_property
    def first_published_at(self) -> dt.datetime | None:
        """When any revision of its practice was first published, even if the practice was taken down since."""
        return self.practice.revisions.aggregate(first=models.Min("published_at"))["first"]

    @property
    def date_in_words(self) -> str:
        """“Started: 2015”, in the active language."""
        if not self.started_on:
            return gettext("Date not known")
        return gettext("Started: %(date)s") % {"date": written_out(self.started_on)}

    @property
    def name_of_its_own(self) -> str:
        """The original name of the practice, if neither title is just that name; else ""."""
        titles = {title.casefold() for title in (self.title_fr, self.title_en) if title}
        return "" if self.original_name.casefold() in titles else self.original_name

    @property
    def title_languages(self) -> list[str]:
        """The languages of its title, first the one that it is written in."""
        first = self.source_language
        return [code for code in (first, other(first)) if getattr(self, f"title_{code}")]

    @property
    def is_writable(self) -> bool:
        return self.status in WRITABLE

    @property
    def shows_picture(self) -> bool:
        """Whether it has a lead picture that is not taken down."""
        return bool(self.picture) and self.picture_taken_down_at is None

    def get_target_groups_display(self) -> list[str]:
        return [str(TargetGroup(group).label) for group in self.target_groups if group in TargetGroup.values]

    def get_themes_display(self) -> list[str]:
        return [str(Theme(theme).label) for theme in self.themes if theme in Theme.values]
