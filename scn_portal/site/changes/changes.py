"""All public changes as one sequence, the newest first."""

from collections.abc import Sequence
from functools import cached_property

from django.db.models import Count, QuerySet

from scn_portal.site.changes.kinds import KINDS, Change, rows_of


class Changes(Sequence[Change]):
    """What changed in public, for a reader of `language`: everything, or only what is of `kind`.

    A slice takes one query that unites the kinds, and one more for each kind that is in it.
    """

    def __init__(self, language: str, kind: str = ""):
        self.language = language
        self.kind = kind if kind in KINDS else ""

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many changes of each kind there are: one query."""
        parts = [rows_of(name).values("kind").annotate(count=Count("pk")) for name in KINDS]
        parts = [part.values_list("kind", "count") for part in parts]
        return dict.fromkeys(KINDS, 0) | dict(parts[0].union(*parts[1:], all=True))

    def __len__(self) -> int:
        return self.counts[self.kind] if self.kind else sum(self.counts.values())

    def __getitem__(self, part):
        if not part.stop:
            return []
        found = list(self._newest(part.stop)[part])
        shown = {name: self._read(name, {key for kind, _pk, key, _at in found if kind == name}) for name in KINDS}
        return [
            Change(kind, f"{kind}/{pk}", recorded_at, **KINDS[kind].show(shown[kind][key], self.language))
            for kind, pk, key, recorded_at in found
            if key in shown[kind]  # one may have been taken down this moment
        ]

    def _newest(self, stop: int) -> QuerySet:
        """The newest `stop` changes: no more of any kind is read."""
        order = ("-recorded_at", "kind", "-pk")
        parts = [rows_of(name).order_by(*order)[:stop] for name in ([self.kind] if self.kind else KINDS)]
        return parts[0].union(*parts[1:], all=True).order_by(*order) if len(parts) > 1 else parts[0]

    def _read(self, name: str, keys: set[int]) -> dict:
        return {row.pk: row for row in KINDS[name].read(list(keys))} if keys else {}
