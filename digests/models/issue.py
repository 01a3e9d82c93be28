"""The issues of the newsletter, and how staff prepare the next one."""

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models.item import Item
from digests.models.subscription import Frequency
from scn_portal.base.languages import Text, text_of
from scn_portal.base.triggers import RaisesGeneration
from scn_portal.base.versions import Versioned, raises_version


@pghistory.track(exclude=["version"])
class NextIssue(Versioned):
    """How staff prepare the next issue of a frequency: its introduction, and whether it is paused.

    Changed only through `digests.issues`.
    """

    frequency = models.CharField(max_length=20, choices=Frequency, unique=True)
    introduction_fr = models.TextField(_("introduction in French"), blank=True)
    introduction_en = models.TextField(_("introduction in English"), blank=True)
    paused_at = models.DateTimeField(_("paused on"), null=True, editable=False)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        permissions = [("run_newsletter", "Can prepare, pause and send the newsletter")]
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_by=None) | Q(paused_at__isnull=False, paused_by__isnull=False),
                name="next_issue_paused_by_someone",
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="next_issue_frequency_known"),
        ]
        triggers = [raises_version()]

    def __str__(self) -> str:
        return self.get_frequency_display()

    @classmethod
    def of(cls, frequency: str) -> "NextIssue":
        return cls.objects.select_related("paused_by").get_or_create(frequency=frequency)[0]


class Issue(models.Model):
    """One issue of the newsletter, on what became public from `starts_at` up to, and not including, `ends_at`.

    A period starts where the last one ended. The issue contains the Items after `items_from`, up to and including
    `items_until`: news that was committed late has a later id and is in the next issue.
    """

    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    items_from = models.BigIntegerField(editable=False)
    items_until = models.BigIntegerField(editable=False)
    introduction_fr = models.TextField(_("introduction in French"), blank=True)
    introduction_en = models.TextField(_("introduction in English"), blank=True)
    created_at = models.DateTimeField(_("composed on"), default=timezone.now)

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        ordering = ["-ends_at"]
        get_latest_by = "ends_at"
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")),
                name="issue_ends_after_it_starts",
                violation_error_message=_("A period ends after it starts."),
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="issue_frequency_known"),
            models.CheckConstraint(condition=Q(items_from__lt=F("items_until")), name="issue_tells_something"),
            ExclusionConstraint(
                name="issue_periods_apart",
                expressions=[
                    ("frequency", RangeOperators.EQUAL),
                    (
                        Func("starts_at", "ends_at", function="TSTZRANGE", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("Another issue covers part of this period."),
            ),
        ]
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return f"{self.get_frequency_display()} · {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("newsletter_issue", args=[self.pk])

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)


class Postponement(models.Model):
    """An item that staff moved from the next issue of a frequency to the one after it, through `digests.issues`.

    `until` is the end of the period whose issue leaves it out, `skipped` the issue that did so, and `carried` the next
    one, which has it. If that period has no issue, the next issue covers it.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="postponements")
    frequency = models.CharField(max_length=20, choices=Frequency)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    skipped = models.ForeignKey(Issue, models.CASCADE, null=True, related_name="skipped")
    carried = models.ForeignKey(Issue, models.CASCADE, null=True, related_name="carried")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["item", "frequency"],
                name="postponement_once_a_frequency",
                violation_error_message=_("This has already been put off once."),
            ),
            models.CheckConstraint(
                condition=Q(carried__isnull=True) | Q(skipped__isnull=False) & ~Q(carried=F("skipped")),
                name="postponement_skipped_before_it_is_carried",
                violation_error_message=_("An issue carries what an earlier one has left out."),
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="postponement_frequency_known"),
        ]
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return f"{self.item_id} · {self.frequency}"
