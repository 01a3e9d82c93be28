"""The facets of live revisions as `SearchedRevision` has them; making all of it anew, and comparing.

Each facet finds and counts by the columns of that table alone, with the values and labels of `practices.facets`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.array import ArrayOverlap
from django.db import connection
from django.db.models import Q, TextField, Value

from practices.facets import PRACTICE_FACETS
from practices.models import Revision, SearchedRevision
from practices.models.searched import singles
from scn_portal.base.facets import Facet

# The columns of the facets with several values a revision; those with one have their names.
ARRAYS = {"commitment": "commitments", "theme": "themes", "target_group": "target_groups", "language": "languages"}
TEXTS = ArrayField(TextField())
BATCH = 1_000  # revisions made anew in one transaction


def _any_of(column: str) -> Callable[[list[str]], Q]:
    def where(values: list[str]) -> Q:
        numbers = column == "commitments"
        return Q(**{f"{column}__overlap": [int(each) for each in values if each in "1234567"] if numbers else values})

    return where


def _one_of(name: str) -> Callable[[list[str]], Q]:
    return lambda values: Q(ArrayOverlap(singles(), Value([f"{name}:{value}" for value in values], TEXTS)))


def _as_searched(facet: Facet) -> Facet:
    if column := ARRAYS.get(facet.name):
        return replace(facet, value=column, items=True, where=_any_of(column))
    return replace(facet, value=facet.name, where=_one_of(facet.name))


SEARCHED_FACETS = [_as_searched(facet) for facet in PRACTICE_FACETS]


def keep_all() -> int:
    """Make all anew, some at a time. Returns how many live revisions there are."""
    for keys in _batches():
        with connection.cursor() as cursor:
            cursor.execute("SELECT scn_keep_searched(%s)", [keys])
    return SearchedRevision.objects.count()


def wrong() -> list[int]:
    """The keys of the revisions of which something else is kept than what is live."""
    found: list[int] = []
    for keys in _batches():
        with connection.cursor() as cursor:
            cursor.execute(_DIFFERENT, [keys, keys])
            found += [key for (key,) in cursor.fetchall()]
    return found


_DIFFERENT = """
    SELECT COALESCE(kept.revision_id, now.revision_id)
    FROM (SELECT * FROM practices_searchedrevision WHERE revision_id = ANY (%s)) AS kept
    FULL JOIN scn_searched_revisions(%s) AS now ON now.revision_id = kept.revision_id
    WHERE kept IS DISTINCT FROM now
"""


def _batches() -> Iterator[list[int]]:
    """In the order of publication, so that the rows of one time stand together."""
    live = Revision.objects.live().order_by("published_at", "pk").values_list("pk", flat=True)
    keys = list(dict.fromkeys([*live, *SearchedRevision.objects.values_list("pk", flat=True)]))
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
