"""How a published file is kept, and the name for its download."""

import secrets
from pathlib import PurePath

from django.db import models
from django.utils.text import slugify

# The most documents of a version of a practice, and of a progress update.
MAX_DOCUMENTS = 5


def unguessable_name(folder: str, filename: str) -> str:
    """A name for storing a file that nobody can guess, since the file is not public from the start."""
    return f"{folder}/{secrets.token_hex(16)}{PurePath(filename).suffix.lower()}"


class KeptDocument(models.Model):
    """A row with a `file`, stored under an `unguessable_name`. The file never changes."""

    media_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveIntegerField(editable=False)

    class Meta:
        abstract = True

    @property
    def titled(self) -> str:
        """The title for the name of downloads."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        return PurePath(self.file.name).stem

    @property
    def filename(self) -> str:
        """The name for downloads, made from the title."""
        return (slugify(self.titled)[:80] or "document") + PurePath(self.file.name).suffix
