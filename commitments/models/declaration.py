"""The Declaration and its commitments, and which cities have endorsed it."""

import re

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commitments.triggers import endorsement_is_recorded, keeps_searched
from members.models import City
from scn_portal.base.languages import CODES, Text, text_of, written_in_source
from scn_portal.base.one_line import Line, UrlLine
from scn_portal.base.partial_dates import PartialDateField, is_partial_date, plausible_partial_dates
from scn_portal.base.search.full_text import CONFIGURATIONS, searchable
from scn_portal.base.triggers import RaisesGeneration


class Declaration(models.Model):
    """A text that mayors adopted. The portal has it in `source_language`; the text in the other language is our
    translation, whose wording may differ from the text that the network published in that language."""

    slug = models.SlugField(unique=True)
    title = Line(_("title"), max_length=200)
    preamble = models.TextField(_("preamble"), help_text=_("Paragraphs in Markdown, with an empty line between them."))
    adopted_on = PartialDateField(_("adopted"))
    source_language = models.CharField(_("official language"), max_length=2, choices=settings.LANGUAGES)

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ["adopted_on"]
        constraints = [
            models.CheckConstraint(condition=is_partial_date("adopted_on"), name="declaration_adopted_on_a_date"),
            *plausible_partial_dates("declaration", "adopted_on"),
            models.CheckConstraint(condition=Q(source_language__in=CODES), name="declaration_language_known"),
            models.CheckConstraint(condition=written_in_source("title"), name="declaration_has_its_official_text"),
        ]
        triggers = [RaisesGeneration(), keeps_searched("commitment.declaration_id = NEW.id", "adopted_on")]

    def __str__(self) -> str:
        return self.title

    def is_source(self, language: str) -> bool:
        return language == self.source_language

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


# Spellings in the published French text that readers might consider mistakes of the portal.
AS_PUBLISHED = ("les meilleurs pratiques", "Etre")


class CommitmentQuerySet(models.QuerySet):
    def of_melbourne(self) -> "CommitmentQuerySet":
        """The seven commitments of the Melbourne Declaration, in order."""
        return self.filter(declaration__slug="melbourne-2018").order_by("number")


class Commitment(models.Model):
    """One of the commitments of a declaration, known by its number."""

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="commitments")
    number = models.PositiveSmallIntegerField(_("number"))
    slug = models.SlugField()
    title = Line(_("title"), max_length=200)
    short = Line(_("short name"), max_length=60)
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
        triggers = [RaisesGeneration(), keeps_searched("commitment.id = NEW.id", "number", "declaration")]

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
    signatory_name = Line(_("signed by"), max_length=150, blank=True)
    signatory_title = Line(_("in the office of"), max_length=150, blank=True)
    proof = UrlLine(_("proof"), max_length=500)

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
            *plausible_partial_dates("endorsement", "endorsed_on"),
            models.CheckConstraint(
                condition=is_partial_date("endorsed_on") & ~Q(endorsed_on=""), name="endorsement_dated"
            ),
        ]
        triggers = [endorsement_is_recorded(), RaisesGeneration()]

    def __str__(self) -> str:
        return f"{self.city} · {self.declaration}"
