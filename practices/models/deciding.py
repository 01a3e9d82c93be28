"""What the staff need to decide: ready reasons, the rules of the desk, the submitted texts, dead links."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practices.models.transition import Transition
from scn_portal.base.one_line import Line
from scn_portal.base.versions import Versioned, raises_version


class ReasonVerb(models.TextChoices):
    """The verbs of `practices.moderation` that a ready reason may be for."""

    PUBLISH = "publish", _("Publish")
    SEND_BACK = "send_back", _("Send back")
    REJECT = "reject", _("Reject")
    ARCHIVE = "archive", _("Take down")


def _filled(*names: str) -> Q:
    """The condition that all of these fields are filled in, in both languages. It tests `isnull` as well, since a CHECK
    accepts NULL."""
    condition = Q()
    for name in names:
        for code in ("fr", "en"):
            condition &= Q(**{f"{name}_{code}__isnull": False, f"{name}_{code}__gt": ""})
    return condition


class ReasonTemplate(Versioned):
    """Words that staff often write with a decision, in both languages, to be put into the reason and edited there."""

    title = Line(_("title"), max_length=100)
    words = models.TextField(_("words"))
    verbs = ArrayField(models.CharField(max_length=20, choices=ReasonVerb), verbose_name=_("offered with"))

    class Meta:
        verbose_name = _("ready reason")
        verbose_name_plural = _("ready reasons")
        ordering = ["title_en", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=_filled("title", "words"),
                name="reason_template_in_both_languages",
                violation_error_message=_("A ready reason has its title and its words in both languages."),
            ),
            models.CheckConstraint(
                condition=Q(verbs__contained_by=ReasonVerb.values) & Q(verbs__len__gt=0),
                name="reason_template_has_verbs",
                violation_error_message=_("Choose at least one decision that it is offered with."),
            ),
        ]
        triggers = [raises_version()]

    def __str__(self) -> str:
        return self.title

    def get_verbs_display(self) -> list[str]:
        return [str(ReasonVerb(verb).label) for verb in self.verbs if verb in ReasonVerb.values]


class ModerationRules(Versioned):
    """The rules that the staff have set for the desk: one row, or none while the defaults apply."""

    needs_both_languages = models.BooleanField(
        _("Publication waits until both languages are there"),
        default=False,
        help_text=_("No version is published while one of its texts is in one language only."),
    )
    shows_names = models.BooleanField(
        _("Cities read the names of moderators"),
        default=False,
        help_text=_("Otherwise a decision, a question or a correction comes from “the network’s staff”."),
    )
    only = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="moderation_rules_are_one_row")]
        triggers = [raises_version()]

    def __str__(self) -> str:
        return f"{self.pk}"

    @classmethod
    def current(cls) -> "ModerationRules":
        """The rules in force."""
        return cls.objects.first() or cls()


class SubmittedWords(models.Model):
    """The contents of a revision when it was submitted, as `practices.comparison.values_of` returns them.

    A text that was sent back is edited in its own row, so this row keeps what the moderators had read.
    """

    submission = models.OneToOneField(Transition, models.PROTECT, related_name="submitted_words")
    values = models.JSONField()

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.submission_id}"


class SourceCheck(models.Model):
    """The result of the last check of an address that a text gives as its source. See `practices.dead_links`."""

    class Outcome(models.TextChoices):
        FOUND = "found", _("It answers")
        DEAD = "dead", _("Nothing is there any more")
        UNCLEAR = "unclear", _("It could not be checked")

    address = models.CharField(max_length=500, unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    checked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=["found", "dead", "unclear"]), name="source_check_known")
        ]

    def __str__(self) -> str:
        return self.address
