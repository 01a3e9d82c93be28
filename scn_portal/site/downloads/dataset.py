"""A dataset: columns, rows, keys, and when its content was published and changed."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Count, F, Max, Min, QuerySet, Value
from django.db.models.functions import Cast, NullIf
from django.http import QueryDict

from members.models import City
from scn_portal.base.models import PublicKind
from scn_portal.site.downloads.columns import Column, Words

# The version of the columns of all files: docs/api.md says when it changes.
SCHEMA_VERSION = "1.2.0"

FORMATS = ("csv", "xlsx", "json", "geojson")
Point = tuple[float, float]


@dataclass(frozen=True)
class Rows:
    """The rows of a download, and the recognised filters as a query string."""

    rows: QuerySet
    query: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """`column` of a dataset holds a value of `of` in `dataset`."""

    column: str
    dataset: str
    of: str


@dataclass(frozen=True)
class Content:
    """The number of rows of a dataset, and the first and last time and date in it; None if nothing is known."""

    rows: int
    published_at: dt.datetime | None
    modified_at: dt.datetime | None
    since: str | None
    until: str | None


@dataclass(frozen=True)
class Dataset:
    """A dataset to download.

    `read` takes the query string of its list page and a language. `whole` returns the rows of the package, if these are
    more than `read` returns without filters. `city` returns the city of a row, for the map; it is None if rows have no
    city. `page` is the name of its list page. `published`, `modified` and `period` are lookups to the times of a row
    and to the date that it is about. `records` are the kinds of public records that concern the file.
    """

    name: str
    title: Words
    description: Words
    columns: tuple[Column, ...]
    read: Callable[[QueryDict, str], Rows]
    key: tuple[str, ...]
    page: str
    foreign_keys: tuple[ForeignKey, ...] = ()
    whole: Callable[[], QuerySet] | None = None
    city: Callable[[Any], City] | None = field(default=lambda row: row.city)
    published: str = ""
    modified: str = ""
    period: str = ""
    records: tuple[PublicKind, ...] = ()

    @property
    def formats(self) -> tuple[str, ...]:
        return FORMATS if self.city else FORMATS[:3]

    def point(self, row: Any) -> Point | None:
        """The longitude and latitude of the city of `row`, or None."""
        city = self.city(row) if self.city else None
        if city is None or city.latitude is None or city.longitude is None:
            return None
        return (city.longitude, city.latitude)

    def all_rows(self) -> QuerySet:
        """All rows, without filters, as in the package."""
        return self.whole() if self.whole else self.read(QueryDict(), "en").rows

    def content(self, last_changes: Mapping[str, dt.datetime]) -> Content:
        """The current content, in one query. `last_changes` has the time when a row of each kind last changed or was
        removed.

        If only the rows were used, the last change would go back in time when the newest row is removed.
        """
        found = self._counted({"last": Max(self.modified)} if self.modified else {})
        modified = max(filter(None, [found.get("last"), self.last_change(last_changes)]), default=None)
        return Content(found["rows"], found.get("first"), modified, found.get("since"), found.get("until"))

    def undated_content(self) -> Content:
        """The same without the last change, which takes much of the time."""
        found = self._counted({})
        return Content(found["rows"], found.get("first"), None, found.get("since"), found.get("until"))

    def _counted(self, more: dict[str, Max]) -> dict[str, Any]:
        first = {"first": Min(self.published)} if self.published else {}
        return self.all_rows().aggregate(rows=Count("pk"), **first, **more, **_period(self.period))

    def last_change(self, last_changes: Mapping[str, dt.datetime]) -> dt.datetime | None:
        """The latest time in `last_changes` for the kinds in `records`; None if there is none."""
        return max((last_changes[kind] for kind in self.records if kind in last_changes), default=None)


def _period(lookup: str) -> dict[str, Min | Max]:
    """Aggregates for the first and the last of the dates at `lookup`, if it is given. They may be partial, so they are
    compared as texts, which sort by date."""
    if not lookup:
        return {}
    date = NullIf(Cast(F(lookup), CharField()), Value(""))
    return {"since": Min(date), "until": Max(date)}
