"""The facets of the results of a search."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from scn_portal.base.facets import Facet, FacetedSearch, Values
from scn_portal.base.search.full_text import Among
from scn_portal.base.search.scoring import BestMatches


class FoundFacets(FacetedSearch):
    """The facets of the rows of `everything` that match some words.

    `matches_in`, given if more rows match than are counted, searches only the rows it is passed. Then the rows left by
    the chosen values are searched once, for the list, its number and the options.
    """

    def __init__(
        self, *args: Any, everything: QuerySet, matches_in: Callable[[QuerySet], BestMatches] | None, **options: Any
    ):
        super().__init__(*args, **options)
        self._everything, self._matches_in = everything, matches_in
        self._known: dict[str, BestMatches] = {}

    @property
    def matches(self) -> BestMatches | None:
        """The matches among the rows left by the chosen values; None if nothing is chosen or all matches are known."""
        return self._matches_with(self._chosen)

    def _matches_with(self, chosen: Values) -> BestMatches | None:
        if not self._matches_in or not any(chosen.values()):
            return None
        key = str(sorted(chosen.items()))
        if key not in self._known:
            self._known[key] = self._matches_in(super()._filtered(self._everything, chosen))
        return self._known[key]

    def _filtered(self, rows: QuerySet, chosen: Values, except_for: Facet | None = None) -> QuerySet:
        matches = self._matches_with(chosen) if rows is self.all and except_for is None else None
        if matches and not matches.exceeds:
            return self._everything.filter(Among(matches.found_keys))
        return super()._filtered(rows, chosen, except_for)

    def _exceeds_with(self, chosen: Values) -> bool:
        matches = self._matches_with(chosen)
        return matches.exceeds if matches else super()._exceeds_with(chosen)
