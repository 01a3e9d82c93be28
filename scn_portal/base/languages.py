"""Text in two languages: who wrote it in which, what a reader is shown, and whether a translation has fallen behind.

Code that runs outside a request (tasks, mails, exports) names its language; nothing here asks which is active.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import F, Func
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CODES = tuple(code for code, _name in settings.LANGUAGES)


def other(language: str) -> str:
    """The other of the two languages."""
    return "fr" if language == "en" else "en"


def alphabetical(field: str) -> Lower:
    """What to order by for the alphabet's order of `field`, accents and case ignored, whatever order of letters the
    database was made with."""
    return Lower(Func(F(field), function="unaccent"))


@dataclass(frozen=True)
class Text:
    """A text as one reader meets it: `language` is what it is really written in, not what was asked for."""

    value: str
    language: str
    is_fallback: bool = False
    is_stale: bool = False

    def __str__(self) -> str:
        return self.value

    def __bool__(self) -> bool:
        return bool(self.value)


def text_of(row: models.Model, field: str, language: str) -> Text:
    """`field` of `row` in `language`, or, where that is empty, in the other language and marked as such."""
    if value := getattr(row, f"{field}_{language}"):
        stale = getattr(row, "translation_is_stale", False) and language != getattr(row, "source_language", language)
        return Text(value, language, is_stale=stale)
    if value := getattr(row, f"{field}_{other(language)}"):
        return Text(value, other(language), is_fallback=True)
    return Text("", language)


class Bilingual(models.Model):
    """A row whose translated fields are written in `source_language` first and may be given in the other too.

    A translation older than the last change of its source is stale, and pages say so.
    """

    source_language = models.CharField(_("written in"), max_length=2, choices=settings.LANGUAGES)
    source_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    translation_changed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def text(self, field: str, language: str) -> Text:
        """What a reader of `language` is shown for `field`."""
        return text_of(self, field, language)

    @property
    def translation_is_stale(self) -> bool:
        """The source changed after the translation was made."""
        return self.translation_changed_at is not None and self.translation_changed_at < self.source_changed_at

    def note_changes(self, languages: set[str]) -> None:
        """Remember that the texts in `languages` were changed now. The caller saves."""
        now = timezone.now()
        if self.source_language in languages:
            self.source_changed_at = now
        if other(self.source_language) in languages:
            self.translation_changed_at = now


def written_in_source(field: str) -> models.Q:
    """The CHECK that `field` is there in the language that the row is written in.

    `isnull` beside the comparison: a CHECK lets NULL through, and modeltranslation's columns are nullable.
    """
    condition = models.Q()
    for code in CODES:
        condition |= models.Q(**{"source_language": code, f"{field}_{code}__isnull": False, f"{field}_{code}__gt": ""})
    return condition
