"""Which fields of a text in two languages still wait for the other language."""

from collections.abc import Sequence

from practices.headings import HEADINGS
from practices.models import Revision
from scn_portal.base.languages import Bilingual, other


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
