"""Text in two languages: who wrote it in which, what a reader is shown, and whether a translation has fallen behind.

Code that runs outside a request (tasks, mails, exports) names its language; nothing here asks which is active.
"""

import re
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


NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE = "\u202f", "\u00a0"
QUOTES = {"en": ("“", "”"), "fr": ("«" + NARROW_NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE + "»")}
_SPACES = "[ \u00a0\u202f]"
_RUN_OF_SPACES = f"(?<!{_SPACES}){_SPACES}+"  # from its beginning only: long ones are looked at once
# A web or mail address is left as it is, whatever signs it holds. What may come before :// or @ is bounded: in a text
# without spaces, the time to look for an address would otherwise grow with the square of its length.
_ADDRESS = re.compile(r"((?:[a-z][a-z0-9+.-]{0,30}://|www\.|mailto:)\S+|[^\s@<>]{1,64}@[^\s@<>]+)", re.IGNORECASE)


def typographic(text: str, language: str, before: str = "") -> str:
    """`text` with the quotes, apostrophes and, in French, the unbreakable spaces of a printed page.

    Straight quotes become “ ” or « », straight apostrophes ’. In French the spaces before ; : ! ? » and after « do
    not break. Addresses stay as they are. `before` is what stands before `text` on its line: a quote opens after a
    space and closes after a word. Doing it twice changes nothing.
    """
    parts = []
    for number, part in enumerate(_ADDRESS.split(text)):
        parts.append(part if number % 2 else _set(part, language, before))
        before = parts[-1] or before
    return "".join(parts)


def _set(text: str, language: str, before: str) -> str:
    opening, closing = QUOTES.get(language, QUOTES["en"])
    line = before[-1:] + text
    line = re.sub(r'(^|(?<=[\s(\[{«“‘—–/]))"(?=\S)', opening, line)
    line = line.replace('"', closing)
    line = re.sub(r"(^|(?<=[\s(\[{«“—–/]))'(?=\w)(?=[^']*\w'(?!\w))", "‘", line)
    line = re.sub(r"(?<=[^\W\d])'|(?<!\S)'(?=\w)", "’", line)
    if language == "fr":
        line = re.sub(_RUN_OF_SPACES + "([;!?»])", NARROW_NO_BREAK_SPACE + r"\1", line)
        line = re.sub("«" + _SPACES + "*", "«" + NARROW_NO_BREAK_SPACE, line)
        line = re.sub(_RUN_OF_SPACES + ":", NO_BREAK_SPACE + ":", line)
    return line[len(before[-1:]) :]
