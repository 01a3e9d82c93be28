"""Texts in two languages: the source language, the fallback, stale translations.

Languages are always passed explicitly: tasks, mails and exports run outside a request.
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
    return "fr" if language == "en" else "en"


def alphabetical(field: str) -> Lower:
    """An expression to order by `field` alphabetically, ignoring accents, case and the collation of the database."""
    return Lower(Func(F(field), function="unaccent"))


@dataclass(frozen=True)
class Text:
    """A text as shown to one reader. `language` is that of the text, which may not be the reader's."""

    value: str
    language: str
    is_fallback: bool = False
    is_stale: bool = False

    def __str__(self) -> str:
        return self.value

    def __bool__(self) -> bool:
        return bool(self.value)


def text_of(row: models.Model, field: str, language: str) -> Text:
    """`field` of `row` in `language`; where that is empty, in the other language, as a fallback.

    Where both are empty, what `row.stand_in(field, language)` says, for rows that have it.
    """
    if value := getattr(row, f"{field}_{language}"):
        stale = getattr(row, "translation_is_stale", False) and language != getattr(row, "source_language", language)
        return Text(value, language, is_stale=stale)
    if value := getattr(row, f"{field}_{other(language)}"):
        return Text(value, other(language), is_fallback=True)
    stand_in = getattr(row, "stand_in", None)
    return Text(stand_in(field, language) if stand_in else "", language)


class Bilingual(models.Model):
    """A row with translated fields, written in `source_language` and perhaps translated into the other.

    A translation older than the last change of its source is stale.
    """

    source_language = models.CharField(_("written in"), max_length=2, choices=settings.LANGUAGES)
    source_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    translation_changed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def text(self, field: str, language: str) -> Text:
        """`field` for a reader of `language`. See `text_of`."""
        return text_of(self, field, language)

    @property
    def translation_is_stale(self) -> bool:
        return self.translation_changed_at is not None and self.translation_changed_at < self.source_changed_at

    def note_changes(self, languages: set[str]) -> None:
        """Set the time of change of the texts in `languages` to now. The caller saves."""
        now = timezone.now()
        if self.source_language in languages:
            self.source_changed_at = now
        if other(self.source_language) in languages:
            self.translation_changed_at = now


def written_in_source(field: str) -> models.Q:
    """A CHECK that `field` is not empty in the source language of the row."""
    # `isnull` as well: a CHECK accepts NULL, and the columns of modeltranslation are nullable.
    condition = models.Q()
    for code in CODES:
        condition |= models.Q(**{"source_language": code, f"{field}_{code}__isnull": False, f"{field}_{code}__gt": ""})
    return condition
