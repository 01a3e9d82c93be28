"""The contents of a revision, as plain values that can be stored, and the comparison of two of them."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from commitments.models import Commitment
from members.models import City
from practices import pictures
from practices.choices import Continuation, CostBand, Evaluation, Scope, TargetGroup, Theme
from practices.headings import HEADINGS, SHORT_TEXTS
from practices.models import Practice, Revision
from scn_portal.base.languages import CODES, Text
from scn_portal.base.partial_dates import written_out

# The fields of a revision that have no language, in the order in which they are read.
FACTS = (
    "original_name", "commitments", "themes", "target_groups", "evaluation", "adapted_from", "partner_cities", "scope",
    "started_on", "continuation", "ended_on", "cost_band", "people_reached", "people_reached_year", "website",
    "sources", "attachments", "picture", "picture_credit",
)  # fmt: skip
CHOICES: dict[str, Any] = {
    "themes": Theme, "target_groups": TargetGroup, "evaluation": Evaluation, "scope": Scope,
    "continuation": Continuation, "cost_band": CostBand,
}  # fmt: skip
# Rows that a revision refers to, by their keys.
RELATED: dict[str, Any] = {"commitments": Commitment, "partner_cities": City, "adapted_from": Practice}

Values = dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """A text in one language ("" for a fact): `before` (None if there is nothing to compare with), and `after`."""

    name: str
    label: str
    language: str
    before: str | None
    after: str

    @property
    def is_prose(self) -> bool:
        """Whether the public reads it as Markdown."""
        return self.name in Revision.TEXTS and self.name not in SHORT_TEXTS

    @property
    def text(self) -> Text:
        return Text(self.after, self.language)

    @property
    def changed(self) -> bool:
        return self.before is not None and self.before != self.after


def values_of(revision: Revision) -> Values:
    """The contents of `revision`: texts by column, choices by value, related rows by key, documents by title and
    file."""
    columns = [f"{name}_{code}" for name in (*Revision.TEXTS, "picture_alt") for code in CODES]
    values: Values = {name: getattr(revision, name) or "" for name in columns}
    for name in FACTS:
        if name in RELATED:
            values[name] = sorted(row.pk for row in getattr(revision, name).all())
        elif name == "attachments":
            values[name] = [_document(each) for each in revision.attachments.all()]
        elif name == "picture":
            values[name] = pictures.key_of(revision) if revision.picture else ""
        else:
            values[name] = getattr(revision, name) or ""
    return values


def _document(attachment) -> dict[str, Any]:
    return {
        "title_fr": attachment.title_fr or "", "title_en": attachment.title_en or "", "key": attachment.key,
        "filename": attachment.filename, "size": attachment.size,
    }  # fmt: skip


def compare(before: Values | None, after: Values) -> list[Compared]:
    """The fields of both, side by side, in the active language. Fields that are empty in both are left out."""
    names = [(name, code) for name in (*Revision.TEXTS, "picture_alt") for code in CODES]
    names += [(name, "") for name in FACTS]
    rows = [
        Compared(name, _label(name), code, _shown(before, name, code) if before else None, _shown(after, name, code))
        for name, code in names
    ]
    return [_with_files(row, before, after) for row in rows if row.before or row.after]


def changed_fields(before: Values, after: Values) -> list[Compared]:
    """The fields that differ."""
    return [row for row in compare(before, after) if row.changed]


def _label(name: str) -> str:
    if name == "attachments":
        return _("Documents")
    return str(HEADINGS.get(name) or getattr(Revision._meta.get_field(name), "verbose_name", name))


def _shown(values: Values, name: str, language: str) -> str:
    """The value of a field in words."""
    value: Any = values.get(f"{name}_{language}" if language else name) or ""
    if name in RELATED:
        return ", ".join(_named(name, value)) if value else ""
    if name in CHOICES:
        kept = value if isinstance(value, list) else [value]
        return ", ".join(str(CHOICES[name](each).label) for each in kept if each in CHOICES[name].values)
    if name in ("started_on", "ended_on"):
        return written_out(value) if value else ""
    if name == "attachments":
        return "\n".join(each["title_en"] or each["title_fr"] for each in value or ())
    if name == "picture":
        return str(_("A picture")) if value else ""
    return "\n".join(value) if isinstance(value, list) else str(value)


def _named(name: str, keys: list[int]) -> list[str]:
    """The names of related rows, in the order of their keys."""
    rows = RELATED[name].objects.filter(pk__in=keys).order_by("pk")
    if name == "adapted_from":
        return [f"{row.live or row.newest} ({row.city})" for row in rows.select_related("city")]
    return [str(row) for row in rows]


def _with_files(row: Compared, before: Values | None, after: Values) -> Compared:
    """Another file under the same title, or another picture, is a change even if the texts are the same."""
    if before is None or row.name not in ("attachments", "picture") or row.changed:
        return row
    if _keys(before.get(row.name)) == _keys(after.get(row.name)):
        return row
    note = _("another file than before")
    return Compared(row.name, row.label, row.language, row.before, f"{row.after} ({note})")


def _keys(value: Any) -> list[str]:
    return [each["key"] for each in value] if isinstance(value, list) else [value or ""]
