"""Documents of a revision."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.models import is_shown
from practices.choices import Status
from practices.models.practice import Revision
from practices.triggers import DocumentFrozenWithItsRevision, attachment_raises_generation, document_is_recorded
from scn_portal.base.documents.kept import KeptDocument, unguessable_name
from scn_portal.base.languages import Text, text_of
from scn_portal.base.one_line import Line


def _kept_as(attachment: "Attachment", filename: str) -> str:
    """A name that cannot be guessed, since the document is not public before its practice."""
    return unguessable_name("attachments", filename)


class AttachmentQuerySet(models.QuerySet):
    def standing(self) -> "AttachmentQuerySet":
        """The documents that the staff have not taken down, whatever the status of their revision."""
        return self.filter(taken_down_at=None)

    def public(self) -> "AttachmentQuerySet":
        """The documents of live revisions that the staff have not taken down."""
        return self.standing().filter(is_shown("revision__practice__city__"), revision__status=Status.PUBLISHED)


class Attachment(KeptDocument):
    """A document of a revision: public, and frozen by a trigger, when its revision is.

    The file never changes; a later revision may have the same file in a row of its own. If the staff take it down, they
    take down every row with its file.
    """

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="attachments")
    title = Line(_("title"), max_length=200)
    file = models.FileField(_("file"), upload_to=_kept_as)
    taken_down_at = models.DateTimeField(null=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(title_fr__isnull=False, title_fr__gt="") | Q(title_en__isnull=False, title_en__gt=""),
                name="attachment_has_a_title",
                violation_error_message=_("A document needs a title in French or in English."),
            )
        ]
        triggers = [
            DocumentFrozenWithItsRevision(name="frozen_once_submitted"),
            document_is_recorded(),
            attachment_raises_generation(),
        ]

    def __str__(self) -> str:
        return self.title or ""

    def get_absolute_url(self) -> str:
        """The public address, which stays the same as long as a revision has the file."""
        return reverse("document", args=[self.revision.practice.slug, self.key, self.filename])

    @property
    def titled(self) -> str:
        return self.title_en or self.title_fr

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)
