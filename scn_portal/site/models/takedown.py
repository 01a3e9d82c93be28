"""What the staff took down."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import City
from scn_portal.base.languages import Text, text_of
from scn_portal.base.mail import QueuedMail
from scn_portal.base.one_line import Line
from scn_portal.base.triggers import RaisesGeneration


class TakedownKind(models.TextChoices):
    """What the staff may take down; `scn_portal.site.desk.takedown` has a row for each."""

    PRACTICE = "practice", _("Practice")
    DOCUMENT = "document", _("Document")
    PICTURE = "picture", _("Lead picture")
    PLEDGE = "pledge", _("Pledge")
    MILESTONE = "milestone", _("Milestone")
    UPDATE = "update", _("Progress update")
    CITY = "city", _("City")


class Takedown(QueuedMail):
    """Something that the staff took down: what, why, and what the public reads in its place. Written only by
    `scn_portal.site.desk.takedown`.

    It is also the mail to the people of the city: first that it was taken down, later that it is shown again. `key` is
    the primary key of the row; for a lead picture, that of its revision.
    """

    kind = models.CharField(max_length=10, choices=TakedownKind)
    key = models.BigIntegerField()
    city = models.ForeignKey(City, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    sentence_fr = Line(_("public sentence in French"), max_length=300, blank=True)
    sentence_en = Line(_("public sentence in English"), max_length=300, blank=True)
    restored_at = models.DateTimeField(null=True, editable=False)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "key", "-at"], name="takedown_of_a_row")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=TakedownKind.values),
                name="takedown_kind_known",
                violation_error_message=_("This is nothing that can be taken down."),
            ),
            models.CheckConstraint(
                condition=Q(reason__gt=""),
                name="takedown_says_why",
                violation_error_message=_("Give a reason: the city reads it."),
            ),
            models.CheckConstraint(
                condition=Q(restored_at__isnull=True, restored_by__isnull=True)
                | Q(restored_at__isnull=False, restored_by__isnull=False),
                name="takedown_restored_by_someone",
                violation_error_message=_("What is shown again says by whom and when."),
            ),
        ]
        triggers = [
            RaisesGeneration(
                only_if="""
                    (OLD.sentence_fr, OLD.sentence_en, OLD.restored_at)
                        IS DISTINCT FROM (NEW.sentence_fr, NEW.sentence_en, NEW.restored_at)
                """,
                taken_down_if="TG_OP = 'INSERT'",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)
