"""Where a revision can stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where a revision stands. Only `practices.moderation` changes it."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    SENT_BACK = "sent_back", _("Sent back")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Replaced by a newer one")
    ARCHIVED = "archived", _("Archived")


WRITABLE = (Status.DRAFT, Status.SENT_BACK)
OPEN = (*WRITABLE, Status.SUBMITTED, Status.SCHEDULED)
# Those that are, or have been, public.
ONCE_PUBLIC = (Status.PUBLISHED, Status.SUPERSEDED, Status.ARCHIVED)
