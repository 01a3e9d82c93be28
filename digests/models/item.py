"""The news, in the order in which they were recorded."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commitments.models import Milestone, Pledge
from members.models import City
from practices.models import Practice
from scn_portal.base.triggers import RaisesGeneration


class ItemKind(models.TextChoices):
    """What an item of news is about."""

    PRACTICE = "practice", _("Newly recorded practices")
    PLEDGE = "pledge", _("Newly recorded pledges")
    DONE = "done", _("Pledges completed")
    MEMBER = "member", _("New members")
    DEADLINE = "deadline", _("Upcoming deadlines")


class Item(models.Model):
    """One piece of news. Its id gives its place in the order of all news.

    Items are created under one lock, by `digests.issues`, so that their ids rise in the order of their commits. What a
    reader has been sent is then one number, and no clock can repeat an item or skip it.
    """

    kind = models.CharField(max_length=20, choices=ItemKind)
    practice = models.ForeignKey(Practice, models.CASCADE, null=True, related_name="+")
    pledge = models.ForeignKey(Pledge, models.CASCADE, null=True, related_name="+")
    milestone = models.ForeignKey(Milestone, models.CASCADE, null=True, related_name="+")
    city = models.ForeignKey(City, models.CASCADE, null=True, related_name="+")
    happened_at = models.DateTimeField()
    # Set by staff. The item disappears from the pages of issues already sent, too.
    left_out_at = models.DateTimeField(null=True, editable=False)
    left_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    # The foreign key that each kind uses.
    SUBJECTS = {
        ItemKind.PRACTICE: "practice",
        ItemKind.PLEDGE: "pledge",
        ItemKind.DONE: "pledge",
        ItemKind.MEMBER: "city",
        ItemKind.DEADLINE: "milestone",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ItemKind.PRACTICE, practice__isnull=False, pledge=None, milestone=None, city=None)
                | Q(
                    kind__in=[ItemKind.PLEDGE, ItemKind.DONE],
                    pledge__isnull=False,
                    practice=None,
                    milestone=None,
                    city=None,
                )
                | Q(kind=ItemKind.MEMBER, city__isnull=False, practice=None, pledge=None, milestone=None)
                | Q(kind=ItemKind.DEADLINE, milestone__isnull=False, practice=None, pledge=None, city=None),
                name="item_is_about_what_its_kind_says",
            ),
            *(
                models.UniqueConstraint(fields=["kind", name], name=f"item_once_a_{name}")
                for name in ("practice", "pledge", "milestone", "city")
            ),
            models.CheckConstraint(
                condition=Q(left_out_at__isnull=True, left_out_by__isnull=True)
                | Q(left_out_at__isnull=False, left_out_by__isnull=False),
                name="item_left_out_by_someone",
                violation_error_message=_("What is left out says by whom and when."),
            ),
        ]
        # Issues that were sent are public, without the items that staff have left out since.
        triggers = [
            RaisesGeneration(
                taken_down_if="TG_OP = 'DELETE' OR OLD.left_out_at IS NULL AND NEW.left_out_at IS NOT NULL"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {getattr(self, f'{self.SUBJECTS[ItemKind(self.kind)]}_id')}"
