"""Which fields of a text in two languages still wait for the other language."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import F, Q

from practices.headings import HEADINGS
from practices.models import Revision
from scn_portal.base.languages import CODES, Bilingual, other


def behind(row: Bilingual, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The labels of the fields of `row` among `names` that have no translation, and of those whose translation is
    older than its source, in the active language."""
    source, target = row.source_language, other(row.source_language)
    written = [name for name in names if getattr(row, f"{name}_{source}")]
    missing = [name for name in written if not getattr(row, f"{name}_{target}")]
    outdated = [name for name in written if name not in missing and row.is_stale(name, target)]
    return [_label(row, name) for name in missing], [_label(row, name) for name in outdated]


def _label(row: Bilingual, name: str) -> str:
    if isinstance(row, Revision):
        return str(HEADINGS[name])
    return str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # these are fields of texts


def wanting(names: Sequence[str]) -> Q:
    """The condition that one of the texts `names` of a row is missing in the other language, or all may be older."""
    return _untranslated(names) | _older_as_a_whole()


def wanting_of_practices() -> Q:
    """The same for a revision, which records for each text whether its translation is older."""
    outdated = Q(outdated__isnull=False) & ~Q(outdated={}) | Q(outdated__isnull=True) & _older_as_a_whole()
    return _untranslated(Revision.TEXTS) | outdated


def _older_as_a_whole() -> Q:
    return Q(translation_changed_at__lt=F("source_changed_at"))


def _untranslated(names: Sequence[str]) -> Q:
    """The condition that one of the fields `names` is written in the source language and empty in the other."""
    return reduce(or_, (_missing(name, source) for name in names for source in CODES))


def _missing(name: str, source: str) -> Q:
    target = f"{name}_{other(source)}"
    empty = Q(**{target: ""}) | Q(**{f"{target}__isnull": True})
    return Q(source_language=source, **{f"{name}_{source}__gt": ""}) & empty
