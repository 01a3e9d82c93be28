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
    """`field` of `row` in `language`; if that is empty, in the other language, as a fallback.

    If both are empty, `row.stand_in(field, language)`, for rows that have this method.
    """
    if value := getattr(row, f"{field}_{language}"):
        return Text(value, language, is_stale=isinstance(row, Bilingual) and row.is_stale(field, language))
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

    def is_stale(self, field: str, language: str) -> bool:
        """Whether `field` in `language` is a translation that is older than its source."""
        return self.translation_is_stale and language != self.source_language

    def note_changes(self, languages: set[str]) -> None:
        """Set the time of change of the texts in `languages` to now. The caller saves."""
        now = timezone.now()
        if self.source_language in languages:
            self.source_changed_at = now
        if other(self.source_language) in languages:
            self.translation_changed_at = now


class FieldByField(Bilingual):
    """A Bilingual row that tells for each of its TEXTS whether the translation is outdated, and from which source.

    `outdated` has, for each field whose translation is older than its source, the source from which it was made (None
    if that is no longer known). It is None for rows from before this was kept, whose translation is stale as a whole or
    not at all.
    """

    TEXTS: tuple[str, ...] = ()
    outdated = models.JSONField(null=True, editable=False, default=None)

    class Meta:
        abstract = True

    @property
    def translation_is_stale(self) -> bool:
        return super().translation_is_stale if self.outdated is None else bool(self.outdated)

    def is_stale(self, field: str, language: str) -> bool:
        if self.outdated is None:
            return super().is_stale(field, language)
        return field in self.outdated and language != self.source_language

    def made_from(self, field: str) -> str | None:
        """The source from which the outdated translation of `field` was made, if that is known."""
        return (self.outdated or {}).get(field)

    def note_fields(self, before: dict[str, str], translated: set[str], *, is_small: bool = False) -> None:
        """Note which translations are outdated. The row already has its new texts; the caller saves.

        `before` has the old source of each field whose source has changed. `translated` are the fields whose
        translation was written or checked. `is_small`: the source was only corrected, so its translation stays valid.
        """
        outdated = self._outdated_so_far()
        for name, old in before.items():
            if old and not is_small:
                outdated.setdefault(name, old)
        target = other(self.source_language)
        for name in list(outdated):
            source, translation = getattr(self, f"{name}_{self.source_language}"), getattr(self, f"{name}_{target}")
            if name in translated or not source or not translation or outdated[name] == source:
                del outdated[name]
        self.outdated = outdated

    def _outdated_so_far(self) -> dict[str, str | None]:
        if self.outdated is not None:
            return dict(self.outdated)
        return dict.fromkeys(self.TEXTS) if super().translation_is_stale else {}


def written_in_source(field: str) -> models.Q:
    """A CHECK that `field` is not empty in the source language of the row."""
    # `isnull` as well: a CHECK accepts NULL, and the columns of modeltranslation are nullable.
    condition = models.Q()
    for code in CODES:
        condition |= models.Q(**{"source_language": code, f"{field}_{code}__isnull": False, f"{field}_{code}__gt": ""})
    return condition
