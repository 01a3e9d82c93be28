"""Forms for a document and for the lead picture. The forms for texts are in `practices.writing.forms`."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from members.editing.given_back import gives_back
from practices import pictures
from practices.models import Attachment, Revision
from scn_portal.base.documents import uploads
from scn_portal.base.documents.folders import check_room
from scn_portal.base.documents.kept import MAX_DOCUMENTS
from scn_portal.base.forms import BilingualForm


@gives_back
class AttachmentForm(BilingualForm):
    """Attach one document to a draft: its title, in French, in English or in both, and the file."""

    file = forms.FileField(
        label=_("File"),
        max_length=None,  # it is kept under another name
        help_text=_(
            "A PDF or a picture (PNG, JPEG, WebP) of at most 10 MB. From a picture we remove where, when and"
            " with what it was taken; from a PDF, the name of its author and its other properties. We do not"
            " change what the pages say and show. Do not attach a document that shows somebody who could be"
            " harmed by being recognised."
        ),
        error_messages={
            "required": _("Choose a file to attach."),
            "empty": _("This file is empty. Choose another one."),
        },
        widget=forms.FileInput(attrs={"accept": ",".join(uploads.MEDIA_TYPES.values())}),
    )

    class Meta:
        model = Attachment
        translated = ("title",)
        fields = ["title_en", "title_fr", "file"]

    def clean(self) -> dict:
        if self.instance.revision.attachments.count() >= MAX_DOCUMENTS:
            full = _("There are already %(most)d documents: remove one first.")
            self.add_error(None, forms.ValidationError(full, params={"most": MAX_DOCUMENTS}))
        return super().clean()

    def clean_file(self):
        cleaned = uploads.clean_upload(self.cleaned_data["file"])
        check_room(self.instance.revision.practice.city, cleaned.content.size)
        self.instance.media_type, self.instance.size = cleaned.media_type, cleaned.content.size
        return cleaned.content


@gives_back
class LeadPictureForm(BilingualForm):
    """Give a draft its lead picture: the file, what it shows, in French, in English or in both, and who made it."""

    picture = forms.FileField(
        label=_("Picture"),
        max_length=None,  # it is kept under another name
        help_text=_(
            "A photograph or a drawing (PNG, JPEG, WebP) of at most 10 MB, better wide than high. We remove where, when"
            " and with what it was taken. Ask those whom it shows, and never show somebody who could be harmed by being"
            " recognised."
        ),
        error_messages={
            "required": _("Choose a picture."),
            "empty": _("This file is empty. Choose another one."),
        },
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )

    class Meta:
        model = Revision
        translated = ("picture_alt",)
        fields = ["picture", "picture_credit", "picture_alt_en", "picture_alt_fr"]
        help_texts = {
            "picture_credit": _(
                "Who made it, such as the photographer, and who owns it. It is published under the licence of the text,"
                " CC BY 4.0."
            )
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before = self.instance.picture.name or ""
        self.cleaned_picture: uploads.LeadPicture | None = None
        self.fields["picture_credit"].required = True
        self.fields["picture_credit"].error_messages["required"] = _("Enter who made the picture.")
        for code in ("en", "fr"):
            self.fields[f"picture_alt_{code}"].help_text = _("In a sentence, for readers who cannot see it.")

    def clean_picture(self):
        given = self.cleaned_data["picture"]
        if isinstance(given, UploadedFile):
            self.cleaned_picture = uploads.clean_lead_picture(given)
            check_room(self.instance.practice.city, self.cleaned_picture.size)
            return self.cleaned_picture.content
        return given

    def save(self, commit: bool = True) -> Revision:
        if self.cleaned_picture:
            pictures.put(self.instance, self.cleaned_picture, before=self.before)
        self.instance.save(update_fields=pictures.COLUMNS)
        return self.instance

    # The words about the picture neither tell the language that the practice is written in, nor count as a change of
    # it.
    def _source_among(self, given: set[str]) -> str:
        return self.instance.source_language

    def changed_languages(self) -> set[str]:
        return set()
