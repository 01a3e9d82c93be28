"""“This is wrong”: corrections that a city proposes for facts about itself, and the decisions of the staff."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from members.models.city import City, Region
from members.models.user import User
from scn_portal.base.choice_labels import label_of
from scn_portal.base.mail import QueuedMail
from scn_portal.base.one_line import Line


class Fact(models.TextChoices):
    """The facts shown beside the button with which a city confirms its page."""

    NAME_EN = "name_en", _("Name in English")
    NAME_FR = "name_fr", _("Name in French")
    COUNTRY = "country", _("Country")
    REGION = "region", _("Region")
    UNIT_TYPE = "unit_type", _("Type of local government")
    STATUS = "status", _("In the network")
    JOINED_YEAR = "joined_year", _("Year joined")
    POPULATION = "population", _("Population")
    FOCAL_POINT = "focal_point", _("Focal point")


class CorrectionQuerySet(models.QuerySet):
    def waiting(self) -> "CorrectionQuerySet":
        """The corrections that staff have not decided, the oldest first."""
        return self.filter(decided_at=None).select_related("city", "by").order_by("created_at")


class Correction(QueuedMail):
    """An official says that a fact is wrong, and gives the right value and its source.

    Created and decided only by `members.corrections`. The row is also the mail to the staff.
    """

    Fact = Fact

    city = models.ForeignKey(City, models.PROTECT, related_name="corrections", verbose_name=_("city"))
    fact = models.CharField(_("fact"), max_length=20, choices=Fact)
    # As typed, except for a region, which is its slug.
    value = Line(_("right value"), max_length=200)
    source = Line(_("source"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="corrections_made", verbose_name=_("by"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="corrections_decided")
    is_accepted = models.BooleanField(null=True, editable=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        constraints = [
            models.CheckConstraint(condition=Q(fact__in=Fact.values), name="correction_fact_known"),
            models.CheckConstraint(
                condition=~Q(value="") & ~Q(source=""),
                name="correction_has_value_and_source",
                violation_error_message=_("A correction gives the right value and its source."),
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, is_accepted__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_accepted__isnull=False),
                name="correction_decided_by_someone",
                violation_error_message=_("A decision says by whom and when."),
            ),
        ]

    def get_fact_display(self) -> str:  # type: ignore[no-redef]  # instead of Django’s own
        return label_of(Fact, self.fact)

    def __str__(self) -> str:
        return f"{self.city} · {self.get_fact_display()}"

    @property
    def value_shown(self) -> str:
        """The value as people read it, in the active language: a region, a country or a choice by its name."""
        if self.fact == Fact.REGION:
            region = Region.objects.filter(slug=self.value).first()
            return region.name if region else self.value
        if self.fact == Fact.COUNTRY:
            return countries.name(self.value) or self.value
        if self.fact == Fact.POPULATION:
            return number_format(self.value, force_grouping=True)
        choices = {Fact.UNIT_TYPE: City.UnitType, Fact.STATUS: City.Status}.get(Fact(self.fact))
        return str(choices(self.value).label) if choices else self.value
