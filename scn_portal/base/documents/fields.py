"""The form field for several files."""

from dataclasses import dataclass
from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents.kept import MAX_DOCUMENTS
from scn_portal.base.documents.uploads import MEDIA_TYPES, CleanedFile, clean_upload

MAX_LENGTH_TITLE = 200


@dataclass(frozen=True)
class TitledFile:
    """A file that may be published, with a title made from its name."""

    title: str
    cleaned: CleanedFile


class DocumentsInput(forms.FileInput):
    """An input for several files at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class DocumentsField(forms.FileField):
    """Files that may be published, as a list of TitledFile. If one may not, the error has its name."""

    widget = DocumentsInput(attrs={"accept": ",".join(MEDIA_TYPES.values())})

    def __init__(self, **options):
        super().__init__(required=False, max_length=None, **options)

    def clean(self, data, initial=None) -> list[TitledFile]:
        uploads = [each for each in data or [] if each]
        if len(uploads) > MAX_DOCUMENTS:
            raise ValidationError(too_many(len(uploads)))
        return [self._cleaned(upload) for upload in uploads]

    def _cleaned(self, upload) -> TitledFile:
        try:
            given = super().clean(upload)
            return TitledFile(_title(given.name), clean_upload(given))
        except ValidationError as error:
            words = {"file": upload.name, "problem": error.messages[0]}
            raise ValidationError(_("“%(file)s”: %(problem)s"), params=words) from error


def too_many(count: int) -> ValidationError:
    """The error for `count` files, which are too many."""
    words = {"most": MAX_DOCUMENTS, "count": count}
    return ValidationError(_("At most %(most)d files: there are %(count)d here."), params=words)


def _title(name: str) -> str:
    words = " ".join(PurePath(name).stem.replace("_", " ").split())
    return words[:MAX_LENGTH_TITLE] or "document"
