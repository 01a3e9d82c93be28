"""The files that prove what a progress update reports."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments.models.pledges import Pledge
from commitments.models.progress import ProgressUpdate
from commitments.triggers import document_raises_generation
from scn_portal.base.documents.kept import KeptDocument, unguessable_name
from scn_portal.base.languages import CODES, Text
from scn_portal.base.one_line import Line


def _kept_as(document: "UpdateDocument", filename: str) -> str:
    return unguessable_name("updates", filename)


class UpdateDocumentQuerySet(models.QuerySet):
    def public(self) -> "UpdateDocumentQuerySet":
        """The files of public updates."""
        return self.filter(update_row__in=ProgressUpdate.objects.public())

    def waiting(self) -> "UpdateDocumentQuerySet":
        """The files that belong to no update yet."""
        return self.filter(update_row=None)


class UpdateDocument(KeptDocument):
    """A file that belongs to an update, with its title in one language; public and frozen with it.

    Without an update, it was received with a form that could not be sent yet, or with a proposed update.
    """

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="update_documents")
    # Not “update”, which is a method of every queryset.
    update_row = models.ForeignKey(ProgressUpdate, models.PROTECT, null=True, related_name="documents")
    title = Line(_("title"), max_length=200)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    file = models.FileField(_("file"), upload_to=_kept_as)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UpdateDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document of an update")
        verbose_name_plural = _("documents of updates")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="") & Q(language__in=CODES),
                name="update_document_has_a_title",
                violation_error_message=_("A document needs a title in French or in English."),
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="frozen_with_its_update",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__update_row__isnull=False),
            ),
            document_raises_generation(),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public address; only its first words depend on the language."""
        return reverse("update_document", args=[self.pledge_id, self.key, self.filename])

    @property
    def titled(self) -> str:
        return self.title

    @property
    def shown_title(self) -> Text:
        """The title, for a reader of the active language."""
        return Text(self.title, self.language, is_fallback=self.language != get_language())
