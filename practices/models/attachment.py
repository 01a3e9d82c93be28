"""Documents of a revision."""

import secrets
from pathlib import PurePath

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from practices.models.practice import Revision
from practices.triggers import FrozenWithItsRevision
from scn_portal.base.languages import Text, text_of


def _kept_as(attachment: "Attachment", filename: str) -> str:
    """A name that cannot be guessed: the document is not public before its practice."""
    return f"attachments/{secrets.token_hex(16)}{PurePath(filename).suffix.lower()}"


class Attachment(models.Model):
    """A document of a revision: public, and frozen by a trigger, when its revision is.

    The file never changes; a later revision may have the same file in a row of its own.
    """

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="attachments")
    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(_("file"), upload_to=_kept_as)
    media_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveIntegerField(editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(title_fr__isnull=False, title_fr__gt="") | Q(title_en__isnull=False, title_en__gt=""),
                name="attachment_has_a_title",
                violation_error_message=_("A document needs a title in French or in English."),
            )
        ]
        triggers = [FrozenWithItsRevision(name="frozen_once_submitted")]

    def __str__(self) -> str:
        return self.title or ""

    def get_absolute_url(self) -> str:
        """The public address, the same for as long as a revision has the file."""
        return reverse("document", args=[self.revision.practice.slug, self.key, self.filename])

    @property
    def key(self) -> str:
        return PurePath(self.file.name).stem

    @property
    def filename(self) -> str:
        """The name for downloads, made from the title."""
        return (slugify(self.title_en or self.title_fr)[:80] or "document") + PurePath(self.file.name).suffix

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)
